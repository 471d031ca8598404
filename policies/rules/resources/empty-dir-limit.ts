import { missing, podRule } from "../../engine/rule.ts";
import { fields, has, list, text } from "../../engine/value.ts";

/** An emptyDir without a limit fills the node's disk, or its memory. */
export const emptyDirLimit = podRule({
    name: "empty-dir-limit",
    title: "Each emptyDir has a size limit.",
    severity: "low",
    level: "advisory",
    *check(pod) {
        for (const [index, volume] of list(pod.spec, "volumes").entries()) {
            if (fields(volume, "emptyDir") !== undefined && !has(volume, "emptyDir", "sizeLimit")) {
                yield missing(`volumes[${String(index)}].emptyDir.sizeLimit`, `volume "${text(volume, "name") ?? ""}" may fill the node`, "set sizeLimit");
            }
        }
    },
});
