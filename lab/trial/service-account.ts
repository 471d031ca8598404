import * as kubernetes from "@kubernetes/client-node";
import { stringify } from "yaml";

/** A service account, and how long its token counts. */
export interface ServiceAccountToken {
    readonly namespace: string;
    readonly serviceAccount: string;
    /** In seconds. The API server makes it 600 at the least. @default 600 */
    readonly expiresInSeconds?: number;
}

/** Name of the context in the kubeconfigs that are made here. */
export const serviceAccountContext = "service-account";

/**
 * A kubeconfig with which a process on this machine has the rights of a service account, and no others: what a pod under that account has inside the cluster.
 *
 * The API server signs a new token for it, as it does for a pod.
 *
 * @param kubeconfigFile of a user who may make tokens: the lab's own.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
export async function serviceAccountKubeconfig(
    kubeconfigFile: string,
    { namespace, serviceAccount, expiresInSeconds = 600 }: ServiceAccountToken,
): Promise<string> {
    const config = new kubernetes.KubeConfig();
    config.loadFromFile(kubeconfigFile);
    const cluster = config.getCurrentCluster();
    if (cluster === null) {
        throw new Error(`${kubeconfigFile} has no current cluster`);
    }
    const body = new kubernetes.AuthenticationV1TokenRequest();
    body.spec = Object.assign(new kubernetes.V1TokenRequestSpec(), { audiences: [], expirationSeconds: expiresInSeconds });
    const { status } = await config.makeApiClient(kubernetes.CoreV1Api).createNamespacedServiceAccountToken({ namespace, name: serviceAccount, body });
    const name = serviceAccountContext;
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server: cluster.server, "certificate-authority-data": cluster.caData } }],
        users: [{ name, user: { token: status?.token } }],
        contexts: [{ name, context: { cluster: name, user: name, namespace } }],
        "current-context": name,
    });
}
