import { objectRule } from "../../engine/rule.ts";
import { excessesIn, roleKinds } from "../../shapes/access.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** Who may list secrets may read them all. */
export const rbacSecrets = objectRule({
    name: "rbac-secrets",
    title: "No role reads secrets.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.1.2"), nsa("Authentication and authorization: RBAC")],
    kinds: roleKinds,
    check: (role) => excessesIn(role, [{ resources: ["secrets"], verbs: ["get", "list", "watch"], allows: "reading credentials" }]),
});
