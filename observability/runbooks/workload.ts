import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackMayHelp } from "./runbook.ts";

/** Pods of the whole namespace. */
export function workloadRunbooks(scope: Scope): Runbooks {
    const { kubectl } = commandsFor(scope);
    const lastState = `${kubectl} get pod $POD -o jsonpath='{range .status.containerStatuses[*]}{.name}: {.lastState.terminated.reason} {.lastState.terminated.exitCode}{"\\n"}{end}'`;
    const previousLog = `${kubectl} logs $POD -c $CONTAINER --previous --tail=100`;
    return {
        PodCrashLoops: {
            meaning:
                "A container of the namespace (service, store, watchdog, job) has been ending and starting again for ten minutes. For candidates there is CandidateCrashLoops, which calls at once.",
            impact: "What the container does is not done between two starts.",
            diagnosis: [
                ["See exit code and reason.", lastState],
                ["Read the log of the run before.", previousLog],
                ["See whether its settings or secrets changed lately.", `${kubectl} get secrets,configmaps --sort-by=.metadata.creationTimestamp | tail`],
            ],
            mitigation: [
                "A missing file or variable: the message names it; run `pulumi up --refresh`, since it may have been deleted by hand.",
                "A volume that is full or can't be written: see VolumeNearlyFull.",
            ],
            rollback: rollbackMayHelp,
        },
        PodRestartsOften: {
            meaning: "A container restarted more often within an hour than bad luck explains, with pauses too long for a crash loop.",
            impact: "Each restart loses what was under way. Stores fail over each time.",
            diagnosis: [
                ["See why it ended.", lastState],
                [
                    "See whether restarts come at a rhythm: a leak, a job on the hour, a probe.",
                    `changes(kube_pod_container_status_restarts_total{namespace="${scope.namespace}",pod="$POD"}[6h])`,
                ],
                ["Read the log of the run before.", previousLog],
            ],
            mitigation: [
                "Killed by its liveness probe while busy: give it more time in the probe, in review, and more CPU now.",
                "OOMKilled: see ContainerOutOfMemory.",
            ],
            rollback: rollbackMayHelp,
        },
        PodPending: {
            meaning:
                "A pod has waited a quarter of an hour for a node: nodes are full, a zone has no room that its spread asks for, or its volume is not bound.",
            impact: "Capacity is missing. In a rollout the step waits for it.",
            diagnosis: [
                ["Read the scheduler's reason.", `${kubectl} get events --field-selector involvedObject.name=$POD,reason=FailedScheduling`],
                ["See the room on the nodes.", "kubectl describe nodes | grep -A6 'Allocated resources'"],
                ["See the volume.", `${kubectl} get pvc`],
            ],
            mitigation: [
                "Insufficient cpu or memory: have nodes added. Do not lower requests to make it fit.",
                "Volume: its zone has no node with room; free one there.",
            ],
            rollback: "A pending pod of a candidate has no traffic. A rollback frees the nodes that its other pods use.",
        },
        ContainerOutOfMemory: {
            meaning: "A container needed more memory than its limit and was killed by the kernel.",
            impact: "Its requests or queries failed. It will happen again at the same load.",
            diagnosis: [
                ["See its memory before the kill.", `max by (pod, container) (container_memory_working_set_bytes{namespace="${scope.namespace}",pod="$POD"})`],
                ["See limit and request.", `${kubectl} get pod $POD -o jsonpath='{range .spec.containers[*]}{.name} {.resources}{"\\n"}{end}'`],
                "A steady rise before it is a leak; a sudden one is a single request or query.",
            ],
            mitigation: [
                "For stores: raise the memory in the program (`maxMemoryMi`, `memoryMi`), in review.",
                "For the service: a leak is fixed in the code, a burst by a limit on what one request may ask for.",
            ],
            rollback: rollbackMayHelp,
        },
        ContainerCpuThrottled: {
            meaning:
                "A container with a CPU limit is held back in many of its periods. The service and its stores have no CPU limit, so it is a sidecar or something that was added.",
            impact: "It is slow although the node has room.",
            diagnosis: [
                ["See its limit.", `${kubectl} get pod $POD -o jsonpath='{range .spec.containers[*]}{.name} {.resources.limits.cpu}{"\\n"}{end}'`],
                ["See its use.", `${kubectl} top pod $POD --containers`],
            ],
            mitigation: ["Raise the limit or remove it; requests keep neighbours safe."],
            rollback: "Nothing to roll back: a limit is a change of the program.",
        },
    };
}
