import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { cis, nsa } from "../../shapes/references.ts";

const label = "pod-security.kubernetes.io/enforce";

/** The cluster then refuses what this pack would refuse, from any client. */
export const namespacePodSecurity = objectRule({
    name: "namespace-pod-security",
    title: "Each namespace enforces the restricted Pod Security Standard, of a version that has all its controls.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.2.1"), nsa("Kubernetes Pod security: enforcement")],
    settings: {
        oldestMinor: { type: "integer", default: 25, minimum: 0, description: "Oldest minor version of Kubernetes 1 whose standard may be enforced" },
    },
    kinds: ["core/Namespace"],
    *check(namespace, { settings }) {
        const path = `metadata.labels.${label}`;
        const enforced = text(namespace.body, "metadata", "labels", label);
        if (enforced === undefined) {
            yield missing(path, "the namespace enforces no Pod Security Standard", `label it ${label}: restricted`);
        } else if (enforced !== "restricted") {
            yield wrong(path, `the namespace enforces ${enforced}`, `label it ${label}: restricted`);
        }
        const version = text(namespace.body, "metadata", "labels", `${label}-version`) ?? "latest";
        const minor = /^v1\.(\d{1,3})$/.exec(version)?.[1];
        if (version !== "latest" && !(Number(minor) >= settings.oldestMinor)) {
            yield wrong(`${path}-version`, `the namespace enforces the standard of ${version}`, `use latest, or at least v1.${String(settings.oldestMinor)}`);
        }
    },
});
