import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { apiServer } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { testerAccess, testersDoor } from "../../../../rollout/route/live/tester-access.ts";
import { FakeApiServer } from "../../kubernetes/fake-api-server.ts";

const secretOf = (data: Readonly<Record<string, string>>) => ({ status: 200, body: { metadata: { name: "api-tester-key" }, data } });
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("the way of testers", () => {
    let server: FakeApiServer;
    const access = (testers: { readonly kind: "header" | "host" } | { readonly kind: "none"; readonly reason: string } = { kind: "header" }) =>
        testerAccess({ api: apiServer({ kubeContext: "lab", timeoutMs: 2_000 }), namespace: "prod", service: "api", gateway: { testers } });

    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    it("is a header with the key of one Secret, which is read anew each time: a rotated key is carried from then on", async () => {
        const keys = ["first", "second"];
        await server.answer(() => secretOf({ key: base64(keys.shift() ?? "") }));
        const headers = access();
        expect(await headers()).toEqual({ "x-tester-key": "first" });
        expect(await headers()).toEqual({ "x-tester-key": "second" });
        expect(new Set(server.requests.map(({ url }) => url))).toEqual(new Set(["/api/v1/namespaces/prod/secrets/api-tester-key"]));
    });

    it.each([
        {
            when: "there is no such Secret",
            answer: { status: 404, body: { kind: "Status", code: 404 } },
            reason: /Secret prod\/api-tester-key holds no tester key: run 'pulumi up'/,
        },
        { when: "the Secret is empty", answer: secretOf({}), reason: /holds no tester key/ },
        {
            when: "it must not be read",
            answer: { status: 403, body: { kind: "Status", code: 403, message: "forbidden" } },
            reason: /can't be read from Secret prod\/api-tester-key/,
        },
    ])("is none when $when, and says so: a request without the key would reach what users reach", async ({ answer, reason }) => {
        await server.answer(() => answer);
        await expect(access()()).rejects.toThrow(reason);
    });

    it("is by an address and a host name of their own, with no key and no question to the cluster", async () => {
        const users = { gatewayUrl: "https://10.0.0.7", hostname: "api.example.com" };
        const testers = { kind: "host", hostname: "api.internal.example.com", url: "https://10.0.0.9" } as const;
        expect(testersDoor(users, testers)).toEqual({ gatewayUrl: "https://10.0.0.9", hostname: "api.internal.example.com" });
        await server.answer(() => undefined);
        expect(await access(testers)()).toEqual({});
        expect(server.requests).toEqual([]);
    });

    it.each([{ kind: "header" }, { kind: "none", reason: "no testers here" }] as const)(
        "is by the users' address and host name where it is $kind",
        (testers) => {
            const users = { gatewayUrl: "https://10.0.0.7", hostname: "api.example.com" };
            expect(testersDoor(users, testers)).toEqual(users);
        },
    );

    it("is none where the config leads testers nowhere", async () => {
        await expect(access({ kind: "none", reason: "no testers here" })()).rejects.toThrow(
            "no tester reaches the candidate (gateway.testers is none: no testers here)",
        );
    });
});
