import { containerRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { cis } from "../../shapes/references.ts";
import { parseImage } from "../../shapes/image.ts";

/** `latest` is whatever was pushed last: two pods of one Deployment can run different programs. A digest needs no tag. */
export const imageTag = containerRule({
    name: "image-tag",
    title: "Each image has a tag other than latest, or a digest.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.5.1")],
    *check(container) {
        const image = parseImage(text(container.body, "image") ?? "");
        if (image !== undefined && image.digest === undefined && (image.tag === undefined || image.tag === "latest")) {
            yield wrong(
                "image",
                `the image of container "${container.name}" has ${image.tag === undefined ? "no tag" : "the tag latest"}`,
                "name the release by tag, better by digest",
            );
        }
    },
});
