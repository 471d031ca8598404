import { objectRule, wrong } from "../../engine/rule.ts";
import { selects } from "../../engine/stack.ts";
import { fields, list, text } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";

const prefix = "rbac.authorization.k8s.io/aggregate-to-";

/** Roles of others: those of Kubernetes itself, by their labels, and one without labels, which stands for those that are still to come. */
const rolesOfOthers: readonly Readonly<Record<string, string>>[] = [
    {},
    { "kubernetes.io/bootstrapping": "rbac-defaults" },
    ...["admin", "edit", "view"].map((role) => ({ "kubernetes.io/bootstrapping": "rbac-defaults", [`${prefix}${role}`]: "true" })),
];

/** By a label, a role gives its rights to all who hold another; by a rule, it takes those of all roles with a label. Neither stands in a binding. */
export const rbacAggregation = objectRule({
    name: "rbac-aggregation",
    title: "No role adds its rights to the cluster's own roles (view, edit, admin), or collects theirs.",
    severity: "high",
    level: "mandatory",
    references: [documentation("reference/access-authn-authz/rbac/#aggregated-clusterroles")],
    kinds: ["rbac.authorization.k8s.io/ClusterRole"],
    *check(role) {
        for (const key of Object.keys(fields(role.body, "metadata", "labels") ?? {}).filter((name) => name.startsWith(prefix))) {
            if (text(role.body, "metadata", "labels", key) === "true") {
                yield wrong(
                    `metadata.labels[${key}]`,
                    `it adds its rights to all who hold ${key.slice(prefix.length)}`,
                    "bind it to the accounts that need it",
                );
            }
        }
        for (const [index, selector] of list(role.body, "aggregationRule", "clusterRoleSelectors").entries()) {
            if (rolesOfOthers.some((labels) => selects(fields(selector), labels))) {
                yield wrong(
                    `aggregationRule.clusterRoleSelectors[${String(index)}]`,
                    "it collects the rights of roles that the program does not declare",
                    "select by a label of the program's own",
                );
            }
        }
    },
});
