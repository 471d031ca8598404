import { missing, stackRule } from "../../engine/rule.ts";
import { nsa } from "../../shapes/references.ts";

/** A cluster's admission verifies signatures; the manifest says whose signature and which bill of materials to expect. Reported once a stack. */
export const imageSignature = stackRule({
    name: "image-signature",
    title: "Pods name the signer of their images and the bill of materials.",
    severity: "low",
    level: "advisory",
    references: [nsa("Kubernetes Pod security: container images")],
    settings: {
        annotations: {
            type: "array",
            items: { type: "string" },
            default: ["nova.example.com/image-signer", "nova.example.com/image-sbom"],
            description: "Annotations on the pod that carry signer and bill of materials",
        },
    },
    *check(stack, { settings }) {
        const pods = stack.pods.filter((pod) => !pod.partial);
        const silent = pods.filter((pod) => settings.annotations.some((key) => (pod.annotations[key] ?? pod.object.annotations[key] ?? "") === ""));
        const [first] = silent;
        if (first !== undefined) {
            const problem = `${String(silent.length)} of ${String(pods.length)} pod templates lack ${settings.annotations.join(" or ")}`;
            yield { ...missing(first.path, problem, "annotate the pods with what the release pipeline signed"), on: first.object };
        }
    },
});
