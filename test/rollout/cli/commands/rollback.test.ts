import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { defined } from "../../../../rollout/defined.ts";
import type { PatchOperation } from "../../../../rollout/route/rollback-patch.ts";
import { apiServer } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { liveRollout } from "../../../../rollout/kubernetes/live-rollout.ts";
import { addRollback } from "../../../../rollout/cli/commands/rollback.ts";
import { ConfigError } from "../../../../rollout/settings/problem.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { encodeRecord } from "../../../../rollout/route/record.ts";
import { MemoryConfigMaps } from "../../kubernetes/memory-config-maps.ts";
import { FakeApiServer } from "../../kubernetes/fake-api-server.ts";
import { revision, rolling, steady } from "../../arbitraries.ts";
import { fakeSession, runCommand, stackFolder, stepOf } from "../fake-session.ts";
import { design } from "../../route/route.ts";
import { labelKeys } from "../../../../service/label-keys.ts";

const back = ["rollback", "--reason", "errors"];
const done = { kind: "rolled-back", fromPercent: 10, attempts: 1, tookMs: 12 } as const;

describe("rollout rollback", () => {
    it("gives the stable revision everything, writes it down, and brings the program's state in line", async () => {
        const { folder, remove } = stackFolder();
        try {
            const asked: unknown[] = [];
            const session = fakeSession({ folder, route: { rollBack: async (of) => (asked.push(of), Promise.resolve(done)) } });
            const ran = await runCommand(addRollback, session, back);
            expect(asked).toEqual([{ namespace: "prod", name: "api", stable: revision("v1"), candidate: revision("v2"), reason: "errors" }]);
            expect(ran).toMatchObject({ exitCode: exitCode.rolledBack, updates: [{ stack: "lab", folder }] });
            expect((await session.ledger.read()).records).toMatchObject([{ kind: "rolled-back", text: "errors", rollout: { from: 10, to: 0 } }]);
        } finally {
            remove();
        }
    });

    it("waits for no engine and for no sound config: it is opened with what the file says of the route", async () => {
        const ran = await runCommand(addRollback, fakeSession({ route: { rollBack: async () => Promise.resolve(done) } }), [...back, "--no-reconcile"]);
        expect(ran.options).toMatchObject({ anyConfig: true, withoutEngine: true });
    });

    it("is made and written down although its reason holds what looks like a secret, which nobody gets to read", async () => {
        const asked: unknown[] = [];
        const session = fakeSession({ route: { rollBack: async (of) => (asked.push(of), Promise.resolve(done)) } });
        const ran = await runCommand(addRollback, session, ["rollback", "--no-reconcile", "--reason", "login fails: psql --password hunter22"]);
        expect(ran.exitCode).toBe(exitCode.rolledBack);
        const { records } = await session.ledger.read();
        expect(records).toMatchObject([{ kind: "rolled-back", text: "login fails: psql (left out)" }]);
        expect(ran.err).toContain("left out of the route, the ledger and messages");
        expect(JSON.stringify([asked, records, ran.out, ran.err])).not.toContain("hunter22");
    });

    it("is made although the stack's config can't be used, which it says", async () => {
        const problem = new ConfigError([{ key: "rolloutPercnt", problem: "is not a known key", fix: "write rolloutPercent" }]);
        const session = { ...fakeSession({ route: { rollBack: async () => Promise.resolve(done) } }), unheeded: problem };
        const ran = await runCommand(addRollback, session, [...back, "--no-reconcile"]);
        expect(ran.exitCode).toBe(exitCode.rolledBack);
        expect(ran.err).toMatch(/rolloutPercnt is not a known key[^]*not in the way of a rollback/);
    });

    it.each([
        { what: "done, and left to do", flags: ["--no-reconcile"], result: done, code: exitCode.rolledBack, says: "Left to do: set rolloutPercent to 0" },
        {
            what: "failed",
            flags: [],
            result: { kind: "failed", reason: "403 Forbidden", refused: true, tookMs: 1 } as const,
            code: exitCode.error,
            says: "NOT rolled back: 403 Forbidden",
        },
        {
            what: "overtaken: users may be anywhere",
            flags: [],
            result: { kind: "overtaken", reason: "the candidate is v3 now", tookMs: 1 } as const,
            code: exitCode.error,
            says: "NOT rolled back: another change of the route came first: the candidate is v3 now",
        },
    ])("says how it ended: $what", async ({ flags, result, code, says }) => {
        const ran = await runCommand(addRollback, fakeSession({ route: { rollBack: async () => Promise.resolve(result) } }), [...back, ...flags]);
        expect(ran.exitCode).toBe(code);
        expect(ran.out).toContain(says);
    });

    it("says as JSON what it says as text", async () => {
        const session = fakeSession({ route: { rollBack: async () => Promise.resolve(done) } });
        const ran = await runCommand(addRollback, session, [...back, "--no-reconcile", "--json"]);
        expect(JSON.parse(ran.out)).toEqual(done);
        expect(ran.err).toContain("v1 has all traffic");
    });

    it.each([
        {
            what: "by its record",
            live: stepOf(rolling(10)),
            route: { rollBack: async () => Promise.resolve({ ...done, testersStay: "testers may still come" }) },
        },
        {
            what: "with a record that can't be read",
            live: { kind: "damaged", reason: "no record", revisions: ["v1"] } as const,
            route: {
                giveAll: async () =>
                    Promise.resolve({ kind: "rolled-back", repaired: true, attempts: 1, tookMs: 1, testersStay: "testers may still come" } as const),
            },
        },
    ])("warns where users are back and testers may still reach the candidate, $what", async ({ live, route }) => {
        const ran = await runCommand(addRollback, fakeSession({ live, route }), [...back, "--no-reconcile", "--to", "v1"]);
        expect(ran.exitCode).toBe(exitCode.rolledBack);
        expect(ran.err.split("testers may still come")).toHaveLength(2);
    });

    it("is not written down again by a second one, which changes nothing", async () => {
        const maps = new MemoryConfigMaps();
        await runCommand(addRollback, fakeSession({ maps, route: { rollBack: async () => Promise.resolve(done) } }), [...back, "--no-reconcile"]);
        const again = fakeSession({
            maps,
            live: stepOf(rolling(0), { rolledBack: [{ revision: revision("v2"), reason: "errors" }] }),
            route: { rollBack: async () => Promise.resolve({ kind: "already", sameReason: false, tookMs: 1 }) },
        });
        const ran = await runCommand(addRollback, again, ["rollback", "--no-reconcile", "--reason", "to be sure"]);
        expect(ran.exitCode).toBe(exitCode.rolledBack);
        expect(ran.out).toContain("the rollback that is on record stays as it is");
        expect((await again.ledger.read()).records).toMatchObject([{ kind: "rolled-back", text: "errors" }]);
    });

    it("is written down where another's patch came first and left no record", async () => {
        const session = fakeSession({ route: { rollBack: async () => Promise.resolve({ kind: "already", sameReason: false, tookMs: 1 }) } });
        await runCommand(addRollback, session, [...back, "--no-reconcile"]);
        expect((await session.ledger.read()).records).toMatchObject([{ kind: "rolled-back", text: "errors" }]);
    });

    it("says that the program's state is not in line when the engine fails", async () => {
        const { folder, remove } = stackFolder();
        try {
            const session = fakeSession({ folder, route: { rollBack: async () => Promise.resolve(done) } });
            const ran = await runCommand(addRollback, session, back, { kind: "failed", reason: "no engine" });
            expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("not in line: no engine") as string });
        } finally {
            remove();
        }
    });

    it.each([
        { what: "where the stable revision has all traffic", live: stepOf(steady()), code: exitCode.done },
        { what: "where there is no route", live: { kind: "absent" } as const, code: exitCode.error },
        { what: "where the API server is away", live: { kind: "unreachable", reason: "ECONNREFUSED" } as const, code: exitCode.error },
    ])("changes nothing $what", async ({ live, code }) => {
        expect(await runCommand(addRollback, fakeSession({ live }), back)).toMatchObject({ exitCode: code, updates: [] });
    });

    it("takes a steady route back too that a hand gave other weights", async () => {
        const asked: unknown[] = [];
        const giveAll = async (of: object) => (asked.push(of), Promise.resolve({ kind: "rolled-back", repaired: true, attempts: 1, tookMs: 1 } as const));
        const live = stepOf(steady(), { routedPercent: 60 });
        const ran = await runCommand(addRollback, fakeSession({ live, route: { giveAll } }), [...back, "--no-reconcile"]);
        expect(ran.exitCode).toBe(exitCode.rolledBack);
        expect(asked).toMatchObject([{ to: "v1", stable: revision("v1") }]);
    });

    it("does not go to another revision than the one that a whole record has as stable", async () => {
        const ran = await runCommand(addRollback, fakeSession(), [...back, "--to", "v2"]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("v1 is stable, not v2") as string });
    });

    it("goes to no revision without a ready pod", async () => {
        const live = { kind: "damaged", reason: "no record", revisions: ["v1", "v2"] } as const;
        const ran = await runCommand(addRollback, fakeSession({ live, readyEndpoints: async () => Promise.resolve(0) }), [...back, "--to", "v1"]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("v1 has no ready pod") as string });
    });
});

