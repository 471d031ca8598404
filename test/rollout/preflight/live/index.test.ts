import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { defined } from "../../../../rollout/defined.ts";
import { outlooksOf } from "../../../../rollout/gate/forecast.ts";
import { scheduleFor } from "../../../../rollout/plan/schedule.ts";
import { apiServer } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { type PreflightContext, type PreflightSecrets, checksFor, runPreflight } from "../../../../rollout/preflight/live/index.ts";
import { declaredBy } from "../../../../config/declared.ts";
import { parseConfig } from "../../../../config/parse.ts";
import { type PreflightCheck, preflightChecks } from "../../../../rollout/checklist/preflight.ts";
import type { CheckResult } from "../../../../rollout/preflight/preflight.ts";
import { preflightSchema } from "../../../../rollout/settings/preflight.ts";
import { readStack } from "../../../config/stack-files.ts";
import { type FakeAnswer, FakeApiServer } from "../../kubernetes/fake-api-server.ts";
import type { StackConfig } from "../../../../config/schema.ts";
import { profile } from "../../../../service/profile.ts";

const digest = `sha256:${"a".repeat(64)}`;
const noSecrets: PreflightSecrets = {
    postgresPassword: () => Promise.resolve(undefined),
    passwordPlaces: "postgresAdminPassword in the stack config",
    kafkaLogin: () => Promise.resolve(undefined),
    registryLogin: () => Promise.resolve(undefined),
    storeAuthority: () => Promise.resolve(undefined),
};

let server: FakeApiServer;
let folder: string;
beforeEach(() => {
    server = new FakeApiServer();
    folder = mkdtempSync(join(tmpdir(), "preflight-context-"));
});
afterEach(() => {
    server.remove();
    rmSync(folder, { recursive: true });
});

/** The committed stack of production with a candidate, and nothing of it in reach. */
function config(): StackConfig {
    const raw = readStack("prod");
    const candidate = { name: "v1-1-0", image: `registry.example.com/nova/video-ranking:1.1.0@${digest}`, config: {} };
    const parsed = parseConfig({ ...raw, candidate }, { variables: {}, secretKeys: new Set(["postgresAdminPassword"]) });
    if (!parsed.ok) {
        throw new Error(JSON.stringify(parsed.problems));
    }
    return parsed.config;
}

function context(change: Partial<PreflightContext> = {}): PreflightContext {
    const stack = config();
    return {
        profile,
        config: stack,
        folder,
        api: apiServer({ kubeContext: server.kubeContext, timeoutMs: 2_000 }),
        declared: declaredBy(stack),
        secrets: noSecrets,
        forecast: () => Promise.reject(new Error("nothing is in reach")),
        resources: () => Promise.reject(new Error("nothing is in reach")),
        ...defined(change),
    };
}

async function only(check: PreflightCheck, change: Partial<PreflightContext> = {}): Promise<CheckResult> {
    const [result] = await runPreflight(context(change), { only: [check] });
    if (result === undefined) {
        throw new Error("no result");
    }
    return result;
}

/** Answers by the end of the path; 404 elsewhere. */
function answers(byPath: Readonly<Record<string, unknown>>): (request: { readonly url: string }) => FakeAnswer {
    return ({ url }) => {
        const path = url.split("?")[0] ?? "";
        const found = Object.entries(byPath).find(([end]) => path.endsWith(end));
        return found === undefined ? { status: 404, body: { kind: "Status", message: "not found" } } : { status: 200, body: found[1] };
    };
}

describe("a preflight with nothing in reach", () => {
    it("passes no check but what it finds in its own folder, and says of each what to do", async () => {
        await server.answer(() => ({ status: 403, body: { message: "no" } }));
        const results = await runPreflight(context(), { timeoutMs: 30_000 });

        expect(results.map(({ check }) => check)).toEqual(preflightChecks);
        expect(results.filter(({ state }) => state === "passed").map(({ check }) => check)).toEqual(["runbooks"]);
        expect(results.filter(({ state, fix }) => state !== "passed" && (fix === undefined || fix === ""))).toEqual([]);
    });

    it("leaves no check of production open for want of configuration", async () => {
        await server.answer(() => ({ status: 403, body: { message: "no" } }));
        const results = await runPreflight(
            context({
                secrets: { ...noSecrets, postgresPassword: () => Promise.resolve("word") },
                notifiers: () => Promise.resolve([{ name: "slack", problem: "nobody is there" }]),
            }),
            { timeoutMs: 3_000 },
        );

        expect(results.filter(({ state }) => state === "not-configured")).toEqual([]);
    });
});

