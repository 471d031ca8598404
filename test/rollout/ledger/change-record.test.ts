import { describe, expect, it } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import { changeRecord } from "../../../rollout/ledger/change-record.ts";
import type { RolloutRecord } from "../../../rollout/route/record.ts";
import { type Transition, transition } from "../../../rollout/route/transition.ts";
import { revision, rolling, steady } from "../arbitraries.ts";
import { approval, judgement } from "./arbitraries.ts";
import { plan } from "../../../service/plan.ts";

const by = { actor: { identity: "ci", verified: true }, commit: "1f0c2a9" };

/** The record of the change from what was live to what was wanted. */
function recordOf(present: RolloutRecord | undefined, wanted: RolloutRecord, routedPercent?: number) {
    const decided: Transition = transition(
        plan,
        present === undefined ? undefined : { record: present, routedPercent: routedPercent ?? (present.kind === "rolling" ? present.weightPercent : 0) },
        wanted,
    );
    return changeRecord({ transition: decided, ...defined({ present }), wanted, grounds: {} }, by);
}

describe("the record of a change", () => {
    const both = { stable: revision("v1"), candidate: revision("v2") };

    it.each([
        {
            what: "the first deployment",
            present: undefined,
            wanted: steady(),
            kind: "entered",
            rollout: { stable: both.stable, from: 0, to: 0 },
            text: "v1 was deployed, with all of the traffic",
        },
        {
            what: "a candidate",
            present: steady(),
            wanted: rolling(0),
            kind: "entered",
            rollout: { ...both, from: 0, to: 0 },
            text: "v2 was declared as the candidate, at 0 %",
        },
        {
            what: "a step forward",
            present: rolling(10),
            wanted: rolling(25),
            kind: "entered",
            rollout: { ...both, from: 10, to: 25 },
            text: "v2 went from 10 % to 25 %",
        },
        {
            what: "a step back",
            present: rolling(50),
            wanted: rolling(0),
            kind: "rolled-back",
            rollout: { ...both, from: 50, to: 0 },
            text: "v2 went back from 50 % to 0 %",
        },
        {
            what: "a withdrawal",
            present: rolling(25),
            wanted: steady(),
            kind: "withdrawn",
            rollout: { ...both, from: 25, to: 0 },
            text: "v2 left the stack, from 25 %",
        },
        {
            what: "the finish",
            present: rolling(100),
            wanted: steady("v2"),
            kind: "finished",
            rollout: { ...both, from: 100, to: "finished" },
            text: "v2 is the stable revision",
        },
    ])("says what happened: $what", ({ present, wanted, kind, rollout, text }) => {
        expect(recordOf(present, wanted)).toEqual({ ...by, kind, rollout, text });
    });

    it("keeps the share that a hand had given", () => {
        expect(recordOf(rolling(10), rolling(0), 37.456)).toMatchObject({ rollout: { from: 37.456, to: 0 }, text: "v2 went back from 37.46 % to 0 %" });
    });

    it("names nobody where nothing is known of what was beside the stable revision", () => {
        const change = { transition: { kind: "back", fromPercent: 100, to: 0 }, wanted: steady(), grounds: {} } as const;
        expect(changeRecord(change, by)).toMatchObject({ kind: "rolled-back", text: "whatever was beside it went back from 100 % to 0 %" });
    });

    it("is none where nothing moved", () => {
        expect(recordOf(rolling(10), rolling(10))).toBeUndefined();
        expect(recordOf(rolling(10), rolling(100))).toBeUndefined();
    });

    it("holds what the step was decided on, and a remark", () => {
        const change = { transition: transition(plan, { record: rolling(10), routedPercent: 10 }, rolling(25)), wanted: rolling(25), present: rolling(10) };
        expect(changeRecord({ ...change, grounds: { judgement, approvals: [approval] }, remark: "Only the order of steps was guarded" }, by)).toMatchObject({
            judgement,
            approvals: [approval],
            text: "v2 went from 10 % to 25 %. Only the order of steps was guarded",
        });
    });
});
