import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { TimedRoute } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { addAdvance, addRun } from "../../../../rollout/cli/commands/advance.ts";
import { addFinish } from "../../../../rollout/cli/commands/finish.ts";
import { addGate, addStatus } from "../../../../rollout/cli/commands/status.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { ConfigError } from "../../../../rollout/settings/problem.ts";
import { UsageError } from "../../../../rollout/cli/session.ts";
import { revision, rolling, steady } from "../../arbitraries.ts";
import { type FakeSessionArgs, fakeSession, runCommand, stackFolder, stepOf } from "../fake-session.ts";

let stack: ReturnType<typeof stackFolder>;
beforeEach(() => {
    stack = stackFolder();
});
afterEach(() => {
    stack.remove();
});

const marked = { rolledBack: [{ revision: revision("v2"), reason: "errors" }] } as const;
const away: TimedRoute = { kind: "unreachable", reason: "ECONNREFUSED" };
const full = { gates: { kind: "full" } } as const;

describe("rollout gate", () => {
    it.each([
        { what: "nothing in the way", args: {}, code: exitCode.done, says: "v2 from 10 % to 25 % may be taken" },
        { what: "a gate that sees nothing", args: { target: full }, code: exitCode.hold, says: "the stack names no Prometheus: set metrics.prometheusUrl" },
        { what: "a mark of a rollback", args: { live: stepOf(rolling(10), marked) }, code: exitCode.hold, says: "v2 was rolled back: errors" },
        { what: "no candidate", args: { live: stepOf(steady()) }, code: exitCode.hold, says: "there is no candidate" },
        { what: "an API server that is away", args: { live: away }, code: exitCode.error, says: "ECONNREFUSED" },
        { what: "a route that a hand changed", args: { live: stepOf(rolling(10), { routedPercent: 60 }) }, code: exitCode.error, says: "changed by hand" },
    ] satisfies readonly { what: string; args: FakeSessionArgs; code: number; says: string }[])(
        "ends by what it finds: $what",
        async ({ args, code, says }) => {
            const ran = await runCommand(addGate, fakeSession(args), ["gate"]);
            expect(ran.exitCode).toBe(code);
            expect(ran.out).toContain(says);
        },
    );

    it("says as JSON what is in the way", async () => {
        const ran = await runCommand(addGate, fakeSession({ live: stepOf(rolling(10), marked) }), ["gate", "--json"]);
        expect(JSON.parse(ran.out)).toMatchObject({ kind: "assessed", move: { from: 10, to: 25 }, obstacles: [{ id: "rolled-back" }] });
    });
});

describe("rollout status", () => {
    it.each([
        { what: "a step that may not be left", args: { target: full }, code: undefined, says: "10 %" },
        { what: "no candidate", args: { live: stepOf(steady()) }, code: exitCode.done, says: "there is no candidate" },
        { what: "an API server that is away", args: { live: away }, code: exitCode.error, says: "ECONNREFUSED" },
    ] satisfies readonly { what: string; args: FakeSessionArgs; code: number | undefined; says: string }[])("shows $what", async ({ args, code, says }) => {
        const ran = await runCommand(addStatus, fakeSession(args), ["status"]);
        expect(ran.exitCode).toBe(code);
        expect(ran.out).toContain(says);
    });

    it("shows where the rollout stands although the config can't be used, judges nothing by it, and says what is wrong", async () => {
        const unheeded = new ConfigError([{ key: "rolloutPercnt", problem: "is not a known key", fix: "write rolloutPercent" }]);
        const ran = await runCommand(addStatus, { ...fakeSession({ target: full }), unheeded }, ["status"]);
        expect(ran.exitCode).toBe(exitCode.done);
        expect(ran.out).toContain("90 % v1, 10 % v2");
        expect(ran.out).toContain("rolloutPercnt is not a known key");
        expect(ran.out).not.toMatch(/may be taken/);
        const json = await runCommand(addStatus, { ...fakeSession({ live: away }), unheeded }, ["status", "--json"]);
        expect(json.exitCode).toBe(exitCode.error);
        expect(JSON.parse(json.out)).toMatchObject({ kind: "unjudged", why: "ECONNREFUSED" });
    });

    it("hands its options on to what opens the rollout", async () => {
        const ran = await runCommand(addStatus, fakeSession(), ["status", "--stack", "prod", "--cwd", "/work", "--context", "other", "--as", "olga"]);
        expect(ran.options).toEqual({ stack: "prod", cwd: "/work", context: "other", as: "olga", anyConfig: true });
    });

    it("takes a stack or a target, not both", async () => {
        const ran = await runCommand(addStatus, fakeSession(), ["status", "--stack", "prod", "--target", "file"]);
        expect(ran.error?.message).toContain("cannot be used with");
    });
});

