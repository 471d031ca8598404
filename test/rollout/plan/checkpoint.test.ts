import { describe, expect, it } from "vitest";

import { checkpointQuestion } from "../../../rollout/plan/checkpoint.ts";
import { another, candidate, ledgerOf, minute, stable } from "../checklist/facts.ts";

const records = ledgerOf([0, { kind: "finished" }, { from: 100, to: "finished" }]);
const args = { hours: 24, records, stable: candidate, now: minute(1_440), timeScale: 1 } as const;

describe("the review of a finished rollout", () => {
    it("is due after its hours, and covers them", () => {
        expect(checkpointQuestion(args)).toMatchObject({ kind: "due", candidate, windowSeconds: 86_400, finished: { sequence: 1 } });
    });

    it("is due sooner where the plan's time is shorter", () => {
        expect(checkpointQuestion({ ...args, hours: 48, now: minute(72), timeScale: 0.025 })).toMatchObject({ kind: "due", windowSeconds: 4_320 });
    });

    it.each([
        ["a minute too early", { now: minute(1_439) }, /too early: v2 was finished at .*, and 60 s are left of 24 h/],
        ["with a clock that can't be read", { now: "" }, /too early/],
        ["after a rollout that is not finished", { records: ledgerOf([0, { kind: "entered" }, { to: 100 }]) }, /no finished rollout/],
        ["with another revision before users", { stable: another }, /v2 was finished last, and users have v3/],
        ["with the old revision before users again", { stable }, /v2 was finished last, and users have v1/],
    ] as const)("is not made %s", (_, change, why) => {
        const question = checkpointQuestion({ ...args, ...change });
        expect(question.kind === "not-due" ? question.why : "due").toMatch(why);
    });
});
