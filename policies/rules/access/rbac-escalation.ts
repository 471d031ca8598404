import { objectRule } from "../../engine/rule.ts";
import { excessesIn, roleKinds } from "../../shapes/access.ts";
import { cis } from "../../shapes/references.ts";

/** Rights that turn into any other right. */
export const rbacEscalation = objectRule({
    name: "rbac-escalation",
    title: "No role grants rights that lead to further rights.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.1.8, 5.1.11, 5.1.13")],
    kinds: roleKinds,
    check: (role) =>
        excessesIn(role, [
            { resources: ["roles", "clusterroles"], verbs: ["bind", "escalate"], allows: "granting oneself anything" },
            { resources: ["users", "groups", "serviceaccounts", "userextras", "uids"], verbs: ["impersonate"], allows: "acting as another user" },
            {
                resources: ["pods/exec", "pods/attach", "pods/ephemeralcontainers"],
                verbs: ["create", "get", "patch", "update"],
                allows: "running commands in other pods",
            },
            { resources: ["serviceaccounts/token"], verbs: ["create"], allows: "making tokens of other accounts" },
            { resources: ["nodes/proxy"], verbs: ["get", "create"], allows: "going round the API server" },
            { resources: ["certificatesigningrequests/approval"], verbs: ["update", "patch"], allows: "signing new identities" },
        ]),
});
