import type { Container, Pod } from "../engine/subject.ts";
import { flag, text } from "../engine/value.ts";

/** Minor versions of Kubernetes 1 whose Pod Security Standards the pack knows. A newer one may judge otherwise, so it is refused. */
export const [oldestMinor, newestMinor] = [0, 37];

/** Setting of the rules whose definition depends on the version of Kubernetes. */
export const kubernetesMinor = {
    kubernetesMinor: {
        type: "integer",
        default: 36,
        minimum: oldestMinor,
        maximum: newestMinor,
        description: "Minor version of Kubernetes 1 whose Pod Security Standards apply",
    },
} as const;

/** Setting of the rules that are stricter in the restricted profile. */
export const profile = {
    profile: { type: "string", default: "restricted", description: "Profile of the Pod Security Standards: restricted or baseline" },
} as const;

/** Whether a pod is for Windows nodes, where controls of Linux don't apply. */
export function isWindows(pod: Pod): boolean {
    return text(pod.spec, "os", "name") === "windows";
}

/** Whether a pod runs in a user namespace of its own, for which Kubernetes 1.35 relaxes some controls. */
export function hasUserNamespace(pod: Pod): boolean {
    return flag(pod.spec, "hostUsers") === false;
}

/** Path of a container inside its pod: `containers[0]`. */
export function pathInPod(container: Container): string {
    return container.path.slice(container.pod.path.length + 1);
}

/** The places of a security context in a pod, its own first: whose, where, and the context. */
export function* securityContexts(pod: Pod) {
    yield { whose: "the pod", path: "securityContext", holder: pod.spec };
    for (const container of pod.containers) {
        yield { whose: `container "${container.name}"`, path: `${pathInPod(container)}.securityContext`, holder: container.body };
    }
}
