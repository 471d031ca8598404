import type { LabelKeys } from "../route/label-keys.ts";
import { revisionObjectName } from "../route/revision.ts";
import type { PodReader } from "../gate/live/evidence.ts";
import { type ApiServer, timeOf } from "./api-server.ts";
import { quantityOf } from "./quantity.ts";
import { autoscalerState } from "./autoscaler-state.ts";
import { podState, readySinceMs } from "./pod-state.ts";

export type { PodReader as ClusterState } from "../gate/live/evidence.ts";

export interface ClusterStateArgs {
    readonly api: ApiServer;
    readonly namespace: string;
    /** Name of the service, whose revisions' objects are called `<service>-<revision>`. */
    readonly service: string;
    /** By which a revision's pods are found. */
    readonly keys: Pick<LabelKeys, "revision">;
}

/** Pods and autoscalers of a service's revisions, as the API server has them. */
export function clusterState({ namespace, service, keys, api }: ClusterStateArgs): PodReader {
    return {
        pods: async (revision, enteredAt) => {
            const query = { namespace, labelSelector: `app.kubernetes.io/name=${service},${keys.revision}=${revision}` };
            const answer = await api.ask(({ core }, options) => core.listNamespacedPod(query, options));
            const { items, metadata } = answer.value;
            if (metadata?._continue !== undefined && metadata._continue !== "") {
                throw new Error(`the API server gave ${String(items.length)} pods of ${revision}, and not all of them`);
            }
            const look = { nowMs: timeOf(answer).getTime(), ...(enteredAt === undefined ? {} : { enteredMs: Date.parse(enteredAt) }) };
            return items.map((pod) => {
                const sinceMs = readySinceMs(pod);
                const requests = (pod.spec?.containers ?? []).map(({ resources }) => resources?.requests?.cpu ?? "0");
                return {
                    ...podState(pod, look),
                    ...(pod.status?.podIP === undefined ? {} : { address: pod.status.podIP }),
                    ...(sinceMs === undefined ? {} : { readySinceSeconds: sinceMs / 1_000 }),
                    cpuRequestCores: requests.reduce((sum, quantity) => sum + quantityOf(quantity), 0),
                };
            });
        },
        autoscaler: async (revision) => {
            const place = { namespace, name: revisionObjectName(service, revision) };
            const { value } = await api.find(({ autoscaling }, options) => autoscaling.readNamespacedHorizontalPodAutoscaler(place, options));
            return value === undefined ? undefined : autoscalerState(value);
        },
        serverNow: async () => timeOf(await api.ask(({ version }, options) => version.getCode({}, options))),
    };
}
