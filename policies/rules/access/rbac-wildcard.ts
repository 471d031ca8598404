import { objectRule, wrong } from "../../engine/rule.ts";
import { list, texts } from "../../engine/value.ts";
import { roleKinds } from "../../shapes/access.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** A wildcard also grants what will be added tomorrow. */
export const rbacWildcard = objectRule({
    name: "rbac-wildcard",
    title: "No role grants by wildcard.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.1.3"), nsa("Authentication and authorization: RBAC")],
    kinds: roleKinds,
    *check(role) {
        for (const [index, rule] of list(role.body, "rules").entries()) {
            for (const key of ["apiGroups", "resources", "verbs", "nonResourceURLs"]) {
                if (texts(rule, key).some((entry) => entry === "*" || entry === "*/*")) {
                    yield wrong(`rules[${String(index)}].${key}`, `it grants every one of its ${key}`, "list those that are needed");
                }
            }
        }
    },
});
