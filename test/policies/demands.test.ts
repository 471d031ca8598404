import { describe, expect, it } from "vitest";

import type { Environment } from "../../policies/engine/rule.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { defined } from "../../rollout/defined.ts";
import { type Weight, weightsOf } from "../../rollout/plan/plan.ts";
import { type RolloutRecord, encodeRecord } from "../../rollout/route/record.ts";
import { scheduleFor } from "../../rollout/plan/schedule.ts";
import { type Enforcement, encodeDemands } from "../../rollout/plan/step-demands.ts";
import { kubernetes } from "./extras.ts";
import { nowMs } from "./judge.ts";
import { analyze } from "./runtime.ts";
import { plan } from "../../service/plan.ts";
import { labelKeys } from "../../service/label-keys.ts";

const weights = weightsOf(plan);

const revision = (name: string) => ({ name, digest: `sha256:${"a".repeat(64)}` }) as const;

function rolling(weightPercent: Weight): RolloutRecord {
    return { kind: "rolling", stable: revision("v1"), candidate: revision("v2"), weightPercent };
}

/** What the two rules about a step's demands say of the program's own gate. */
async function judged(environment: Environment, weightPercent: Weight, enforcement: Enforcement): Promise<readonly string[]> {
    const record = rolling(weightPercent);
    const annotations = { ...encodeRecord(record, labelKeys), ...encodeDemands(record, enforcement, labelKeys) };
    const gate = kubernetes("v1", "ConfigMap", "shelf-rollout", {}, { annotations });
    const found = await analyze(policiesOf(rules, { environment, nowMs }), gate);
    return found.filter(({ policy }) => policy === "bake-time" || policy === "rollout-approval").map(({ level, policy }) => `${level} ${policy}`);
}

describe("what the program's gate says of a step, and what the pack asks of it", () => {
    it.each((["prod", "staging"] as const).flatMap((environment) => weights.map((weight) => ({ environment, weight }))))(
        "agree in $environment at $weight %, on the plan's own schedule",
        async ({ environment, weight }) => {
            expect(await judged(environment, weight, { kind: "full", schedule: scheduleFor(plan, { timeScale: 1, environment }) })).toEqual([]);
        },
    );

    it("differ where soaks are shortened", async () => {
        expect(await judged("prod", 25, { kind: "full", schedule: scheduleFor(plan, { timeScale: 0.99, environment: "lab" }) })).toEqual([
            "mandatory bake-time",
        ]);
    });

    it.each([
        { weight: 25, says: ["mandatory bake-time"] },
        { weight: 50, says: ["mandatory bake-time", "mandatory rollout-approval"] },
    ] as const)("differ at $weight % where only the order of steps is guarded", async ({ weight, says }) => {
        expect(await judged("prod", weight, { kind: "order-only" })).toEqual(says);
    });

    it("differ in staging where the candidate does not soak before its first users", async () => {
        const schedule = scheduleFor(plan, { timeScale: 1, environment: "prod" });
        expect(await judged("staging", 0, { kind: "full", schedule })).toEqual(["mandatory bake-time"]);
    });
});

describe("where the program's route says that its step was reached from", () => {
    it.each([
        { weight: 10, from: "0", says: [] },
        { weight: 100, from: "50", says: [] },
        { weight: 10, from: "100", says: [] },
        { weight: 0, from: undefined, says: [] },
        { weight: 10, from: undefined, says: ["mandatory rollout-step"] },
        // An empty text is no 0.
        { weight: 10, from: "", says: ["mandatory rollout-step"] },
        { weight: 10, from: "20", says: ["mandatory rollout-step"] },
        { weight: 50, from: "10", says: ["mandatory rollout-step"] },
    ] as const)("is judged: $weight % from '$from' gives $says", async ({ weight, from, says }) => {
        const annotations = { ...encodeRecord(rolling(weight), labelKeys), ...defined({ [labelKeys.previousPercent]: from }) };
        const route = kubernetes("gateway.networking.k8s.io/v1", "HTTPRoute", "shelf", { spec: {} }, { annotations });
        const found = await analyze(policiesOf(rules, { environment: "prod", nowMs }), route);
        expect(found.filter(({ policy }) => policy === "rollout-step").map(({ level, policy }) => `${level} ${policy}`)).toEqual(says);
    });
});
