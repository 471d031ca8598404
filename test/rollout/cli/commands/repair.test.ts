import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { addRepair } from "../../../../rollout/cli/commands/repair.ts";
import type { StackState } from "../../../../rollout/cli/engine-state.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { UsageError } from "../../../../rollout/cli/session.ts";

const topic = { urn: "urn:pulumi:prod::api::kafka:index/topic:Topic::events", type: "kafka:index/topic:Topic", inputs: { name: "api.events" } };
const bucket = { urn: "urn:pulumi:prod::api::aws:s3/bucket:Bucket::logs", type: "aws:s3/bucket:Bucket", inputs: {} };

function exported(...creating: readonly object[]): unknown {
    return { version: 3, deployment: { resources: [], pending_operations: creating.map((resource) => ({ type: "creating", resource })) } };
}

/** Runs the command on a state in memory. */
async function repair(state: unknown, args: readonly string[] = ["--stack", "prod"], change: Partial<StackState> = {}) {
    const [done, out]: [string[], string[]] = [[], []];
    vi.spyOn(console, "log").mockImplementation((text: string) => void out.push(text));
    const engine: StackState = {
        read: () => Promise.resolve(state),
        write: (written) => (done.push(`write ${String(written.deployment.resources.length)}`), Promise.resolve()),
        refresh: (urns) => (done.push(`refresh ${urns.join(" ")}`), Promise.resolve()),
        ...change,
    };
    const program = new Command("rollout").exitOverride();
    addRepair(program, () => Promise.resolve(engine));
    await program.parseAsync(["repair", ...args], { from: "user" });
    return { done, out: out.join("\n"), code: process.exitCode };
}

describe("rollout repair", () => {
    const before = process.exitCode;
    beforeEach(() => {
        process.exitCode = undefined;
        vi.stubEnv("PULUMI_STACK", undefined);
    });
    afterEach(() => {
        process.exitCode = before;
        vi.restoreAllMocks();
        vi.unstubAllEnvs();
    });

    it("writes what may be there into the state, and then asks what is there", async () => {
        const ran = await repair(exported(topic));
        expect(ran.done).toEqual(["write 1", `refresh ${topic.urn}`]);
        expect(ran.out).toContain("api.events: into the state, if it is there");
        expect(ran.out).toContain("What to do next: run 'pulumi up'");
        expect(ran.code).toBe(exitCode.done);
    });

    it("changes nothing where no update was killed", async () => {
        expect(await repair(exported())).toMatchObject({ done: [], out: expect.stringContaining("nothing to repair") as string });
    });

    it("names what a person has to look for, and holds", async () => {
        expect(await repair(exported(topic, bucket))).toMatchObject({ code: exitCode.hold, out: expect.stringContaining(bucket.urn) as string });
    });

    it("fails where what is there can't be asked, and says what to run before the next update", async () => {
        const refresh = () => Promise.reject(new Error("no broker"));
        const ran = await repair(exported(topic), undefined, { refresh });
        expect(ran.code).toBe(exitCode.error);
        expect(ran.out).toContain(`NOT repaired: the state now names objects that could not be looked up: no broker`);
        expect(ran.out).toContain(`pulumi refresh --stack prod --target '${topic.urn}'`);
    });

    it("asks nothing where the state can't be written", async () => {
        const asked: string[] = [];
        const write = () => Promise.reject(new Error("the stack's state is locked"));
        const refresh = () => (asked.push("refresh"), Promise.resolve());
        await expect(repair(exported(topic), undefined, { write, refresh })).rejects.toThrow("locked");
        expect(asked).toEqual([]);
    });

    it.each([{ args: [] }, { args: ["--target", "file"] }])("needs a stack: $args", async ({ args }) => {
        await expect(repair(exported(), args)).rejects.toThrow(UsageError);
    });
});
