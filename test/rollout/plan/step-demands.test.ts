import { describe, expect, it } from "vitest";

import type { RolloutRecord } from "../../../rollout/route/record.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import { encodeDemands } from "../../../rollout/plan/step-demands.ts";
import { plan } from "../../../service/plan.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const [stable, candidate] = ["v1", "v2"].map((name) => ({ name, digest: `sha256:${name}` }));
const full = { kind: "full", schedule: scheduleFor(plan, { timeScale: 1, environment: "prod" }) } as const;

function at(weightPercent: 10 | 25 | 50): RolloutRecord {
    if (stable === undefined || candidate === undefined) {
        throw new Error("there are two revisions");
    }
    return { kind: "rolling", stable, candidate, weightPercent };
}

describe("the demands of a step", () => {
    it("are its soak, and the approvals that it was entered with", () => {
        expect(encodeDemands(at(50), full, labelKeys)).toEqual({
            "nova.example.com/soak-minutes": "30",
            "nova.example.com/required-approvals": "tech-lead,operations-lead",
        });
    });

    it("say so where nobody approves", () => {
        expect(encodeDemands(at(25), full, labelKeys)["nova.example.com/required-approvals"]).toBe("none");
    });

    it("follow the time scale, and leave approvals alone", () => {
        const schedule = scheduleFor(plan, { timeScale: 0.1, environment: "lab" });
        expect(encodeDemands(at(10), { kind: "full", schedule }, labelKeys)).toEqual({
            "nova.example.com/soak-minutes": "1.5",
            "nova.example.com/required-approvals": "tech-lead,product-lead,operations-lead,security-review",
        });
    });

    it("are none, and said to be, where only the order of steps is guarded", () => {
        expect(encodeDemands(at(50), { kind: "order-only" }, labelKeys)).toEqual({
            "nova.example.com/soak-minutes": "0",
            "nova.example.com/required-approvals": "none",
        });
    });

    it("are not there without a candidate", () => {
        expect(encodeDemands({ kind: "steady", stable: { name: "v1", digest: "sha256:v1" } }, full, labelKeys)).toEqual({});
    });
});
