import { objectRule } from "../../engine/rule.ts";
import { excessesIn, roleKinds } from "../../shapes/access.ts";
import { cis } from "../../shapes/references.ts";

/** A webhook sees and changes every object of the cluster on its way in. */
export const rbacWebhooks = objectRule({
    name: "rbac-webhooks",
    title: "No role changes admission webhooks.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.1.12")],
    kinds: roleKinds,
    check: (role) =>
        excessesIn(role, [
            {
                resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations", "validatingadmissionpolicies", "mutatingadmissionpolicies"],
                verbs: ["create", "update", "patch", "delete"],
                allows: "changing what the cluster admits",
            },
        ]),
});
