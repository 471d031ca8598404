import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, afterEach, describe, expect, it } from "vitest";

import { artifactZip } from "../helpers/artifact-zip.ts";
import { SmallServers } from "../rollout/preflight/live/small-servers.ts";

const checkout = join(import.meta.dirname, "../..");
const [stable, candidate] = ["a".repeat(64), "b".repeat(64)];
const folder = mkdtempSync(join(tmpdir(), "reports-"));
const servers = new SmallServers();
afterEach(async () => servers.end());
afterAll(() => {
    rmSync(folder, { recursive: true });
});

const image = (digest: string) => `{ name: v1, image: "registry.example.com/nova/ranking:1.0.0@sha256:${digest}" }`;
const artifact = (id: number, digest: string, change: object = {}) => ({
    id,
    name: `reports-${digest}`,
    expired: false,
    created_at: `2026-01-0${String(id)}T00:00:00Z`,
    ...change,
});

/** Runs the target as the workflow does, against a server that answers as GitHub's API does. */
async function fetched(stack: string, artifacts: readonly object[], zips: Readonly<Record<string, Buffer>> = {}) {
    const place = mkdtempSync(join(folder, "checkout-"));
    mkdirSync(join(place, "lab"));
    for (const name of ["Makefile", ".github", "lab/bootstrap.sh", "lab/toolchain", "node_modules", "package.json", "package-lock.json"]) {
        symlinkSync(join(checkout, name), join(place, name));
    }
    writeFileSync(join(place, "Pulumi.prod.yaml"), `config:\n${stack}\n`);
    const asked: string[] = [];
    const api = await servers.http((request: IncomingMessage, response) => {
        asked.push(`${request.url ?? ""} ${request.headers.authorization ?? "nobody"}`);
        const zip = zips[/\/artifacts\/(\d+)\/zip$/.exec(request.url ?? "")?.[1] ?? ""];
        response.writeHead(200).end(zip ?? JSON.stringify({ artifacts }));
    });
    const { exitCode, all } = await execa("make", ["ci-reports"], {
        cwd: place,
        env: { STACK: "prod", GH_TOKEN: "the-token", GITHUB_REPOSITORY: "example-org/ranking", GITHUB_API_URL: api },
        all: true,
        reject: false,
    });
    const files = readdirSync(place).includes("reports") ? readdirSync(join(place, "reports")) : [];
    return { exitCode, said: all, files, asked, read: (name: string) => readFileSync(join(place, "reports", name), "utf8") };
}

describe("the reports of the released image", () => {
    it("are the newest artifact of the candidate's digest that is still there, and of no other image", async () => {
        const { exitCode, said, files, asked, read } = await fetched(
            `  shop:stable: ${image(stable)}\n  shop:candidate: ${image(candidate)}`,
            [artifact(1, candidate), artifact(2, candidate), artifact(3, candidate, { expired: true }), artifact(4, stable)],
            { 2: await artifactZip({ "junit.xml": "<testsuite/>", "scan.json": "{}" }) },
        );
        expect(exitCode, said).toBe(0);
        expect(files.toSorted()).toEqual(["junit.xml", "scan.json"]);
        expect(read("junit.xml")).toBe("<testsuite/>");
        expect(asked).toEqual([
            `/repos/example-org/ranking/actions/artifacts?name=reports-${candidate}&per_page=100 Bearer the-token`,
            "/repos/example-org/ranking/actions/artifacts/2/zip Bearer the-token",
        ]);
        expect(said).not.toContain("the-token");
    });

    it("are the stable revision's where no candidate is declared", async () => {
        const { asked, files } = await fetched(`  shop:stable: ${image(stable)}`, [artifact(1, stable)], {
            1: await artifactZip({ "junit.xml": "<testsuite/>" }),
        });
        expect(asked[0]).toContain(`name=reports-${stable}&`);
        expect(files).toEqual(["junit.xml"]);
    });

    it.each([
        { what: "no artifact is there", stack: `  shop:stable: ${image(stable)}`, artifacts: [], says: `there is no artifact reports-${stable}` },
        { what: "it has expired", stack: `  shop:stable: ${image(stable)}`, artifacts: [artifact(1, stable, { expired: true })], says: "there is no artifact" },
        {
            what: "the image has no digest",
            stack: "  shop:stable: { image: registry.example.com/nova/ranking:1.0.0 }",
            artifacts: [],
            says: "names no image by digest",
        },
    ])("stop nothing where $what: the preflight, which needs them, says so, and a way back needs none", async ({ stack, artifacts, says }) => {
        const { exitCode, said, files } = await fetched(stack, artifacts);
        expect(exitCode, said).toBe(0);
        expect(said).toContain(says);
        expect(files).toEqual([]);
    });
});
