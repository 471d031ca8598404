import { type IncomingHttpHeaders, request } from "node:http";
import { Script } from "node:vm";

import getPort from "get-port";
import { html } from "hono/html";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type LiveServer, startLiveServer } from "../../../rollout/cli/live-server.ts";
import { type LiveReading, liveView } from "../../../rollout/report/live.ts";
import type { Judgement } from "../../../rollout/gate/verdict.ts";
import { ParsedPage, attribute, elementsIn, textOf } from "../report/document.ts";
import { evidenceOf, revision } from "../report/fixture.ts";
import { profile } from "../../../service/profile.ts";

const scope = { at: "2025-10-26T07:10:00.000Z", service: "video-ranking", namespace: "nova-prod", environment: "prod" };
const passed: Judgement = { verdict: "pass", reasons: [{ criterion: "canary-error-ratio", verdict: "pass", text: "errors 0.04 %", samples: 9_000 }] };
const soaking: LiveReading = {
    kind: "under-way",
    stable: revision("v1-0-0"),
    candidate: revision("v1-1-0"),
    weightPercent: 10,
    soakedSeconds: 300,
    soakSeconds: 900,
    decision: { kind: "soaking", secondsLeft: 600 },
    approvalsMissing: { kind: "observed", value: [] },
    seen: { evidence: evidenceOf(scope.at, 300, 10), gate: passed, atOnce: passed },
};

let server: LiveServer;
let port: number;
let reading: LiveReading;

beforeAll(async () => {
    port = await getPort();
    const records = [{ at: scope.at, kind: "note", identity: "<b>ci</b>", text: "<script>alert(1)</script>" }];
    server = await startLiveServer(
        {
            view: () => Promise.resolve(liveView(profile, reading, scope)),
            details: () => Promise.resolve({ at: scope.at, charts: html`<p>no curves yet</p>`, records }),
        },
        port,
    );
});

beforeEach(() => {
    reading = soaking;
});

afterAll(async () => {
    await server.close();
});

interface Answer {
    readonly status: number | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
}

/** One request, with exactly these headers: `fetch` lets nobody choose the host. */
async function ask(
    path: string,
    { method = "GET", headers = {} }: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const sent = request({ host: "127.0.0.1", port, path, method, headers: { host: `localhost:${String(port)}`, ...headers } }, (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk: Buffer) => chunks.push(chunk));
            answer.on("end", () => {
                resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() });
            });
        });
        sent.on("error", reject);
        sent.end();
    });
}

