import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

/** User and group of pods that don't need one of their image's own. High, so that it is no user of the node (kube-score: container-security-context-user-group-id). */
const defaultUserId = 10_001;

/**
 * Security context of a pod that the Pod Security Standards call 'restricted', for a user of its own.
 *
 * @param userId user, group and owner of volumes; at least 10000.
 * @throws {RangeError} when the user is below 10000.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedPodOf(userId: number): types.input.core.v1.PodSecurityContext {
    if (!Number.isInteger(userId) || userId < 10_000) {
        throw new RangeError(`userId is ${String(userId)}: use a whole number of at least 10000, so that it is no user of the node`);
    }
    return {
        runAsNonRoot: true,
        runAsUser: userId,
        runAsGroup: userId,
        fsGroup: userId,
        // Without it, the kubelet changes the owner of every file of a large volume at each start.
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
    };
}

/** {@link restrictedPodOf} for the default user. */
export const restrictedPod: types.input.core.v1.PodSecurityContext = restrictedPodOf(defaultUserId);

/**
 * What every pod here has in common: an account whose token is not mounted, no addresses of other Services in its environment, and {@link restrictedPod}.
 *
 * @param serviceAccountName account that keeps the pod off the namespace's default one.
 */
export function restrictedPodSpec(
    serviceAccountName: Input<string>,
): Pick<types.input.core.v1.PodSpec, "serviceAccountName" | "automountServiceAccountToken" | "enableServiceLinks" | "securityContext"> {
    return { serviceAccountName, automountServiceAccountToken: false, enableServiceLinks: false, securityContext: restrictedPod };
}

/** Security context of every container, init and sidecar containers included: no way to gain rights, nothing to write to but volumes. */
export const restrictedContainer: types.input.core.v1.SecurityContext = {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
};
