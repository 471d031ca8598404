import { containerRule, missing, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { isDigest, parseImage } from "../../shapes/image.ts";
import { checklist, nsa } from "../../shapes/references.ts";

/** A tag can be moved after the release was approved; a digest is the content itself. */
export const imageDigest = containerRule({
    name: "image-digest",
    title: "Each image is named by its digest, so that what was approved is what runs.",
    severity: "high",
    level: "mandatory",
    staging: "advisory",
    references: [checklist("Code & Artifacts"), nsa("Kubernetes Pod security: container images")],
    *check(container) {
        const image = text(container.body, "image");
        const digest = parseImage(image ?? "")?.digest;
        if (image === undefined) {
            yield missing("image", `container "${container.name}" has no image`, "name the image by digest");
        } else if (digest === undefined) {
            yield wrong("image", `the image of container "${container.name}" is not named by digest`, "append @sha256:<64 hex digits>");
        } else if (!isDigest(digest)) {
            yield wrong(
                "image",
                `the digest of container "${container.name}" has the wrong length, or an algorithm that is not sha256, sha512 or blake3`,
                "copy the digest from the registry",
            );
        }
    },
});
