import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { cis, nsa } from "../../shapes/references.ts";

const label = "pod-security.kubernetes.io/enforce";

/** The cluster then refuses what this pack would refuse, from any client. */
export const namespacePodSecurity = objectRule({
    name: "namespace-pod-security",
    title: "Each namespace enforces the restricted Pod Security Standard.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.2.1"), nsa("Kubernetes Pod security: enforcement")],
    kinds: ["core/Namespace"],
    *check(namespace) {
        const enforced = namespace.labels[label];
        if (enforced === undefined) {
            yield missing("metadata.labels", "the namespace enforces no Pod Security Standard", `label it ${label}: restricted`);
        } else if (enforced !== "restricted") {
            yield wrong("metadata.labels", `the namespace enforces ${enforced}`, `label it ${label}: restricted`);
        }
    },
});
