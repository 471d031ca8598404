import { describe, expect, it } from "vitest";

import { SignatureAdmission } from "../../../rollout/pulumi/signature-admission.ts";
import { buildStack, misnamedChildren, valueAt } from "../../helpers/mocks.ts";

/** What the API server makes of the policy is shown in test/lab/signature-admission.test.ts. */
describe("the admission of approvals", () => {
    const build = async () =>
        buildStack(() => new SignatureAdmission("shelf-signatures", { namespace: "nova-test", namespaceName: "nova-test", service: "shelf" }));

    it("is a policy and its binding, with a name of this service in this namespace: both belong to the whole cluster", async () => {
        const stack = await build();
        const [policy, binding] = [stack.named("shelf-signatures-policy"), stack.named("shelf-signatures-binding")];
        expect(valueAt(policy.inputs, "metadata.name")).toBe("nova-test-shelf-signatures");
        expect(valueAt(binding.inputs, "metadata.name")).toBe("nova-test-shelf-signatures");
        expect(valueAt(binding.inputs, "spec.policyName")).toBe("nova-test-shelf-signatures");
        expect(misnamedChildren(stack)).toEqual([]);
    });

    it("looks at the objects of its own namespace only, and denies", async () => {
        const { inputs } = (await build()).named("shelf-signatures-binding");
        expect(valueAt(inputs, "spec.matchResources.namespaceSelector.matchLabels")).toEqual({ "kubernetes.io/metadata.name": "nova-test" });
        expect(valueAt(inputs, "spec.validationActions")).toEqual(["Deny"]);
    });

    it("fails closed", async () => {
        expect(valueAt((await build()).named("shelf-signatures-policy").inputs, "spec.failurePolicy")).toBe("Fail");
    });
});
