import type { V1Container, V1Pod, V1PodSpec } from "@kubernetes/client-node";

import { defined } from "../../defined.ts";
import type { NodeReading, Resources } from "./judge.ts";
import { quantityOf } from "../../kubernetes/quantity.ts";
import type { ApiServer } from "../../kubernetes/api-server.ts";

/** Objects in one page of a list. With a few thousand pods, a longer answer takes seconds. */
const pageSize = 500;

/** Nodes that pods of the service can be placed on, with what they have left. Cordoned nodes, those that are not ready and tainted ones are left out. @throws where the API server can't be asked. */
export async function nodesWithRoom(api: ApiServer): Promise<readonly NodeReading[]> {
    const { value } = await api.ask(({ core }, options) => core.listNode({}, options));
    const pods = await allPods(api);
    return value.items
        .filter(({ spec, status }) => {
            const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
            const closed = (spec?.taints ?? []).some(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
            return ready && !closed && spec?.unschedulable !== true;
        })
        .map(({ metadata, status }) => {
            const allocatable = status?.allocatable ?? {};
            const here = pods.filter(
                ({ spec, status: state }) => spec?.nodeName === metadata?.name && state?.phase !== "Succeeded" && state?.phase !== "Failed",
            );
            const used = here.map(({ spec }) => requestsOf(spec));
            return {
                name: metadata?.name ?? "",
                free: {
                    cores: quantityOf(allocatable.cpu ?? "0") - used.reduce((sum, { cores }) => sum + cores, 0),
                    memoryBytes: quantityOf(allocatable.memory ?? "0") - used.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
                },
                freePods: quantityOf(allocatable.pods ?? "0") - here.length,
            };
        });
}

async function allPods(api: ApiServer): Promise<readonly V1Pod[]> {
    const pods: V1Pod[] = [];
    let next: string | undefined;
    do {
        const page: string | undefined = next;
        const { value } = await api.ask(({ core }, options) => core.listPodForAllNamespaces({ limit: pageSize, ...defined({ _continue: page }) }, options));
        pods.push(...value.items);
        next = value.metadata?._continue;
    } while (next !== undefined && next !== "");
    return pods;
}

/** What a pod asks for. Init containers run before the others: the largest counts where it asks for more. @see https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers */
export function requestsOf(spec: V1PodSpec | undefined): Resources {
    const sum = (containers: readonly V1Container[], of: "cpu" | "memory"): number =>
        containers.reduce((total, { resources }) => total + quantityOf(resources?.requests?.[of] ?? "0"), 0);
    const largest = (containers: readonly V1Container[], of: "cpu" | "memory"): number =>
        Math.max(0, ...containers.map(({ resources }) => quantityOf(resources?.requests?.[of] ?? "0")));
    const [containers, initial] = [spec?.containers ?? [], spec?.initContainers ?? []];
    const total = (of: "cpu" | "memory"): number => Math.max(sum(containers, of), largest(initial, of)) + quantityOf(spec?.overhead?.[of] ?? "0");
    return { cores: total("cpu"), memoryBytes: total("memory") };
}
