import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { authenticatedIdentity } from "../../../rollout/kubernetes/identity.ts";
import { type ApiServer, apiServer } from "../../../rollout/kubernetes/cluster-reader.ts";
import { watchLease } from "../../../rollout/watch/live/lease.ts";
import { liveRollout } from "../../../rollout/kubernetes/live-rollout.ts";
import { wordsOf } from "../../../rollout/words.ts";
import { revision } from "../arbitraries.ts";
import { FakeApiServer } from "./fake-api-server.ts";
import { design } from "../route/route.ts";
import { labelKeys } from "../../../service/label-keys.ts";

let server: FakeApiServer;
beforeEach(() => {
    server = new FakeApiServer();
});
afterEach(() => {
    server.remove();
});

/** What each public call of an adapter says when it can't be answered: thrown, or in what it gives back. */
const calls: Readonly<Record<string, (api: ApiServer) => Promise<unknown>>> = {
    "the step of a route": async (api) => rollout(api).cluster.readStep("prod", "api"),
    "the route": async (api) => rollout(api).cluster.readRoute("prod", "api"),
    "ready endpoints": async (api) => rollout(api).cluster.readyEndpoints("prod", "api-v1"),
    "the pods": async (api) => rollout(api).state.pods("v1"),
    "the autoscaler": async (api) => rollout(api).state.autoscaler("v1"),
    "the time": async (api) => rollout(api).state.serverNow(),
    "the ledger": async (api) => rollout(api).ledger.read(),
    "the approvals": async (api) => rollout(api).consents.read(),
    "an approval": async (api) =>
        rollout(api).consents.approve({ role: "tech-lead", identity: "tess", verified: true, digest: `sha256:${"a".repeat(64)}` }, 60),
    "the signatures": async (api) => rollout(api).signatures.read(),
    "a rollback": async (api) =>
        rollout(api).route.rollBack({ namespace: "prod", name: "api", stable: revision("v1"), candidate: revision("v2"), reason: "errors" }),
    "all traffic to one revision": async (api) => rollout(api).route.giveAll({ namespace: "prod", name: "api", to: "v1", reason: "errors" }),
    "a mark": async (api) => rollout(api).route.clearRolledBack({ namespace: "prod", name: "api", revision: revision("v2") }),
    "the lease": async (api) => watchLease({ keys: labelKeys, api, namespace: "prod", name: "api-watch", holder: "me" }).acquire(),
    "who acts": async (api) => authenticatedIdentity(api, "nobody"),
};

function rollout(api: ApiServer) {
    return liveRollout({ api, namespace: "prod", design });
}

/** Everything that a call says, in one text. */
async function saidBy(call: (api: ApiServer) => Promise<unknown>, timeoutMs = 2_000): Promise<string> {
    try {
        return JSON.stringify(await call(apiServer({ kubeContext: "lab", timeoutMs })));
    } catch (error) {
        return wordsOf(error);
    }
}

interface Refusal {
    readonly what: string;
    readonly status: number;
    readonly contentType: string;
    readonly body: string;
    readonly says: string;
}

const token = `eyJhbGciOiJSUzI1NiJ9.${"eyJzdWIiOiJtZSJ9".repeat(2)}.c2lnbmF0dXJl`;

const refusals: readonly Refusal[] = [
    {
        what: "a Status",
        status: 403,
        contentType: "application/json",
        body: JSON.stringify({ kind: "Status", status: "Failure", message: 'leases "x" is forbidden: User "me" cannot get', reason: "Forbidden", code: 403 }),
        says: 'the API server answered 403 Forbidden: leases "x" is forbidden: User "me" cannot get',
    },
    {
        what: "a Status of a login that does not count",
        status: 401,
        contentType: "application/json",
        body: JSON.stringify({ kind: "Status", message: "the token has expired", reason: "Unauthorized", code: 401 }),
        says: "the API server answered 401 Unauthorized: the token has expired",
    },
    {
        what: "a Status with a reason and no message",
        status: 403,
        contentType: "application/json",
        body: JSON.stringify({ kind: "Status", message: "", reason: "Forbidden" }),
        says: "the API server answered 403 Forbidden: Forbidden",
    },
    { what: "plain text", status: 403, contentType: "text/plain", body: "no way\nin here", says: "the API server answered 403 Forbidden: no way in here" },
    { what: "nothing", status: 403, contentType: "text/plain", body: "", says: "the API server answered 403 Forbidden, with no reason" },
    {
        what: "a page of a proxy",
        status: 403,
        contentType: "text/html; charset=utf-8",
        body: "<!doctype html><html><head><title>Log in first</title></head><body>...</body></html>",
        says: "a page for browsers, 'Log in first': a proxy answers in its place",
    },
    {
        what: "a page of a proxy that calls it a success",
        status: 200,
        contentType: "text/html",
        body: "<html><title>Welcome</title></html>",
        says: "a page for browsers, 'Welcome': a proxy answers in its place",
    },
    {
        what: "a page of a proxy that knows no such address: no absent object",
        status: 404,
        contentType: "text/html",
        body: "<html><body>Not found</body></html>",
        says: "a page for browsers, 'Not found': a proxy answers in its place",
    },
    {
        what: "a message with a token in it",
        status: 403,
        contentType: "application/json",
        body: JSON.stringify({ kind: "Status", message: `webhook refused Bearer ${token}` }),
        says: "the API server answered 403 Forbidden: webhook refused Bearer (left out)",
    },
];

describe.each(Object.entries(calls))("%s", (_, call) => {
    it.each(refusals)("says what the API server says: $what", async ({ status, contentType, body, says }) => {
        await server.serve((_request, response) => response.writeHead(status, { "content-type": contentType }).end(body));
        const said = await saidBy(call);
        expect(said.replaceAll('\\"', '"')).toContain(says);
        expect(said).not.toContain("HTTP-Code");
        expect(said).not.toMatch(/eyJ|c2lnbmF0dXJl/);
    });
});

const [read] = Object.values(calls);
const readStep = async (timeoutMs?: number) => (read === undefined ? "" : saidBy(read, timeoutMs));

describe("where there is no answer, an error says why", () => {
    it("nothing listens", async () => {
        await server.answer(() => undefined);
        server.stop();
        expect(await readStep()).toContain("ECONNREFUSED");
    });

    it("none came in time", async () => {
        await server.answer(() => undefined);
        expect(await readStep(100)).toContain("the API server gave no answer within 100 ms");
    });

    it("the connection was cut", async () => {
        await server.serve((request) => request.socket.destroy());
        expect(await readStep()).toMatch(/fetch failed \(.+\)/);
    });

    it("the other side speaks no TLS", async () => {
        await server.answer(() => ({ status: 200, body: {} }));
        server.changeKubeconfig((text) => text.replace("http://", "https://"));
        expect(await readStep()).toMatch(/fetch failed \(.*(?:wrong version number|SSL|packet length).*\)/i);
    });

    it("the answer is not JSON", async () => {
        await server.serve((_request, response) => response.writeHead(200, { "content-type": "application/json" }).end("{"));
        expect(await readStep()).toMatch(/JSON/);
    });
});
