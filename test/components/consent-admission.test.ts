import { describe, expect, it } from "vitest";

import { ConsentAdmission } from "../../components/consent-admission.ts";
import { buildStack, misnamedChildren, valueAt } from "../helpers/mocks.ts";

/** What the API server makes of the policy is shown in test/lab/consent-admission.test.ts. */
describe("the admission of approvals", () => {
    const build = async () =>
        buildStack(() => new ConsentAdmission("shelf-consents", { namespace: "nova-test", namespaceName: "nova-test", service: "shelf" }));

    it("is a policy and its binding, with a name of this service in this namespace: both belong to the whole cluster", async () => {
        const stack = await build();
        const [policy, binding] = [stack.named("shelf-consents-policy"), stack.named("shelf-consents-binding")];
        expect(valueAt(policy.inputs, "metadata.name")).toBe("nova-test-shelf-consents");
        expect(valueAt(binding.inputs, "metadata.name")).toBe("nova-test-shelf-consents");
        expect(valueAt(binding.inputs, "spec.policyName")).toBe("nova-test-shelf-consents");
        expect(misnamedChildren(stack)).toEqual([]);
    });

    it("looks at the objects of its own namespace only, and denies", async () => {
        const { inputs } = (await build()).named("shelf-consents-binding");
        expect(valueAt(inputs, "spec.matchResources.namespaceSelector.matchLabels")).toEqual({ "kubernetes.io/metadata.name": "nova-test" });
        expect(valueAt(inputs, "spec.validationActions")).toEqual(["Deny"]);
    });

    it("fails closed", async () => {
        expect(valueAt((await build()).named("shelf-consents-policy").inputs, "spec.failurePolicy")).toBe("Fail");
    });
});
