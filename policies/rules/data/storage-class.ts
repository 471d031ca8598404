import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { flag, labels, text } from "../../engine/value.ts";

/** With the default, deleting a claim deletes its data. */
export const storageClass = objectRule({
    name: "storage-class",
    title: "A StorageClass keeps volumes whose claim is gone, encrypts them, and lets them grow.",
    severity: "medium",
    level: "advisory",
    kinds: ["storage.k8s.io/StorageClass"],
    *check(object) {
        if ((text(object.body, "reclaimPolicy") ?? "Delete") !== "Retain") {
            yield wrong("reclaimPolicy", "a volume goes with its claim", "set it to Retain");
        }
        if (flag(object.body, "allowVolumeExpansion") !== true) {
            yield missing("allowVolumeExpansion", "a full volume can't grow", "set it to true");
        }
        if (!Object.entries(labels(object.body, "parameters")).some(([key, value]) => /encrypt|kms/i.test(key) && value !== "false")) {
            yield missing("parameters", "nothing says that volumes are encrypted", "set the driver's encryption parameter");
        }
    },
});
