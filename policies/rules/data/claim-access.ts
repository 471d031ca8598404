import { objectRule, wrong } from "../../engine/rule.ts";
import { list, texts } from "../../engine/value.ts";

/** A store that two pods write to at once is damaged. */
export const claimAccess = objectRule({
    name: "claim-access",
    title: "A volume for a store is mounted by one node, or one pod.",
    severity: "medium",
    level: "advisory",
    kinds: ["core/PersistentVolumeClaim", "apps/StatefulSet"],
    *check(object) {
        const claims = object.kind === "StatefulSet" ? list(object.body, "spec", "volumeClaimTemplates") : [object.body];
        for (const [index, claim] of claims.entries()) {
            if (texts(claim, "spec", "accessModes").includes("ReadWriteMany")) {
                const base = object.kind === "StatefulSet" ? `spec.volumeClaimTemplates[${String(index)}].` : "";
                yield wrong(`${base}spec.accessModes`, "several nodes may write to it at once", "use ReadWriteOncePod or ReadWriteOnce");
            }
        }
    },
});
