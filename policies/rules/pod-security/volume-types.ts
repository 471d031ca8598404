import { podRule, wrong } from "../../engine/rule.ts";
import { fields, has, list } from "../../engine/value.ts";
import { podSecurity } from "../../shapes/references.ts";

const allowed = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

/** Volumes come through claims and configuration. A path of the node has a rule of its own: no-host-path. */
export const volumeTypes = podRule({
    name: "volume-types",
    title: "Volumes are of the kinds that the restricted profile allows.",
    severity: "medium",
    level: "mandatory",
    references: [podSecurity("restricted", "Volume Types")],
    *check(pod) {
        for (const [index, volume] of list(pod.spec, "volumes").entries()) {
            // A source that is null is none, and a volume without a source is an emptyDir.
            const sources = Object.keys(fields(volume) ?? {}).filter((key) => key !== "name" && has(volume, key));
            const others = sources.filter((source) => !allowed.includes(source) && source !== "hostPath");
            if (others.length > 0) {
                yield wrong(`volumes[${String(index)}]`, `the volume is of the kind ${others.join(", ")}`, `use one of ${allowed.join(", ")}`);
            }
        }
    },
});
