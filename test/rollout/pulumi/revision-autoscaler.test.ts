import { describe, expect, it } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import { RevisionAutoscaler, type RevisionAutoscalerArgs } from "../../../rollout/pulumi/revision-autoscaler.ts";
import { buildStack, valueAt } from "../../helpers/mocks.ts";

const args: RevisionAutoscalerArgs = { namespace: "prod", service: "api", revision: "v2", deploymentName: "api-v2", capacity: { minimum: 3, maximum: 10 } };

async function build(extra: Partial<RevisionAutoscalerArgs> = {}) {
    const stack = await buildStack(() => new RevisionAutoscaler("delivery-v2", { ...args, ...extra }));
    return stack.named("delivery-v2-autoscaler").inputs;
}

describe("the autoscaler of a revision", () => {
    it("keeps the pods of one Deployment between its bounds", async () => {
        expect(valueAt(await build(), "spec")).toMatchObject({
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "api-v2" },
            minReplicas: 3,
            maxReplicas: 10,
        });
    });

    it.each([
        { given: undefined, target: 50 },
        { given: 70, target: 70 },
    ])("adds pods above $target % of the processor request", async ({ given, target }) => {
        const inputs = await build(defined({ targetCpuPercent: given }));
        expect(valueAt(inputs, "spec.metrics.0.resource")).toEqual({ name: "cpu", target: { type: "Utilization", averageUtilization: target } });
    });

    it("goes up at once and down slowly", async () => {
        const behavior = valueAt(await build(), "spec.behavior");
        expect(valueAt(behavior, "scaleUp.stabilizationWindowSeconds")).toBe(0);
        expect(valueAt(behavior, "scaleDown")).toMatchObject({ stabilizationWindowSeconds: 300, policies: [{ type: "Pods", value: 1 }] });
    });

    it.each([
        { minimum: 0, maximum: 10 },
        { minimum: 11, maximum: 10 },
    ])("refuses $minimum to $maximum pods", async (capacity) => {
        const stack = await buildStack(() => {
            expect(() => new RevisionAutoscaler("delivery-v2", { ...args, capacity })).toThrow(
                `capacity is ${String(capacity.minimum)} to ${String(capacity.maximum)} pods: the minimum must be at least 1 and at most the maximum`,
            );
        });
        expect(stack.resources.filter(({ custom }) => custom)).toEqual([]);
    });
});
