import { objectRule, wrong } from "../../engine/rule.ts";
import { list, texts } from "../../engine/value.ts";
import { roleKinds } from "../../shapes/access.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** A wildcard also grants what will be added tomorrow. */
export const rbacWildcard = objectRule({
    name: "rbac-wildcard",
    title: "No role grants by wildcard: no group, no resource, no subresource (`*/exec`), no verb, not every URL.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.1.3"), nsa("Authentication and authorization: RBAC")],
    kinds: roleKinds,
    *check(role) {
        for (const [index, rule] of list(role.body, "rules").entries()) {
            for (const key of ["apiGroups", "resources", "verbs"]) {
                if (texts(rule, key).some((entry) => entry.includes("*"))) {
                    yield wrong(`rules[${String(index)}].${key}`, `it grants every one of its ${key}`, "list those that are needed");
                }
            }
            // A pattern below a path, such as /healthz/*, names what it grants.
            if (texts(rule, "nonResourceURLs").some((url) => /^[/*]*\*$/.test(url))) {
                yield wrong(`rules[${String(index)}].nonResourceURLs`, "it grants every one of its nonResourceURLs", "list those that are needed");
            }
        }
    },
});