describe("on a route that is damaged", () => {
    let server: FakeApiServer;
    beforeEach(() => {
        server = new FakeApiServer();
    });
    afterEach(() => {
        server.remove();
    });

    const users = (...weights: readonly (readonly [string, number])[]) => ({
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: weights.map(([name, weight]) => ({ name, port: 80, weight })),
    });
    const whole = encodeRecord(rolling(50), labelKeys);
    const { [labelKeys.record.stable]: stable = "", [labelKeys.record.candidate]: candidate = "" } = whole;
    const half = [users(["api-v1", 50], ["api-v2", 50])];

    /** Rolls back a route with these annotations and rules. */
    async function rolledBack(annotations: Readonly<Record<string, string>> | undefined, rules: readonly object[], flags: readonly string[]) {
        const patches: (readonly PatchOperation[])[] = [];
        await server.answer(({ method, url, body }) => {
            if (method === "PATCH") {
                patches.push(body as readonly PatchOperation[]);
                return { status: 200, body: {} };
            }
            return url.includes("endpointslices")
                ? { status: 200, body: { items: [{ addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }] }] } }
                : { status: 200, body: { metadata: defined({ annotations }), spec: { rules } } };
        });
        const real = liveRollout({ api: apiServer({ kubeContext: "lab" }), namespace: "prod", design });
        const session = { ...fakeSession(), cluster: real.cluster, route: real.route };
        const ran = await runCommand(addRollback, session, [...back, "--no-reconcile", ...flags]);
        const values = new Map(patches[0]?.map((operation) => [operation.path.replaceAll("~1", "/"), "value" in operation ? operation.value : undefined]));
        return { ran, values, patches: patches.length };
    }

    const onlyV1 = (values: ReadonlyMap<string, unknown>) => {
        const [rule, ...others] = (values.get("/spec") as { readonly rules: unknown }).rules as readonly {
            readonly backendRefs: readonly { readonly name: string; readonly weight: number }[];
        }[];
        expect(others).toEqual([]);
        return rule?.backendRefs.filter(({ weight }) => weight > 0);
    };

    it.each([
        { what: "no annotations", annotations: undefined, rules: half, flags: ["--to", "v1"] },
        { what: "no record among others", annotations: { "example.com/other": "x" }, rules: half, flags: ["--to", "v1"] },
        {
            what: "a record that is no record",
            annotations: { [labelKeys.record.stable]: "{", [labelKeys.record.weightPercent]: "lots" },
            rules: half,
            flags: ["--to", "v1"],
        },
        { what: "a weight that can't be read", annotations: { ...whole, [labelKeys.record.weightPercent]: "half" }, rules: half, flags: [] },
        { what: "no weight", annotations: { [labelKeys.record.stable]: stable, [labelKeys.record.candidate]: candidate }, rules: half, flags: [] },
        { what: "a candidate that can't be read", annotations: { ...whole, [labelKeys.record.candidate]: "v2" }, rules: half, flags: [] },
        { what: "marks that can't be read", annotations: { ...whole, [labelKeys.rolledBack]: "???" }, rules: half, flags: [] },
        { what: "a previous weight that can't be read", annotations: { ...whole, [labelKeys.previousPercent]: "much" }, rules: half, flags: [] },
        { what: "weights that a hand changed", annotations: whole, rules: [users(["api-v1", 1], ["api-v2", 99])], flags: [] },
        { what: "the candidate alone", annotations: { "example.com/other": "x" }, rules: [users(["api-v2", 100])], flags: ["--to", "v1"] },
    ])("it gives the stable revision everything: $what", async ({ annotations, rules, flags }) => {
        const { ran, values } = await rolledBack(annotations, rules, flags);
        expect(ran).toMatchObject({ exitCode: exitCode.rolledBack, error: undefined });
        expect(onlyV1(values)).toMatchObject([{ name: "api-v1", port: 80, weight: 100 }]);
    });

    it("it has one rule left of several, with nothing that was added", async () => {
        const mirror = { ...users(["by-hand", 100]), filters: [{ type: "RequestMirror" }] };
        const { values } = await rolledBack(undefined, [mirror, ...half, users(["api-v2", 100])], ["--to", "v1"]);
        expect(onlyV1(values)).toMatchObject([{ name: "api-v1", weight: 100 }]);
        expect(JSON.stringify(values.get("/spec"))).not.toContain("Mirror");
    });

    it("it has a record again where the content of the stable revision is known, and the command says so", async () => {
        const { ran, values } = await rolledBack({ ...whole, [labelKeys.record.weightPercent]: "half" }, half, []);
        expect(values.get(`/metadata/annotations/${labelKeys.record.weightPercent}`)).toBe("0");
        expect(values.get(`/metadata/annotations/${labelKeys.rolledBack}`)).toBe(`${candidate} errors`);
        expect(ran.err).toContain("the route's record is written anew, with v1 as stable");
    });

    it("it stays damaged where that is not known, and the command says what repairs it", async () => {
        const { ran, values } = await rolledBack(undefined, half, ["--to", "v1"]);
        expect([...values.keys()].filter((path) => path.startsWith("/metadata"))).toEqual([]);
        expect(ran.err).toContain("the route's record is still damaged");
        expect(ran.err).toContain("'pulumi up' with rolloutPercent 0 writes it anew");
        expect(ran.err).toContain("no revision is marked");
    });

    it("it is left alone where two revisions may be stable, and the command says to name one", async () => {
        const { ran, patches } = await rolledBack(undefined, half, []);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("it may be v1 or v2: name it with --to <revision>") as string });
        expect(patches).toBe(0);
    });
});