describe("a preflight of a service without stores", () => {
    const { stores, ...bare } = config();
    const { backups, path, topics, postgres, redis, clickhouse, ...declared } = declaredBy(config());
    const without = { config: bare, declared };
    const ofStores = ["postgres", "backup-age", "redis", "clickhouse", "kafka"] as const;

    it("has no check of a store or of a backup: there is none that could pass or fail", async () => {
        expect([stores, backups, path, topics, postgres, redis, clickhouse]).not.toContain(undefined);
        await server.answer(() => ({ status: 403, body: { message: "no" } }));
        expect(checksFor(context())).toEqual(preflightChecks);
        const expected = preflightChecks.filter((check) => !ofStores.some((one) => one === check));
        expect(checksFor(context(without))).toEqual(expected);
        expect((await runPreflight(context(without), { timeoutMs: 3_000 })).map(({ check }) => check)).toEqual(expected);
        expect(await runPreflight(context(without), { only: ["redis", "kafka"] })).toEqual([]);
    });

    it.each(["postgres", "redis", "clickhouse", "kafka"] as const)("looks at the one that it has: %s", (store) => {
        const one = context({ config: { ...bare, stores: { [store]: stores[store] } }, declared });
        expect(checksFor(one).filter((check) => ofStores.some((other) => other === check))).toEqual([store]);
    });

    it("says so where the program does not tell what ClickHouse must hold", async () => {
        const only = { config: { ...bare, stores: { clickhouse: stores.clickhouse } }, declared };
        expect(await runPreflight(context(only), { only: ["clickhouse"] })).toMatchObject([
            { state: "not-configured", fix: expect.stringContaining("`clickhouse`") as string },
        ]);
    });
});

describe("the age of backups", () => {
    const jobs = ["backup", "restore-check", "clickhouse-backup", "clickhouse-check"];
    const succeeded = (hoursAgo: number, suspend = false) => ({
        spec: { suspend },
        status: { lastSuccessfulTime: new Date(Date.now() - hoursAgo * 3_600_000).toISOString() },
    });
    const allAt = (hoursAgo: number) => Object.fromEntries(jobs.map((job) => [`/cronjobs/video-ranking-${job}`, succeeded(hoursAgo)]));

    it.each([
        { what: "every job succeeded lately", change: {}, state: "passed", text: /^newest: / },
        {
            what: "the dump is too old",
            change: { "/cronjobs/video-ranking-backup": succeeded(27) },
            state: "failed",
            text: /video-ranking-backup last succeeded 27 h ago, more than 26 h/,
        },
        {
            what: "a job never succeeded",
            change: { "/cronjobs/video-ranking-restore-check": { spec: {}, status: {} } },
            state: "failed",
            text: /restore-check has never succeeded/,
        },
        { what: "a job is suspended", change: { "/cronjobs/video-ranking-backup": succeeded(1, true) }, state: "failed", text: /is suspended/ },
    ])("has $state when $what", async ({ change, state, text }) => {
        await server.answer(answers({ ...allAt(1), ...change }));

        expect(await only("backup-age")).toMatchObject({ state, text: expect.stringMatching(text) as string });
    });

    const made = (hoursAgo: number, suspend = false) => ({
        metadata: { creationTimestamp: new Date(Date.now() - hoursAgo * 3_600_000).toISOString() },
        spec: { suspend },
        status: {},
    });
    it.each([
        {
            what: "a job had no time for its first run",
            job: made(1),
            rolloutPercent: 0,
            state: "later",
            text: /^not backed up yet: video-ranking-backup was made 1\.0 h ago$/,
        },
        { what: "the candidate is to get users", job: made(1), rolloutPercent: 10, state: "failed", text: /video-ranking-backup has never succeeded/ },
        { what: "it had time", job: made(27), rolloutPercent: 0, state: "failed", text: /video-ranking-backup has never succeeded/ },
        { what: "it is suspended", job: made(1, true), rolloutPercent: 0, state: "failed", text: /is suspended/ },
    ] as const)("is $state where $what", async ({ job, rolloutPercent, state, text }) => {
        await server.answer(answers({ ...allAt(1), "/cronjobs/video-ranking-backup": job }));

        expect(await only("backup-age", { config: { ...config(), rolloutPercent } })).toMatchObject({ state, text: expect.stringMatching(text) as string });
    });

    it("has failed when a job is not there", async () => {
        await server.answer(answers({}));

        expect((await only("backup-age")).text).toMatch(/there is no CronJob video-ranking-backup/);
    });
});

