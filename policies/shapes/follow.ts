import type { StackIndex } from "../engine/stack.ts";
import { kindOf, type KubernetesObject } from "../engine/subject.ts";
import { fields, text } from "../engine/value.ts";
import { oncePerStack } from "./once.ts";
import type { Backend, Target } from "./ways.ts";
import { fewestPods, isLongRunning, isReplicated } from "./workload.ts";

/**
 * Where the requests for a Service end: the share of each workload, from 0 to 1, by the pods that it selects; why that can't be told; or nowhere, which the rules about Services and
 * backends report.
 */
export type Followed = ReadonlyMap<KubernetesObject, number> | { readonly blind: string } | "nowhere";

/** Follows a target through its Service to workloads. @throws Unjudgeable */
export function follow(stack: StackIndex, target: Target): Followed {
    if (target.kind !== "core/Service") {
        return { blind: `${target.name} is a ${target.kind.split("/").at(-1) ?? ""}, no Service` };
    }
    const service = stack.find("core/Service", target.namespace, target.name);
    if (service === undefined) {
        return "nowhere";
    }
    const known = followed(stack).get(service) ?? sharesOf(stack, service);
    followed(stack).set(service, known);
    return known;
}

const followed = oncePerStack(() => new Map<KubernetesObject, Followed>());

function sharesOf(stack: StackIndex, service: KubernetesObject): Followed {
    const selector = fields(service.body, "spec", "selector");
    if (text(service.body, "spec", "type") === "ExternalName" || selector === undefined || Object.keys(selector).length === 0) {
        return service.partial ? "nowhere" : { blind: `the Service ${service.name} selects no pods: it leads to addresses outside the stack` };
    }
    const added = addedEndpoints(stack).get(`${service.namespace} ${service.name}`);
    if (added !== undefined) {
        return { blind: `${added.kind} ${added.name} adds addresses to the Service ${service.name}` };
    }
    // A patch is a second view of a workload, not a second one.
    const workloads = stack.podsSelected(service.namespace, { matchLabels: selector }).filter((pod) => isLongRunning(pod) && !pod.object.partial);
    if (workloads.length === 0) {
        return "nowhere";
    }
    const pods = workloads.map(({ object }) => (isReplicated(object) ? fewestPods(stack, object) : 1));
    const total = pods.reduce((sum, count) => sum + count, 0);
    const shares = new Map<KubernetesObject, number>();
    for (const [index, { object }] of workloads.entries()) {
        shares.set(object, (shares.get(object) ?? 0) + (total === 0 ? 1 / workloads.length : (pods[index] ?? 0) / total));
    }
    return shares;
}

/** Endpoints that the program writes itself, by `namespace name` of the Service that they add addresses to. */
const addedEndpoints = oncePerStack((stack: StackIndex): ReadonlyMap<string, KubernetesObject> => {
    const slices = stack.ofKind("discovery.k8s.io/EndpointSlice").map((slice) => [slice.labels["kubernetes.io/service-name"] ?? "", slice] as const);
    const old = stack.ofKind("core/Endpoints").map((endpoints) => [endpoints.name, endpoints] as const);
    return new Map([...slices, ...old].map(([name, object]) => [`${object.namespace} ${name}`, object]));
});

/** What each workload gets of the requests to `backends`, in percent, and what can't be told. Undefined where a part ends nowhere, or all weights are 0. */
export function sharesAmong(
    stack: StackIndex,
    backends: readonly Backend[],
): { readonly percent: ReadonlyMap<KubernetesObject, number>; readonly blind: readonly string[] } | undefined {
    const taken = backends.filter(({ weight }) => weight > 0);
    const total = taken.reduce((sum, { weight }) => sum + weight, 0);
    const percent = new Map<KubernetesObject, number>();
    const blind: string[] = [];
    for (const backend of taken) {
        const ends = follow(stack, backend);
        if (ends === "nowhere") {
            return undefined;
        }
        if ("blind" in ends) {
            blind.push(ends.blind);
            continue;
        }
        for (const [workload, share] of ends) {
            percent.set(workload, (percent.get(workload) ?? 0) + (100 * share * backend.weight) / total);
        }
    }
    return taken.length === 0 ? undefined : { percent, blind };
}

/** How a finding calls a workload: `Deployment web-v2`. */
export function nameOf(workload: KubernetesObject): string {
    return `${kindOf(workload).split("/").at(-1) ?? ""} ${workload.name}`;
}

/** A share as findings write it: `12.5 %`. */
export function percentText(share: number): string {
    return `${String(Math.round(share * 10) / 10)} %`;
}
