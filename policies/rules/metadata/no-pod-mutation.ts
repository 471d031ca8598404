import { objectRule, wrong } from "../../engine/rule.ts";
import { at, type Fields, list, text } from "../../engine/value.ts";
import { textIn } from "../../shapes/text-in.ts";

/** Fields of pods by which a change may undo what was judged here. Images, arguments and environment are inside containers. */
const ofPods =
    /(^|[^\w-])(containers|initContainers|ephemeralContainers|volumes|hostNetwork|hostPID|hostIPC|hostUsers|securityContext|serviceAccount|serviceAccountName|automountServiceAccountToken|shareProcessNamespace|tolerations|priorityClassName|nodeName|runtimeClassName)($|[^\w-])|pod-security\.kubernetes\.io/;

/** Where a JSON patch writes, up to the end of the path's expression. */
const patchPaths = /\bpath\s*:\s*([^,}]*)/g;

/** A path that can be read: one literal, or one that stays below labels or annotations, whose keys have to be escaped by a function. */
const readablePath = /^(?:"[^"\\]*"|'[^'\\]*')\s*$|^["']\/metadata\/(?:labels|annotations)\//;

/** A path at which a whole spec is replaced. */
const wholeSpec = /^["'](?:\/?|.*\/(?:spec|template))["']\s*$/;

/** What the cluster changes in an object after this check was never judged. */
export const noPodMutation = objectRule({
    name: "no-pod-mutation",
    title: "No mutating policy changes what the checks judge in pods and namespaces.",
    severity: "high",
    level: "mandatory",
    kinds: [
        "admissionregistration.k8s.io/MutatingAdmissionPolicy",
        "kyverno.io/ClusterPolicy",
        "kyverno.io/Policy",
        "policies.kyverno.io/MutatingPolicy",
        "mutations.gatekeeper.sh/Assign",
        "mutations.gatekeeper.sh/AssignImage",
        "mutations.gatekeeper.sh/ModifySet",
    ],
    *check(policy) {
        const fix = "set the field in the objects themselves, where it is judged";
        for (const { path, written } of mutationsIn(policy.group, policy.body)) {
            const field = ofPods.exec(written)?.[0];
            const paths = [...written.matchAll(patchPaths)].map(([, value = ""]) => value.trim());
            if (field !== undefined) {
                yield wrong(path, `it changes ${field.replace(/^[^\w]|[^\w]$/g, "")} after the objects were judged`, fix);
            } else if (/\\[xXuU0-7]/.test(written) || paths.some((value) => !readablePath.test(value) || wholeSpec.test(value))) {
                yield wrong(path, "which fields it changes can't be judged", `write each path as one plain text, or ${fix}`);
            }
        }
    },
});

function mutationsIn(group: string, body: Fields): readonly { readonly path: string; readonly written: string }[] {
    if (group === "kyverno.io") {
        return list(body, "spec", "rules").map((rule, index) => ({ path: `spec.rules[${String(index)}].mutate`, written: textIn(at(rule, "mutate")) }));
    }
    if (group === "mutations.gatekeeper.sh") {
        return [{ path: "spec.location", written: `${text(body, "spec", "location") ?? ""}\n${textIn(at(body, "spec", "parameters"))}` }];
    }
    const variables = textIn(at(body, "spec", "variables"));
    return list(body, "spec", "mutations").map((mutation, index) => ({
        path: `spec.mutations[${String(index)}]`,
        written: `${textIn(mutation)}\n${variables}`,
    }));
}
