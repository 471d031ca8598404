import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addApprove } from "../../../../rollout/cli/commands/approve.ts";
import { addChecklist } from "../../../../rollout/cli/commands/checklist.ts";
import { addCheckpoint } from "../../../../rollout/cli/commands/checkpoint.ts";
import { addComment } from "../../../../rollout/cli/commands/comment.ts";
import { addLedger } from "../../../../rollout/cli/commands/ledger.ts";
import { addNotify } from "../../../../rollout/cli/commands/notify.ts";
import { addPreflight, wayBack } from "../../../../rollout/cli/commands/preflight.ts";
import { addReport } from "../../../../rollout/cli/commands/report.ts";
import { addServe } from "../../../../rollout/cli/commands/serve.ts";
import { addSign } from "../../../../rollout/cli/commands/sign.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { UsageError } from "../../../../rollout/cli/session.ts";
import { StackFile } from "../../../../rollout/cli/stack-file.ts";
import type { TimedRoute } from "../../../../rollout/kubernetes/cluster-reader.ts";
import type { Weight } from "../../../../rollout/plan/plan.ts";
import { type RevisionSpec, referenceTo } from "../../../../rollout/route/revision.ts";
import program from "../../../../rollout.config.ts";
import { profile } from "../../../../service/profile.ts";
import { MemoryConfigMaps } from "../../kubernetes/memory-config-maps.ts";
import { rolling, steady } from "../../arbitraries.ts";
import { fakeSession, runCommand, stackFolder, stepOf } from "../fake-session.ts";

let folder: string;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "records-"));
});
afterEach(() => {
    rmSync(folder, { recursive: true });
});

/** A session whose ledger has one record. */
async function withRecord(maps = new MemoryConfigMaps()) {
    const session = fakeSession({ maps });
    await runCommand(addApprove, session, ["approve", "--role", "tech-lead"]);
    return { session, maps };
}

describe("rollout ledger", () => {
    it("shows the records, and that they are whole", async () => {
        const { session } = await withRecord();
        const ran = await runCommand(addLedger, session, ["ledger", "show", "--json"]);
        expect(JSON.parse(ran.out)).toMatchObject({ intact: true, records: [{ kind: "approval" }] });
    });

    it.each([
        { what: "whole", damage: false, code: exitCode.done, says: "whole: 1 records" },
        { what: "not whole", damage: true, code: exitCode.error, says: "not whole" },
    ])("verifies one that is $what", async ({ damage, code, says }) => {
        const { session, maps } = await withRecord();
        if (damage) {
            const name = maps.everyName.find((one) => one.includes("ledger")) ?? "";
            const { labels, data } = maps.remove(name);
            maps.put(name, { labels, data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, text.replace("tess", "theo")])) });
        }
        const ran = await runCommand(addLedger, session, ["ledger", "verify"]);
        expect(ran.exitCode).toBe(code);
        expect(ran.out).toContain(says);
    });

    it("finds that the tail is gone which somebody has seen", async () => {
        const { session } = await withRecord();
        const ran = await runCommand(addLedger, session, ["ledger", "verify", "--head", `9@sha256:${"a".repeat(64)}`]);
        expect(ran.exitCode).toBe(exitCode.error);
    });

    it("refuses a head that is none as bad usage", async () => {
        expect((await runCommand(addLedger, fakeSession(), ["ledger", "verify", "--head", "9"])).error).toBeInstanceOf(UsageError);
    });
});

describe("rollout report", () => {
    it("writes three files", async () => {
        const { session } = await withRecord();
        const ran = await runCommand(addReport, session, ["report", "--out", folder]);
        expect(ran.error).toBeUndefined();
        expect(["report.html", "report.md", "report.json"].every((name) => existsSync(join(folder, name)))).toBe(true);
        expect(ran.exitCode).toBe(exitCode.done);
    });

    it("has nothing to report of an empty ledger", async () => {
        const ran = await runCommand(addReport, fakeSession(), ["report", "--out", folder, "--json"]);
        expect(ran.exitCode).toBe(exitCode.hold);
        expect(JSON.parse(ran.out)).toMatchObject({ kind: "nothing" });
    });

    it("fails where the ledger can't be read", async () => {
        const session = fakeSession();
        const ledger = { ...session.ledger, read: () => Promise.reject(new Error("403 Forbidden")) };
        expect((await runCommand(addReport, { ...session, ledger }, ["report", "--out", folder])).error?.message).toContain("403 Forbidden");
    });
});