describe("rollout finish", () => {
    const atFull = () => fakeSession({ live: stepOf(rolling(100)), folder: stack.folder });

    /** A file that declares the candidate at 100 %. */
    const declared = () => {
        const session = atFull();
        session.stack?.file.restore(
            session.stack.file
                .text()
                .replace(/^( *)(\S+):rolloutPercent:.*$/m, "$1$2:rolloutPercent: 100\n$1$2:candidate: {name: v2, image: 'r/v:2', config: {}}"),
        );
        return session;
    };

    it("makes the candidate the stable revision in the file, and has the engine follow", async () => {
        const session = declared();
        const ran = await runCommand(addFinish, session, ["finish"]);
        expect(ran).toMatchObject({ error: undefined, updates: [{ stack: "lab", folder: stack.folder }] });
        expect(session.stack?.file.text()).not.toContain("candidate:");
    });

    it("leaves the file as it was when the guard refuses", async () => {
        const session = declared();
        const before = session.stack?.file.text();
        const ran = await runCommand(addFinish, session, ["finish"], { kind: "refused", by: "guard", reason: "rollout refused: no" });
        expect(ran.exitCode).not.toBe(exitCode.done);
        expect(session.stack?.file.text()).toBe(before);
    });

    it.each([
        { what: "below 100 %", live: stepOf(rolling(50)), says: "it is finished from 100 %" },
        { what: "a candidate that was rolled back", live: stepOf(rolling(100), marked), says: "v2 was rolled back" },
        { what: "an API server that is away", live: away, says: "ECONNREFUSED" },
    ])("changes nothing with $what", async ({ live, says }) => {
        const session = fakeSession({ live, folder: stack.folder });
        const before = session.stack?.file.text();
        const ran = await runCommand(addFinish, session, ["finish"]);
        expect(ran).toMatchObject({ exitCode: exitCode.hold, updates: [], out: expect.stringContaining(says) as string });
        expect(session.stack?.file.text()).toBe(before);
    });

    it("needs the stack", async () => {
        expect((await runCommand(addFinish, fakeSession(), ["finish"])).error).toBeInstanceOf(UsageError);
    });
});

describe.each([
    { command: "advance", add: addAdvance },
    { command: "run", add: addRun },
])("rollout $command", ({ command, add }) => {
    const dark = (change: object = {}): TimedRoute => stepOf(rolling(0), change);

    it("holds where something is in the way, and leaves the stack's file as it was", async () => {
        const session = fakeSession({ live: dark(), target: full, folder: stack.folder });
        const before = session.stack?.file.text();
        const ran = await runCommand(add, session, [command]);
        expect(ran).toMatchObject({ exitCode: exitCode.hold, updates: [], out: expect.stringContaining("held at 0 %") as string });
        expect(session.stack?.file.text()).toBe(before);
    });

    it("writes the next weight, runs the engine with the policy packs, and puts the file back when the guard refuses", async () => {
        const session = fakeSession({ live: dark(), folder: stack.folder });
        const before = session.stack?.file.text();
        const ran = await runCommand(add, session, [command, "--policy-pack", "policies"], {
            kind: "refused",
            by: "guard",
            reason: "rollout refused: the soak",
        });
        expect(ran.updates).toMatchObject([{ message: "api: to 10 %", policyPacks: ["policies"] }]);
        expect(ran).toMatchObject({ exitCode: exitCode.hold, out: expect.stringContaining("rollout refused: the soak") as string });
        expect(session.stack?.file.text()).toBe(before);
    });

    it("fails where the engine fails, and leaves in the file what was asked for: 'pulumi up' again converges", async () => {
        const session = fakeSession({ live: dark(), folder: stack.folder });
        const ran = await runCommand(add, session, [command], { kind: "failed", reason: "no pods" });
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("failed: no pods") as string });
        expect(session.stack?.file.text()).toMatch(/rolloutPercent: 10/);
    });

    it("reconciles after a rollback, and says so as JSON", async () => {
        const session = fakeSession({ live: dark(marked), folder: stack.folder });
        const ran = await runCommand(add, session, [command, "--json"]);
        expect(ran).toMatchObject({ exitCode: exitCode.rolledBack, updates: [{ message: "rollback: reconcile" }] });
        expect(JSON.parse(ran.out)).toMatchObject({ kind: "rolled-back", reconciled: { kind: "updated" } });
    });

    it.each([
        { what: "no candidate", live: stepOf(steady()), says: "there is no candidate" },
        { what: "an API server that is away", live: away, says: "ECONNREFUSED" },
    ])("fails with $what", async ({ live, says }) => {
        const ran = await runCommand(add, fakeSession({ live, folder: stack.folder }), [command]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, updates: [], out: expect.stringContaining(says) as string });
    });

    it("needs the stack", async () => {
        expect((await runCommand(add, fakeSession({ live: dark() }), [command])).error).toBeInstanceOf(UsageError);
    });

    it.each(["-1", "soon"])("refuses to wait for %s seconds", async (wait) => {
        expect((await runCommand(add, fakeSession(), [command, `--wait=${wait}`])).error?.message).toContain("use a number of seconds");
    });
});

describe("how far a rollout is driven", () => {
    it("advance has nothing left to do at 100 %", async () => {
        const ran = await runCommand(addAdvance, fakeSession({ live: stepOf(rolling(100)), folder: stack.folder }), ["advance"]);
        expect(ran.error?.message).toContain("rollout finish");
    });

    it.each(["0", "30", "x"])("run refuses to go to %s %", async (until) => {
        expect((await runCommand(addRun, fakeSession(), ["run", "--until", until])).error?.message).toContain("is no weight of the plan: use 10, 25, 50, 100");
    });
});
