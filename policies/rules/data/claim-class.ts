import { missing, stackRule } from "../../engine/rule.ts";
import { at, has, list, type Plain } from "../../engine/value.ts";
import { onEach, onEachPod } from "../../shapes/each.ts";
import { documentation } from "../../shapes/references.ts";

/** The default class is the cluster's choice, and may be another one tomorrow: with other disks, other encryption, and another reclaim policy. */
export const claimClass = stackRule({
    name: "claim-class",
    title: "A claim names its StorageClass.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/storage/persistent-volumes/#class-1")],
    *check(stack) {
        const finding = (path: string) => missing(path, "the claim leaves its StorageClass to the cluster's default", "set storageClassName");
        const names = (claim: Plain | undefined) =>
            has(claim, "spec", "storageClassName") ||
            has(claim, "spec", "volumeName") ||
            has(claim, "metadata", "annotations", "volume.beta.kubernetes.io/storage-class");
        yield* onEach(stack.ofKind("core/PersistentVolumeClaim"), function* (claim) {
            if (!names(claim.body)) {
                yield finding("spec.storageClassName");
            }
        });
        yield* onEach(stack.ofKind("apps/StatefulSet"), function* (workload) {
            for (const [index, claim] of list(workload.body, "spec", "volumeClaimTemplates").entries()) {
                if (!names(claim)) {
                    yield finding(`spec.volumeClaimTemplates[${String(index)}].spec.storageClassName`);
                }
            }
        });
        yield* onEachPod(stack.pods, function* (pod) {
            for (const [index, volume] of list(pod.spec, "volumes").entries()) {
                if (has(volume, "ephemeral") && !names(at(volume, "ephemeral", "volumeClaimTemplate"))) {
                    yield finding(`${pod.path}.volumes[${String(index)}].ephemeral.volumeClaimTemplate.spec.storageClassName`);
                }
            }
        });
    },
});
