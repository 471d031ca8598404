import type { StackIndex } from "../engine/stack.ts";
import { kindOf, type KubernetesObject, type Pod } from "../engine/subject.ts";
import { number, text } from "../engine/value.ts";
import { oncePerStack } from "./once.ts";

/** Kinds that keep a number of interchangeable pods running. */
export const replicatedKinds = ["apps/Deployment", "apps/StatefulSet", "argoproj.io/Rollout"] as const;

/** Kinds whose pods end by themselves, and places in other kinds where such pods stand: KEDA's `jobTargetRef`, JobSet's `replicatedJobs`, Tekton's `taskSpec`. */
const jobKinds = /^(batch\/(Job|CronJob)|argoproj\.io\/(Cron|Cluster)?Workflow(Template)?|tekton\.dev\/.+)$/;
const jobPlace = /job|task/i;

/** Whether a pod is meant to run until it is stopped. Only pods that end by themselves may have a restart policy other than Always. */
export function isLongRunning(pod: Pod): boolean {
    const restart = text(pod.spec, "restartPolicy");
    return !jobKinds.test(kindOf(pod.object)) && !jobPlace.test(pod.path) && restart !== "Never" && restart !== "OnFailure";
}

/** Whether a pod belongs to a replicated workload. */
export function isReplicated(object: KubernetesObject): boolean {
    return replicatedKinds.some((kind) => kind === kindOf(object));
}

/** The autoscalers that scale `object`. */
export function autoscalersOf(stack: StackIndex, object: KubernetesObject): readonly KubernetesObject[] {
    return autoscalersByTarget(stack).get(`${object.kind} ${object.namespace} ${object.name}`) ?? [];
}

const autoscalersByTarget = oncePerStack((stack: StackIndex): ReadonlyMap<string, KubernetesObject[]> =>
    Map.groupBy(stack.ofKind(autoscalerKind), (scaler) => {
        const target = (key: string) => text(scaler.body, "spec", "scaleTargetRef", key) ?? "";
        return `${target("kind")} ${scaler.namespace} ${target("name")}`;
    }),
);

/** The kind of autoscalers. */
export const autoscalerKind = "autoscaling/HorizontalPodAutoscaler";

/** Pods that `object` has at the least: its autoscaler's minimum, or its own number. Kubernetes reads an absent number as 1. */
export function fewestPods(stack: StackIndex, object: KubernetesObject): number {
    const scalers = autoscalersOf(stack, object);
    return scalers.length > 0
        ? Math.min(...scalers.map((scaler) => number(scaler.body, "spec", "minReplicas") ?? 1))
        : (number(object.body, "spec", "replicas") ?? 1);
}
