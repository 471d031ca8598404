import { type PolicyFinding, type StackFinding } from "../engine/rule.ts";
import type { KubernetesObject, Pod, Resource } from "../engine/subject.ts";
import { Unjudgeable } from "../engine/value.ts";

/** Runs `check` on each of `subjects`. What can't be read on one is reported on it, and the others are judged all the same. */
export function* onEach<T extends KubernetesObject | Resource>(subjects: Iterable<T>, check: (subject: T) => Iterable<PolicyFinding>): Generator<StackFinding> {
    for (const on of subjects) {
        try {
            for (const finding of check(on)) {
                yield { ...finding, on };
            }
        } catch (error) {
            if (!(error instanceof Unjudgeable)) {
                throw error;
            }
            yield {
                on,
                path: error.reason === "unknown" ? "" : error.path,
                problem: `can't be judged: ${error.message}`,
                fix: "give the field a value that is known in preview",
            };
        }
    }
}

/** As {@link onEach}, for pods: what is found is reported on their objects. */
export function* onEachPod(pods: Iterable<Pod>, check: (pod: Pod) => Iterable<PolicyFinding>): Generator<StackFinding> {
    for (const pod of pods) {
        yield* onEach([pod.object], () => check(pod));
    }
}
