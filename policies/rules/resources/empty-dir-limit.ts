import { missing, podRule, wrong } from "../../engine/rule.ts";
import { fields, has, list, numberOrText, text } from "../../engine/value.ts";
import { quantity } from "../../shapes/quantity.ts";

/** An emptyDir without a limit fills the node's disk, or its memory. */
export const emptyDirLimit = podRule({
    name: "empty-dir-limit",
    title: "Each emptyDir has a size limit.",
    severity: "low",
    level: "advisory",
    *check(pod) {
        for (const [index, volume] of list(pod.spec, "volumes").entries()) {
            const sources = Object.keys(fields(volume) ?? {}).filter((key) => key !== "name" && has(volume, key));
            if (sources.length > 0 && !sources.includes("emptyDir")) {
                continue;
            }
            const [path, problem] = [`volumes[${String(index)}].emptyDir.sizeLimit`, `volume "${text(volume, "name") ?? ""}" may fill the node`];
            const limit = numberOrText(volume, "emptyDir", "sizeLimit");
            if (limit === undefined) {
                yield missing(path, problem, "set sizeLimit");
            } else if (!((quantity(limit) ?? 0) > 0)) {
                yield wrong(path, problem, "set sizeLimit to more than 0");
            }
        }
    },
});