describe("the forecast", () => {
    const asked = (requests: number) => {
        const observed = { kind: "observed", value: requests } as const;
        const traffic = { requestsPerSecond: observed, cacheHitsPerSecond: observed, cacheMissesPerSecond: observed, eventsPerSecond: observed, waived: {} };
        return () => Promise.resolve({ traffic, steps: outlooksOf(profile, scheduleFor(profile.plan, { timeScale: 1, environment: "prod" }), traffic) });
    };
    const gated = (gates: StackConfig["gates"]): StackConfig => ({ ...config(), gates });

    it.each([
        { what: "passes with enough users", requests: 5_000, gates: { kind: "full" }, state: "passed" },
        { what: "fails with too few, by the plan's default", requests: 1, gates: { kind: "full" }, state: "failed" },
        { what: "fails with too few where that is rolled back", requests: 1, gates: { kind: "full", lackOfEvidence: "roll-back" }, state: "failed" },
        { what: "passes with too few where people are waited for", requests: 1, gates: { kind: "full", lackOfEvidence: "wait" }, state: "passed" },
    ] as const)("$what", async ({ requests, gates, state }) => {
        expect((await only("forecast", { config: gated(gates), forecast: asked(requests) })).state).toBe(state);
    });

    it("fails where it can't be made, whoever is waited for", async () => {
        expect(await only("forecast", { config: gated({ kind: "full", lackOfEvidence: "wait" }) })).toMatchObject({
            state: "failed",
            text: "nothing is in reach",
        });
    });

    it("is open where the stack names no Prometheus", async () => {
        const { metrics, ...blind } = config();
        expect(metrics).toBeDefined();
        expect(await only("forecast", { config: blind, forecast: asked(5_000) })).toMatchObject({ state: "not-configured" });
    });

    it("is no check of a stack without a candidate, or without a gate", () => {
        const { candidate, ...steady } = config();
        expect(candidate).toBeDefined();
        expect(checksFor(context({ config: steady }))).not.toContain("forecast");
        expect(checksFor(context({ config: gated({ kind: "order-only", reason: "a test without a gate" }) }))).not.toContain("forecast");
    });
});

describe("dashboards", () => {
    const maps = (uids: readonly string[]) => ({ items: uids.map((uid) => ({ metadata: { name: uid }, data: { "a.json": JSON.stringify({ uid }) } })) });

    it("pass when each that is declared is there once", async () => {
        const { declared } = context();
        await server.answer(({ url }) => ({ status: 200, body: url.includes("/namespaces/nova-prod/") ? maps(declared.dashboards) : { items: [] } }));

        expect((await only("dashboards")).state).toBe("passed");
    });

    it.each([
        { what: "one is missing", uids: (all: readonly string[]) => all.slice(1), text: /there is no dashboard/ },
        { what: "two have one uid", uids: (all: readonly string[]) => [...all, ...all.slice(0, 1)], text: /two dashboards have the uid/ },
        { what: "one has no uid", uids: (all: readonly string[]) => [...all, ""], text: /is no dashboard with a uid/ },
    ])("fail when $what", async ({ uids, text }) => {
        const { declared } = context();
        await server.answer(({ url }) => ({ status: 200, body: url.includes("/namespaces/nova-prod/") ? maps(uids(declared.dashboards)) : { items: [] } }));

        expect(await only("dashboards")).toMatchObject({ state: "failed", text: expect.stringMatching(text) as string });
    });
});

