import { createHash } from "node:crypto";
import type { RequestListener } from "node:http";

import { afterEach, describe, expect, it } from "vitest";

import { defined } from "../../../../../rollout/defined.ts";
import { type Registry, registry } from "../../../../../rollout/preflight/registry/live/registry.ts";
import type { RegistryArgs } from "../../../../../rollout/preflight/registry/live/registry-access.ts";
import { SmallServers, jsonAt } from "../../live/small-servers.ts";

const servers = new SmallServers();
const clients: Registry[] = [];
afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await servers.end();
});

const manifest = { schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json" };
const digest = `sha256:${createHash("sha256").update(JSON.stringify(manifest)).digest("hex")}`;
const tag = digest.replace(":", "-");
const image = { registry: "registry.example.com", repository: "nova/api", digest };

async function clientOf(listener: RequestListener, args: Partial<RegistryArgs> = {}): Promise<Registry> {
    const client = registry({ url: await servers.http(listener), timeoutMs: 1_000, ...args });
    clients.push(client);
    return client;
}

describe("an image's manifest", () => {
    it("is found by its digest", async () => {
        const client = await clientOf(jsonAt({ [`/v2/nova/api/manifests/${digest}`]: manifest }));

        expect(await client.manifest(image)).toEqual({ mediaType: "application/json", bytes: JSON.stringify(manifest).length });
    });

    it("is not there where the registry has none", async () => {
        expect(await (await clientOf(jsonAt({}))).manifest(image)).toBeUndefined();
    });

    it("is refused where the content has another digest", async () => {
        const client = await clientOf(jsonAt({ [`/v2/nova/api/manifests/${digest}`]: { ...manifest, config: "another" } }));

        await expect(client.manifest(image)).rejects.toThrow(/content with another digest/);
    });

    it("is asked for with a token, where the registry wants one", async () => {
        const tokens: string[] = [];
        const asked: (string | undefined)[] = [];
        const base = await servers.http((request, response) => {
            asked.push(request.headers.authorization);
            const url = request.url ?? "";
            if (url.startsWith("/token")) {
                response.end(JSON.stringify({ token: `for ${new URL(url, "http://x").searchParams.get("scope") ?? ""}` }));
            } else if (request.headers.authorization?.startsWith("Bearer ") === true) {
                response.end(JSON.stringify(manifest));
            } else {
                response
                    .writeHead(401, {
                        "www-authenticate": `Bearer realm="http://${request.headers.host ?? ""}/token",service="r",scope="repository:nova/api:pull"`,
                    })
                    .end();
            }
        });
        const client = registry({ url: base, login: { username: "ci", password: "word" }, onToken: (token) => tokens.push(token) });
        clients.push(client);

        expect(await client.manifest(image)).toBeDefined();
        expect(asked).toEqual([undefined, `Basic ${Buffer.from("ci:word").toString("base64")}`, "Bearer for repository:nova/api:pull"]);
        expect(tokens).toEqual(["for repository:nova/api:pull"]);
    });

    it.each([
        { what: "wants a login and none is known", challenge: "Basic realm=x", reason: /asks for a login, and none is known/ },
        { what: "wants something unknown", challenge: "Negotiate", reason: /asks for something unknown/ },
        { what: "wants nothing that it names", challenge: undefined, reason: /401/ },
    ])("is not had where the registry $what", async ({ challenge, reason }) => {
        const client = await clientOf((_, response) => response.writeHead(401, defined({ "www-authenticate": challenge })).end());

        await expect(client.manifest(image)).rejects.toThrow(reason);
    });
});

describe("what is attached to an image", () => {
    it("is found through the referrers API and cosign's tags", async () => {
        const client = await clientOf(
            jsonAt({
                [`/v2/nova/api/referrers/${digest}`]: {
                    manifests: [
                        { mediaType: manifest.mediaType, artifactType: "application/spdx+json" },
                        { mediaType: manifest.mediaType, artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json" },
                        { mediaType: manifest.mediaType },
                    ],
                },
                [`/v2/nova/api/manifests/${tag}.att`]: manifest,
            }),
        );

        expect((await client.attachments(image)).map(({ kind }) => kind)).toEqual(["bill-of-materials", "signature", "other", "attestation"]);
    });

    it("is found under the fallback tag of a registry without the API", async () => {
        const client = await clientOf(
            jsonAt({ [`/v2/nova/api/manifests/${tag}`]: { manifests: [{ mediaType: manifest.mediaType, artifactType: "application/vnd.in-toto+json" }] } }),
        );

        expect(await client.attachments(image)).toEqual([{ kind: "attestation", as: "application/vnd.in-toto+json" }]);
    });

    it("is nothing where nothing is", async () => {
        expect(await (await clientOf(jsonAt({}))).attachments(image)).toEqual([]);
    });

    it("is not known where the registry answers with an error", async () => {
        await expect((await clientOf((_, response) => response.writeHead(500).end())).attachments(image)).rejects.toThrow(/answered 500/);
    });
});
