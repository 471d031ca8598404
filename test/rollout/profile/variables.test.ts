import { describe, expect, it } from "vitest";

import { policyOf } from "../../../rollout/gate/conditions/consents.ts";
import { whyNotSigner } from "../../../rollout/consent/approval.ts";
import { variableName } from "../../../rollout/profile/variables.ts";
import { profile } from "../../../service/profile.ts";

describe("the variables that the commands read", () => {
    it("begin with the library's own word where a profile says nothing", () => {
        expect(variableName({}, "IDENTITY")).toBe("ROLLOUT_IDENTITY");
    });

    it("are for this service what they were: a pipeline that sets them goes on to be heard", () => {
        expect((["CHANGE_AUTHOR", "IDENTITY", "KUBECONTEXT", "PREFLIGHT_KAFKA_USERNAME"] as const).map((name) => variableName(profile, name))).toEqual([
            "NOVA_CHANGE_AUTHOR",
            "NOVA_IDENTITY",
            "NOVA_KUBECONTEXT",
            "NOVA_PREFLIGHT_KAFKA_USERNAME",
        ]);
    });

    const rolloutOf = (variablePrefix?: string) => ({
        ledger: { read: async () => expect.unreachable("the ledger was read") },
        target: targetOf(variablePrefix),
    });
    const targetOf = (variablePrefix?: string) => ({
        profile: {
            plan: profile.plan,
            criteria: profile.criteria,
            successCriteria: profile.successCriteria,
            ...(variablePrefix === undefined ? {} : { variablePrefix }),
        },
        approvals: { roles: {}, requireVerifiedIdentity: true, identities: { ann: "ann" } },
        timeScale: 1,
        environment: "prod" as const,
    });

    it.each([
        { prefix: "SHOP", variable: "SHOP_CHANGE_AUTHOR", other: "NOVA_CHANGE_AUTHOR" },
        { prefix: undefined, variable: "ROLLOUT_CHANGE_AUTHOR", other: "SHOP_CHANGE_AUTHOR" },
    ])("say who made the change under the prefix $prefix alone, and no author is a signer", async ({ prefix, variable, other }) => {
        const ann = { identity: "ann", verified: true };
        expect(whyNotSigner(ann, await policyOf(rolloutOf(prefix), { [variable]: "ann" }))).toBe("ann is an author of the change");
        expect(whyNotSigner(ann, await policyOf(rolloutOf(prefix), { [other]: "ben" }))).toBe(
            `it can't be said whether ann is an author of the change: set ${variable}`,
        );
    });
});