describe("logs", () => {
    const preflight = preflightSchema.parse({ logCollector: { namespace: "logging", daemonSet: "collector" } });
    const line = JSON.stringify({ time: "2026-01-01T00:00:00Z", level: "info", message: "ready", revision: "v1-0-0" });
    const collected = (log: string, numberReady = 3) => ({
        "/daemonsets/collector": { status: { numberReady, desiredNumberScheduled: 3 } },
        "/pods": { items: [{ metadata: { name: "pod-1" }, spec: { containers: [] } }] },
        "/log": log,
    });

    it.each([
        { what: "they are collected and keep the contract", answer: collected(`${line}\n${line}\n`), state: "passed", text: /ready on 3 nodes/ },
        { what: "a line is no JSON", answer: collected(`${line}\nplain words\n`), state: "failed", text: /1 of the newest lines/ },
        { what: "nothing is written", answer: collected(""), state: "failed", text: /is empty/ },
        { what: "a collector is not ready", answer: collected(line, 2), state: "failed", text: /ready on 2 of 3 nodes/ },
    ])("have $state when $what", async ({ answer, state, text }) => {
        await server.serve((request, response) => {
            const path = (request.url ?? "").split("?")[0] ?? "";
            const [, body] = Object.entries(answer).find(([end]) => path.endsWith(end)) ?? [];
            response.setHeader("content-type", typeof body === "string" ? "text/plain" : "application/json");
            response.writeHead(body === undefined ? 404 : 200).end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
        });

        expect(await only("logs", { config: { ...config(), preflight } })).toMatchObject({ state, text: expect.stringMatching(text) as string });
    });
});

describe("notifiers", () => {
    it("pass when each takes a test message, and fail with the reason of each that does not", async () => {
        const chat = { name: "slack" } as const;

        expect((await only("notifiers", { notifiers: () => Promise.resolve([chat]) })).state).toBe("passed");
        expect(await only("notifiers", { notifiers: () => Promise.resolve([chat, { name: "email", problem: "it answered 550" }]) })).toMatchObject({
            state: "failed",
            text: "email: it answered 550",
        });
    });
});

describe("a report that a pipeline left", () => {
    it("is read from its path, beside the stack's file, and is no pass by itself", async () => {
        writeFileSync(join(folder, "junit.xml"), `<testsuite>${'<testcase name="a"/>'.repeat(306)}</testsuite>`);

        expect(await only("test-results", { config: { ...config(), preflight: preflightSchema.parse({ testResults: ["junit.xml"] }) } })).toMatchObject({
            state: "not-configured",
            text: "306 tests passed, none failed, 0 skipped; but nothing vouches for junit.xml",
        });
    });

    it("that is not there is a failed check with the fix", async () => {
        expect(await only("test-results", { config: { ...config(), preflight: preflightSchema.parse({ testResults: ["junit.xml"] }) } })).toMatchObject({
            state: "failed",
            fix: expect.stringMatching(/the file is not there/) as string,
        });
    });
});

describe("a secret of the cluster", () => {
    const password = "the-Applications-Passw0rd";

    it("is in no result, though the system that it is for quotes it", async () => {
        const url = `rediss://application:${password}@127.0.0.1:1`;
        await server.answer(
            answers({
                "/deployments/video-ranking-v1-0-0": {
                    spec: { template: { spec: { volumes: [{ name: "secrets", secret: { secretName: "connections" } }] } } },
                },
                "/secrets/connections": {
                    data: { "redis-url": Buffer.from(url).toString("base64"), "clickhouse-url": Buffer.from(`not a URL ${password}`).toString("base64") },
                },
            }),
        );
        const results = await runPreflight(context(), { only: ["redis", "clickhouse"], timeoutMs: 3_000 });

        expect(results.map(({ state }) => state)).toEqual(["failed", "failed"]);
        expect(JSON.stringify(results)).not.toContain(password);
    });
});
