import { objectRule } from "../../engine/rule.ts";
import { excessesIn, roleKinds } from "../../shapes/access.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** Who may list secrets may read them all, and who may change or delete one decides what others log in with. A few named ones may be granted. */
export const rbacSecrets = objectRule({
    name: "rbac-secrets",
    title: "No role reads, changes or deletes secrets, other than those that it names.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.1.2"), nsa("Authentication and authorization: RBAC")],
    kinds: roleKinds,
    check: (role) =>
        excessesIn(role, [
            { resources: ["secrets"], verbs: ["get", "list", "watch"], allows: "reading credentials" },
            { resources: ["secrets"], verbs: ["update", "patch", "delete", "deletecollection"], allows: "changing the credentials of others" },
        ]),
});
