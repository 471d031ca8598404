import { describe, expect, it } from "vitest";

import { outcomeOf } from "../../../rollout/cli/engine.ts";

describe("a run of the engine that failed", () => {
    it.each([
        {
            title: "was refused when the guard said so, with the guard's own words",
            message:
                "code: 255\nDiagnostics:\n  progressive-rollout:rollout:RolloutGate (x):\n    error: hook failed: rollout refused: the rollout is at 0 %, and 50 % is not the next step. What to do: set rolloutPercent to 10.\n",
            outcome: {
                kind: "refused",
                by: "guard",
                reason: "rollout refused: the rollout is at 0 %, and 50 % is not the next step. What to do: set rolloutPercent to 10.",
            },
        },
        {
            title: "was refused for several reasons, with all of them, although its progress shows the first line alone",
            message:
                "stdout:\n +  rollout:RolloutGate x creating error: rollout refused: 2 conditions are not met for v2 from 10 % to 25 %:\n@ updating.....\n" +
                "Diagnostics:\n  rollout:RolloutGate (x):\n    error: rollout refused: 2 conditions are not met for v2 from 10 % to 25 %:\n" +
                "      - errors: too many\n      - pods: too few\n    The weight has not moved. What to do: wait.\n\nResources:\n    1 unchanged",
            outcome: {
                kind: "refused",
                by: "guard",
                reason: "rollout refused: 2 conditions are not met for v2 from 10 % to 25 %:\n- errors: too many\n- pods: too few\nThe weight has not moved. What to do: wait.",
            },
        },
        {
            title: "was refused when the stack config is wrong, with every problem",
            message:
                "stdout:\n    error: The stack config has 1 problem. Nothing was changed.\n      rolloutPercent = 20 is no step\n        fix: use 0\n\nResources:\n    1 unchanged",
            outcome: {
                kind: "refused",
                by: "config",
                reason: "The stack config has 1 problem. Nothing was changed.\nrolloutPercent = 20 is no step\nfix: use 0",
            },
        },
        {
            title: "failed otherwise, with each error line once",
            message: "stderr: error: the stack is currently locked by 1 lock(s)\n error: update failed\nerror: update failed\nResources:",
            outcome: { kind: "failed", reason: "stderr: error: the stack is currently locked by 1 lock(s)\nerror: update failed" },
        },
        { title: "failed without any error line, with all it said", message: "killed", outcome: { kind: "failed", reason: "killed" } },
    ])("$title", ({ message, outcome }) => {
        expect(outcomeOf(message)).toEqual(outcome);
    });
});