describe("the live page", () => {
    it("says which step it is, whether it is well, what comes next and how long is left", async () => {
        const page = new ParsedPage((await ask("/")).body);
        expect(page.errors).toEqual([]);
        expect(Object.fromEntries(["step", "health", "next", "left"].map((id) => [id, textOf(page.byId(id))]))).toEqual({
            step: "v1-1-0 at 10 % (canary)",
            health: "Healthy: all criteria pass",
            next: "Then, if the gate passes: v1-1-0 from 10 % to 25 %.",
            left: "10 min of 15 min",
        });
        expect(page.all("title").map(textOf)).toEqual([
            "v1-1-0 at 10 % (canary): Healthy: all criteria pass. Then, if the gate passes: v1-1-0 from 10 % to 25 %.",
        ]);
    });

    it("shows the way through the plan, where on it the rollout is, and how far the soak is", async () => {
        const page = new ParsedPage((await ask("/")).body);
        const [course] = page.all("ol");
        const steps = course === undefined ? [] : elementsIn(course);
        expect(steps.map((step) => `${textOf(step)}${attribute(step, "aria-current") === "step" ? " (now)" : ""}`)).toEqual([
            "0 %",
            "10 % (now)",
            "25 %",
            "50 %",
            "100 %",
            "stable",
        ]);
        expect(page.all("progress").map((progress) => [attribute(progress, "value"), attribute(progress, "max")])).toEqual([["300", "900"]]);
    });

    it("tells changes to a screen reader, and lets people stop the updates", async () => {
        const page = new ParsedPage((await ask("/")).body);
        expect(attribute(page.byId("said"), "role")).toBe("status");
        expect(attribute(page.byId("stale"), "role")).toBe("alert");
        expect(page.byId("pause").tagName).toBe("input");
    });

    it("gives what has changed, without the page around it", async () => {
        reading = { kind: "nothing", why: "errors <12 %", rolledBack: true, last: { kind: "missing", reason: "forbidden" } };
        const { body } = await ask("/view");
        expect(textOf(new ParsedPage(body).byId("told"))).toContain("Rolled back The candidate has no users any more");
        expect(textOf(new ParsedPage(body).byId("now"))).toContain("errors <12 %");
        expect(body).not.toContain("<script");
    });

    it("has a part in each answer for each part of the page", async () => {
        const parts = async (path: string) =>
            new ParsedPage((await ask(path)).body)
                .all()
                .filter((element) => attribute(element, "data-part") !== undefined)
                .map((element) => attribute(element, "id"));
        expect(await parts("/view")).toEqual(await parts("/"));
        expect(await parts("/view")).toEqual(["now", "criteria-part", "charts-part", "figures-part", "records-part"]);
    });

    it("gives the same to programs", async () => {
        const { headers, body } = await ask("/view.json");
        expect(headers["content-type"]).toMatch(/^application\/json/);
        expect(JSON.parse(body)).toMatchObject({ step: "v1-1-0 at 10 % (canary)", tone: "good" });
    });

    it("runs its own script alone: text from the cluster is text", async () => {
        const { headers, body } = await ask("/");
        const page = new ParsedPage(body);
        const scripts = page.all("script");
        expect(scripts).toHaveLength(1);
        const nonce = scripts.map((script) => attribute(script, "nonce"))[0] ?? "";
        expect(nonce.length).toBeGreaterThan(15);
        expect(headers["content-security-policy"]).toContain(`script-src 'nonce-${nonce}'`);
        expect(textOf(page.byId("records-part"))).toContain("<b>ci</b> <script>alert(1)</script>");
        expect(page.attributes.filter(({ name }) => name.startsWith("on") || name === "style")).toEqual([]);
    });

    it("has a script without a fault in its grammar", async () => {
        const [script] = new ParsedPage((await ask("/")).body).all("script");
        const [content] = script?.childNodes ?? [];
        const text = content !== undefined && "value" in content ? content.value : "";
        expect(text).toContain("replaceWith");
        expect(() => new Script(text)).not.toThrow();
    });

    it("gives another nonce each time", async () => {
        const policies = await Promise.all([ask("/"), ask("/")]);
        expect(new Set(policies.map(({ headers }) => headers["content-security-policy"])).size).toBe(2);
    });
});

describe("the live page's server", () => {
    it.each(["/", "/view", "/view.json", "/nothing"])("lets no other site read or frame it, and lets nobody guess types: %s", async (path) => {
        const { headers } = await ask(path, { headers: { origin: "http://evil.example.com" } });
        expect(headers).toMatchObject({
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "no-store",
        });
        expect(headers["content-security-policy"]).toMatch(/default-src 'none'.*base-uri 'none'; form-action 'none'; frame-ancestors 'none'/);
        expect(headers["content-security-policy"]).not.toContain("unsafe");
        expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    });

    it.each(["evil.example.com", "evil.example.com:80", "localhost", "127.0.0.1.evil.example.com", "localhost:1", "[::1]"])(
        "answers nobody who calls it by another name: %s",
        async (host) => {
            const { status, body } = await ask("/", { headers: { host } });
            expect(status).toBe(421);
            expect(body).not.toContain("v1-1-0");
        },
    );

    it("answers to this machine's names", async () => {
        for (const name of ["localhost", "127.0.0.1", "LOCALHOST", "[::1]"]) {
            expect((await ask("/view", { headers: { host: `${name}:${String(port)}` } })).status).toBe(200);
        }
    });

    it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])("only reads: %s is refused", async (method) => {
        const { status, headers } = await ask("/", { method });
        expect(status).toBe(405);
        expect(headers.allow).toBe("GET");
    });

    it("knows no other page", async () => {
        expect((await ask("/../../etc/passwd")).status).toBe(404);
    });

    it("listens on loopback alone", () => {
        expect(server.url).toBe(`http://localhost:${String(port)}/`);
    });

    it("says so where its port is taken", async () => {
        const source = {
            view: () => Promise.resolve(liveView(profile, soaking, scope)),
            details: () => Promise.resolve({ at: scope.at, charts: html``, records: [] }),
        };
        await expect(startLiveServer(source, port)).rejects.toThrow("EADDRINUSE");
    });
});
