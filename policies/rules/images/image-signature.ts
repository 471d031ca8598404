import { missing, podRule } from "../../engine/rule.ts";
import { nsa } from "../../shapes/references.ts";

/** A cluster's admission verifies signatures; the manifest says whose signature and which bill of materials to expect. */
export const imageSignature = podRule({
    name: "image-signature",
    title: "Pods name the signer of their images and the bill of materials.",
    severity: "low",
    level: "advisory",
    rows: ["17"],
    references: [nsa("Kubernetes Pod security: container images")],
    settings: {
        annotations: {
            type: "array",
            items: { type: "string" },
            default: ["nova.example.com/image-signer", "nova.example.com/image-sbom"],
            description: "Annotations on the pod that carry signer and bill of materials",
        },
    },
    *check(pod, { settings }) {
        const absent = settings.annotations.filter((key) => (pod.annotations[key] ?? pod.object.annotations[key] ?? "") === "");
        if (absent.length > 0) {
            yield missing("", `the pod has no ${absent.join(", ")}`, "annotate the pod with what the release pipeline signed");
        }
    },
});
