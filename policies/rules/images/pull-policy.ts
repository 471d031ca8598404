import { containerRule, missing, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { parseImage } from "../../shapes/image.ts";

/** With a digest the content is fixed, and Always only costs time and needs the registry at each start; with a tag a node may hold an old image. */
export const pullPolicy = containerRule({
    name: "pull-policy",
    title: "An image named by tag is always pulled; one named by digest need not be.",
    severity: "low",
    level: "advisory",
    *check(container) {
        const policy = text(container.body, "imagePullPolicy");
        const image = parseImage(text(container.body, "image") ?? "");
        if (image !== undefined && image.digest === undefined && policy !== "Always") {
            const report = policy === undefined ? missing : wrong;
            yield report(
                "imagePullPolicy",
                `container "${container.name}" may run an old image of the same tag`,
                "name the image by digest, or set imagePullPolicy to Always",
            );
        }
    },
});
