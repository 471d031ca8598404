import { objectRule, wrong } from "../../engine/rule.ts";
import { list, text } from "../../engine/value.ts";
import { bindingKinds } from "../../shapes/access.ts";
import { cis, nsa } from "../../shapes/references.ts";

const everyone = ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts", "system:masters"];

/** Rights go to one account, never to everybody, and never all at once. */
export const rbacBinding = objectRule({
    name: "rbac-binding",
    title: "No binding grants cluster-admin, or grants to everybody.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.1.1, 5.1.7"), nsa("Authentication and authorization: RBAC")],
    kinds: bindingKinds,
    *check(binding) {
        const role = text(binding.body, "roleRef", "name") ?? "";
        if (role === "cluster-admin" || role === "admin") {
            yield wrong("roleRef.name", `it grants ${role}`, "write a role with the rights that are needed");
        }
        for (const [index, subject] of list(binding.body, "subjects").entries()) {
            const name = text(subject, "name") ?? "";
            if (everyone.some((group) => name === group || (group === "system:serviceaccounts" && name.startsWith(`${group}:`)))) {
                yield wrong(`subjects[${String(index)}]`, `it grants to ${name}`, "name the service account that needs the rights");
            }
        }
    },
});
