import { objectRule } from "../../engine/rule.ts";
import { always, changing, excessesIn, roleKinds } from "../../shapes/access.ts";
import { cis } from "../../shapes/references.ts";

/** A webhook sees and changes every object of the cluster on its way in; without its policies a cluster admits everything, and every pod talks to every other. */
export const rbacWebhooks = objectRule({
    name: "rbac-webhooks",
    title: "No role changes or deletes what guards the cluster: admission webhooks, admission policies and their bindings, network policies.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.1.12")],
    kinds: roleKinds,
    check: (role) =>
        excessesIn(role, [
            {
                resources: [
                    ...["mutatingwebhookconfigurations", "validatingwebhookconfigurations", "validatingadmissionpolicies", "mutatingadmissionpolicies"],
                    ...["validatingadmissionpolicybindings", "mutatingadmissionpolicybindings"],
                ],
                verbs: changing,
                allows: "changing what the cluster admits",
                onNamed: always,
            },
            {
                groups: ["kyverno.io", "policies.kyverno.io", "templates.gatekeeper.sh"],
                resources: ["policies", "clusterpolicies", "policyexceptions", "validatingpolicies", "mutatingpolicies", "constrainttemplates"],
                verbs: changing,
                allows: "changing what the cluster admits",
                onNamed: always,
            },
            {
                groups: "any",
                resources: [
                    ...["networkpolicies", "globalnetworkpolicies", "adminnetworkpolicies", "baselineadminnetworkpolicies", "clusternetworkpolicies"],
                    ...["ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies"],
                ],
                verbs: changing,
                allows: "opening the network",
                onNamed: always,
            },
        ]),
});
