import { podRule, wrong } from "../../engine/rule.ts";
import { fields, list } from "../../engine/value.ts";
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
            const sources = Object.keys(fields(volume) ?? {}).filter((key) => key !== "name");
            if (!sources.some((source) => allowed.includes(source) || source === "hostPath")) {
                yield wrong(`volumes[${String(index)}]`, `the volume is of the kind ${sources.join(", ") || "unknown"}`, `use one of ${allowed.join(", ")}`);
            }
        }
    },
});