describe("rollout checklist", () => {
    it("holds while boxes of the next step are open, and names them", async () => {
        const ran = await runCommand(addChecklist, fakeSession({ live: stepOf(rolling(0)) }), ["checklist", "--json", "--missing"]);
        expect(ran.exitCode).toBe(exitCode.hold);
        const { inTheWay, states } = JSON.parse(ran.out) as { readonly inTheWay: readonly string[]; readonly states: readonly { readonly state: string }[] };
        expect(inTheWay).not.toEqual([]);
        expect(states.filter(({ state }) => state !== "open" && state !== "failed")).toEqual([]);
    });

    it.each([["checklist"], ["sign", "team-trained", "--role", "tech-lead", "--note", "looked"]])(
        "is bad usage where the profile has no checklist, and says so: rollout %s",
        async (...args) => {
            const { checklist, ...without } = profile;
            expect(checklist).toHaveLength(220);
            const ran = await runCommand(args[0] === "sign" ? addSign : addChecklist, fakeSession({ target: { profile: without } }), args);
            expect(ran.error).toBeInstanceOf(UsageError);
            expect(ran.error?.message).toContain("the profile has no checklist, so no box is asked: give defineProfile a `checklist`");
        },
    );

    it("names the phases that there are where it is asked for another one", async () => {
        const ran = await runCommand(addChecklist, fakeSession(), ["checklist", "--phase", "afternoon"]);
        expect(ran.error?.message).toContain("--phase afternoon: the checklist has no such phase; use one of preparation, baseline, canary,");
    });

    it("fails where it can't be said which rollout this is", async () => {
        const session = fakeSession({ live: { kind: "unreachable", reason: "ECONNREFUSED" } });
        expect((await runCommand(addChecklist, session, ["checklist"])).error?.message).toContain("which rollout this is can't be read: ECONNREFUSED");
    });
});

describe("rollout checkpoint", () => {
    it.each([
        { what: "nothing is finished", live: stepOf(steady()), says: "no review" },
        { what: "there is no route", live: { kind: "absent" } as const, says: "nothing is deployed" },
        { what: "the API server is away", live: { kind: "unreachable", reason: "ECONNREFUSED" } as const, says: "ECONNREFUSED" },
    ])("makes no review where $what", async ({ live, says }) => {
        const session = fakeSession({ live });
        const ran = await runCommand(addCheckpoint, session, ["checkpoint", "24h"]);
        expect(ran).toMatchObject({ exitCode: exitCode.hold, out: expect.stringContaining(says) as string });
        expect((await session.ledger.read()).records).toEqual([]);
    });

    it("knows 24h and 48h", async () => {
        expect((await runCommand(addCheckpoint, fakeSession(), ["checkpoint", "12h"])).error?.message).toContain("use 24h or 48h");
    });
});

describe("rollout notify", () => {
    it("prints a message and sends nothing in a dry run", async () => {
        const ran = await runCommand(addNotify, fakeSession(), ["notify", "--message", "rollback", "--reason", "errors", "--dry-run", "--json"]);
        expect(ran.error).toBeUndefined();
        expect(JSON.parse(ran.out)).toMatchObject({ title: expect.any(String) as string });
    });

    it.each([
        { what: "no notifier", args: ["--message", "rollback", "--reason", "errors"], says: "the stack's config names no notifier" },
        { what: "no reason", args: ["--message", "incident"], says: "needs --reason" },
    ])("refuses as bad usage with $what", async ({ args, says }) => {
        const { error } = await runCommand(addNotify, fakeSession(), ["notify", ...args]);
        expect(error).toBeInstanceOf(UsageError);
        expect(error?.message).toContain(says);
    });
});

describe("rollout comment", () => {
    const preview = (): string => {
        const file = join(folder, "preview.json");
        writeFileSync(file, JSON.stringify({ steps: [], changeSummary: {} }));
        return file;
    };

    it("writes what a preview changes to a file, with the forecast of the gate", async () => {
        const stack = stackFolder();
        try {
            const out = join(folder, "comment.md");
            const ran = await runCommand(addComment, fakeSession({ folder: stack.folder }), ["comment", "--preview", preview(), "--out", out]);
            expect(ran.error).toBeUndefined();
            expect(existsSync(out)).toBe(true);
        } finally {
            stack.remove();
        }
    });

    it("needs the stack", async () => {
        expect((await runCommand(addComment, fakeSession(), ["comment", "--preview", preview()])).error).toBeInstanceOf(UsageError);
    });
});

