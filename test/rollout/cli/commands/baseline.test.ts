import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { BaselineLook } from "../../../../rollout/baseline/assess.ts";
import { baselineReport } from "../../../../rollout/baseline/report.ts";
import { type BaselineReader, addBaseline } from "../../../../rollout/cli/commands/baseline.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { StackFile } from "../../../../rollout/cli/stack-file.ts";
import { referenceTo } from "../../../../rollout/route/revision.ts";
import program from "../../../../rollout.config.ts";
import { lookAtDay } from "../../baseline/look.ts";
import { fakeSession, runCommand, stackFolder, stepOf } from "../fake-session.ts";

let stack: ReturnType<typeof stackFolder>;
beforeAll(() => {
    stack = stackFolder();
});
afterAll(() => {
    stack.remove();
});

/** Runs the command on the lab's stack, whose stable revision serves, with what is seen. */
async function ran(seen: (about: BaselineLook["about"]) => BaselineLook, ...args: readonly string[]) {
    const { stable } = new StackFile(stack.folder, "lab", program.parse).config(process.env);
    const session = fakeSession({ folder: stack.folder, live: stepOf({ kind: "steady", stable: referenceTo(stable) }) });
    const read: BaselineReader = (_, { about }) => Promise.resolve(seen(about));
    return runCommand(
        (commands, open) => {
            addBaseline(commands, open, read);
        },
        session,
        ["baseline", ...args],
    );
}

describe("rollout baseline", () => {
    it("writes what the stable revision did, under its name and image, and says it", async () => {
        const { stable } = new StackFile(stack.folder, "lab", program.parse).config(process.env);
        const { exitCode: code, out, error } = await ran((about) => ({ ...lookAtDay(), about }), "--out", "reports/day.json");
        expect(error).toBeUndefined();
        expect(code).toBe(exitCode.done);
        expect(out).toContain("written to reports/day.json");
        const report = baselineReport(JSON.parse(readFileSync(join(stack.folder, "reports/day.json"), "utf8")));
        expect(report).toMatchObject({ revision: stable.name, image: stable.image, requests: 120_000 });
    });

    it("writes nothing where there is too little, and says all that is missing", async () => {
        const { exitCode: code, out } = await ran((about) => ({ ...lookAtDay(), about, views: [], probes: {} }), "--out", "reports/none.json");
        expect(code).toBe(exitCode.hold);
        expect(out).toMatch(/No baseline of .* over 24 h was written:[\s\S]*nothing could be asked/);
        expect(existsSync(join(stack.folder, "reports/none.json"))).toBe(false);
    });

    it("says the same as JSON", async () => {
        const written = JSON.parse((await ran((about) => ({ ...lookAtDay(), about }), "--json", "--hours", "24")).out) as unknown;
        expect(written).toMatchObject({ written: true, kind: "measured", report: { requests: 120_000 } });
        const refused = JSON.parse((await ran((about) => ({ ...lookAtDay(), about, views: [] }), "--json")).out) as unknown;
        expect(refused).toMatchObject({ written: false, kind: "refused", problems: [{ text: expect.stringMatching(/coverage/) as string }, {}] });
    });

    it.each([
        { what: "hours that are none", args: ["--hours", "0"], says: /hours above 0/ },
        { what: "a revision that is not on the route", args: ["--revision", "v9"], says: /v9 is not on the route/ },
    ])("refuses $what", async ({ args, says }) => {
        expect((await ran((about) => ({ ...lookAtDay(), about }), ...args)).error?.message).toMatch(says);
    });

    it("refuses to name an image for a revision that the stack's file does not have as it serves", async () => {
        const live = stepOf({ kind: "steady", stable: { name: "v0", digest: `sha256:${"0".repeat(64)}` } });
        const { error } = await runCommand(addBaseline, fakeSession({ folder: stack.folder, live }), ["baseline"]);
        expect(error?.message).toMatch(/does not have v0 as it serves/);
    });

    it("asks for a stack, whose config says which image it is", async () => {
        expect((await runCommand(addBaseline, fakeSession(), ["baseline"])).error?.message).toMatch(/--stack/);
    });
});
