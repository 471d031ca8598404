import type { Criterion } from "../criterion.ts";
import type { Evidence, PodState } from "../evidence.ts";
import { type JudgeFinding, breached, kept, unproven, unseen } from "./finding.ts";
import { areAmounts, observed } from "./subject.ts";
import { several } from "./wording.ts";

/**
 * Restarts within ten minutes that are a crash loop, also between two starts, when no container waits. The kubelet needs 10 s, 20 s and 40 s for the first
 * three.
 */
export const crashLoopRestarts = 3;

/** Judges how many containers restarted since the step was entered. */
export function judgeRestarts(criterion: Criterion, evidence: Evidence): JudgeFinding {
    return judgePods(criterion, evidence, (pods) => {
        const restarted = pods.filter((pod) => restartsOf(pod) > 0);
        const value = pods.reduce((sum, pod) => sum + restartsOf(pod), 0);
        const figures = { value, bound: 0, samples: pods.length };
        return value === 0
            ? kept({ ...figures, text: `no restart in ${several(pods.length, "pod")}` })
            : breached(criterion.onBreach, { ...figures, text: `${several(value, "restart")}: ${restarted.map(({ name }) => name).join(", ")}` });
    });
}

/** Judges how many pods are in a crash loop. */
export function judgeCrashLoop(criterion: Criterion, evidence: Evidence): JudgeFinding {
    return judgePods(criterion, evidence, (pods) => {
        const looping = pods.filter(({ waitingReason, recentRestarts }) => waitingReason === "CrashLoopBackOff" || recentRestarts >= crashLoopRestarts);
        const figures = { value: looping.length, bound: 0, samples: pods.length };
        return looping.length === 0
            ? kept({ ...figures, text: `none of ${several(pods.length, "pod")} is in a crash loop` })
            : breached(criterion.onBreach, { ...figures, text: `in a crash loop: ${looping.map(({ name }) => name).join(", ")}` });
    });
}

/** Judges how many pods are ready. */
export function judgeReadyPods(criterion: Criterion, atLeast: number, evidence: Evidence): JudgeFinding {
    return judgePods(criterion, evidence, (pods) => {
        const ready = pods.filter((pod) => pod.ready).length;
        const figures = { value: ready, bound: atLeast, samples: pods.length };
        const text = `${String(ready)} of ${several(pods.length, "pod")} ready, at least ${String(atLeast)} wanted`;
        return ready >= atLeast ? kept({ ...figures, text }) : breached(criterion.onBreach, { ...figures, text });
    });
}

/**
 * Judges the autoscaler by its own conditions, and by whether it has the pods that it wants.
 *
 * Fewer pods than it wants are not shown to be a fault by one look: after each change of its bounds it takes a period or two of its controller (15 s each
 * where nothing else is set) to say what it has. It holds, and a hold that lasts too long rolls back.
 */
export function judgeAutoscaling(criterion: Criterion, evidence: Evidence): JudgeFinding {
    const autoscalers = observed(criterion.subject, evidence, (revision) => revision.autoscaler);
    if (autoscalers.kind === "missing") {
        return unseen(autoscalers.reason);
    }
    const faulty = autoscalers.value.find(({ minimum, maximum, current, desired }) => !areAmounts([minimum, maximum, current, desired]));
    if (faulty !== undefined) {
        return unseen("the autoscaler shows numbers that are no measurement");
    }
    const samples = autoscalers.value.length;
    const problems = autoscalers.value.flatMap((autoscaler) => autoscaler.problems);
    if (problems.length > 0) {
        return breached(criterion.onBreach, { samples, text: `the autoscaler: ${problems.join("; ")}` });
    }
    const short = autoscalers.value
        .map(({ current, desired, minimum }) => ({ current, wanted: Math.max(desired, minimum) }))
        .filter(({ current, wanted }) => current < wanted)
        .map(({ current, wanted }) => `has ${String(current)} pods and wants ${String(wanted)}`);
    return short.length === 0
        ? kept({ samples, text: "the autoscaler works and has the pods that it wants" })
        : unproven({ samples, text: `the autoscaler: ${short.join("; ")}` });
}

function judgePods({ subject }: Criterion, evidence: Evidence, judgeAll: (pods: readonly PodState[]) => JudgeFinding): JudgeFinding {
    const all = observed(subject, evidence, (revision) => revision.pods);
    if (all.kind === "missing") {
        return unseen(all.reason);
    }
    const pods = all.value.flat();
    if (pods.length === 0) {
        return unseen("there are no pods");
    }
    const faulty = pods.find((pod) => !areAmounts([restartsOf(pod), pod.recentRestarts]));
    return faulty === undefined ? judgeAll(pods) : unseen(`pod ${faulty.name} shows restarts that are no measurement`);
}

function restartsOf({ restarts, restartsInStep }: PodState): number {
    return restartsInStep ?? restarts;
}