describe("rollout preflight", () => {
    it.each([
        { what: "no stack", args: [], says: "the preflight needs a stack" },
        { what: "checks left out for no reason", args: ["--skip", "redis"], says: "--skip needs --reason" },
        { what: "a reason for nothing", args: ["--reason", "because it is so"], says: "--reason goes with --skip" },
    ])("refuses as bad usage with $what", async ({ args, says }) => {
        const { error } = await runCommand(addPreflight, fakeSession(), ["preflight", ...args]);
        expect(error).toBeInstanceOf(UsageError);
        expect(error?.message).toContain(says);
    });

    it.each([
        { args: ["--only", "weather"], says: "no check weather" },
        { args: ["--timeout", "0"], says: "use a number of seconds above 0" },
    ])("refuses $args", async ({ args, says }) => {
        expect((await runCommand(addPreflight, fakeSession(), ["preflight", ...args])).error?.message).toContain(says);
    });
});

describe("a preflight before the way back", () => {
    let stack: ReturnType<typeof stackFolder>;
    beforeEach(() => {
        stack = stackFolder();
    });
    afterEach(() => {
        stack.remove();
    });

    const other = { name: "v2", image: "registry.example.com/nova/video-ranking:2.0.0", config: {} };

    function sessionOf(
        weightPercent: Weight,
        asked: Weight,
        change: { readonly stable?: RevisionSpec; readonly routedPercent?: number; readonly live?: TimedRoute; readonly rolledBack?: string } = {},
    ) {
        const file = new StackFile(stack.folder, "lab", program.parse);
        if (asked > 0) {
            file.restore(file.text().replace("  video-ranking:cluster:", `  video-ranking:candidate: ${JSON.stringify(other)}\n  video-ranking:cluster:`));
        }
        file.setRolloutPercent(asked);
        const stable = referenceTo(change.stable ?? file.config(process.env).stable);
        const record = { kind: "rolling", stable, candidate: referenceTo(other), weightPercent } as const;
        const marks =
            change.rolledBack === undefined ? {} : { rolledBack: [{ revision: { ...record.candidate, digest: change.rolledBack }, reason: "errors" }] };
        return fakeSession({ folder: stack.folder, live: change.live ?? stepOf(record, { routedPercent: change.routedPercent ?? weightPercent, ...marks }) });
    }

    it("looks at nothing, and lets the pipeline go on", async () => {
        const ran = await runCommand(addPreflight, sessionOf(50, 0), ["preflight"]);
        expect(ran).toMatchObject({
            error: undefined,
            exitCode: undefined,
            out: "the config takes users from the candidate, 50 % to 0 %: the way back needs no preflight",
        });
    });

    it.each([
        { what: "less weight is asked for", live: 50, asked: 25, back: true },
        { what: "none is, although the record says that there was none", live: 0, asked: 0, routedPercent: 25, back: true },
        { what: "more is", live: 25, asked: 50, back: false },
        { what: "the same is", live: 25, asked: 25, back: false },
        { what: "the candidate is to be the stable revision", live: 100, asked: 0, stable: other, back: false },
        { what: "there is no route", live: 100, asked: 0, route: { kind: "absent" }, back: false },
        { what: "the candidate was rolled back, and the stack's state follows", live: 0, asked: 0, rolledBack: referenceTo(other).digest, back: true },
        { what: "another revision was rolled back", live: 0, asked: 0, rolledBack: "sha256:other", back: false },
        { what: "it was rolled back and is to get users again", live: 0, asked: 10, rolledBack: referenceTo(other).digest, back: false },
    ] as const)("is one where $what: $back", async ({ live, asked, back, ...change }) => {
        const asSeen = "route" in change ? { live: change.route } : change;
        expect((await wayBack(sessionOf(live, asked, asSeen))) !== undefined).toBe(back);
    });
});

describe("rollout serve", () => {
    it.each(["0", "70000", "x"])("refuses port %s", async (port) => {
        expect((await runCommand(addServe, fakeSession(), ["serve", "--port", port])).error?.message).toContain("is no port");
    });

    it("shows the page until it is told to end", async () => {
        const running = runCommand(addServe, fakeSession(), ["serve"]);
        await expect.poll(() => process.listenerCount("SIGTERM"), { timeout: 10_000 }).toBeGreaterThan(0);
        process.emit("SIGTERM");
        const ran = await running;
        expect(ran).toMatchObject({ error: undefined, out: expect.stringMatching(/the live page is at http:\/\/localhost:\d+\//) as string });
    });
});
