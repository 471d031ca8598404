import type { Problem } from "../preflight/preflight.ts";
import { type DoctorFinding, found, unknown } from "./finding.ts";

/** The part of a DaemonSet that is judged. */
export interface Agent {
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
    readonly spec?: {
        readonly template: { readonly spec?: { readonly containers: readonly { readonly args?: readonly string[]; readonly command?: readonly string[] }[] } };
    };
    readonly status?: { readonly desiredNumberScheduled: number; readonly numberReady: number };
}

/** An agent on every node that enforces network policies. */
interface Enforcer {
    readonly title: string;
    /** By the DaemonSet's name. */
    readonly name: RegExp;
    /** Why it enforces none although it runs. Undefined where it does. @default it always enforces them */
    readonly idle?: (agent: Agent) => Problem | undefined;
}

/** Agents that enforce policies by their own documentation: docs/your-cluster.md names each page. */
const enforcers: readonly Enforcer[] = [
    { title: "Calico", name: /^calico-node$/ },
    { title: "Cilium", name: /^cilium$/ },
    { title: "GKE Dataplane V2", name: /^anetd/ },
    { title: "kube-router", name: /^kube-router$/ },
    { title: "Antrea", name: /^antrea-agent$/ },
    { title: "OVN-Kubernetes", name: /^ovnkube-node/ },
    {
        title: "the VPC CNI of EKS",
        name: /^aws-node$/,
        idle: (agent) =>
            argumentsOf(agent).includes("--enable-network-policy=true")
                ? undefined
                : {
                      text: "the VPC CNI of EKS (DaemonSet aws-node) runs without --enable-network-policy=true: network policies are stored and do nothing",
                      fix: 'aws eks update-addon --cluster-name CLUSTER --addon-name vpc-cni --configuration-values \'{"enableNetworkPolicy": "true"}\'',
                  },
    },
];

const trial = "try it with two pods: 'Whether network policies hold' in docs/your-cluster.md";

/**
 * What the agents on the nodes say of network policies. Only a trial with pods shows that they hold; an agent that is known to enforce them and runs everywhere is taken for it, and
 * anything else can't be known from here.
 */
export function judgeEnforcement(agents: readonly Agent[]): DoctorFinding {
    const known = agents.flatMap((agent) => enforcers.filter(({ name }) => name.test(agent.metadata?.name ?? "")).map((enforcer) => ({ agent, enforcer })));
    if (known.length === 0) {
        const kindnet = agents.some(({ metadata }) => metadata?.name === "kindnet");
        return unknown(
            `whether network policies hold can't be known from here: ${kindnet ? "kindnet enforces them from kind 0.24 on, and does not say which it is" : "no agent that is known to enforce them runs on the nodes"}`,
            trial,
        );
    }
    const states = known.map(({ agent, enforcer: { title, idle } }) => ({ title, agent, problem: idle?.(agent) ?? absence(agent, title) }));
    const well = states.filter(({ problem }) => problem === undefined);
    return found(
        well.length > 0 ? [] : states.flatMap(({ problem }) => problem ?? []),
        `${well.map(({ title }) => title).join(" and ")} runs on every node, and enforces network policies by its documentation; that it does here, only a trial shows`,
        { agents: well.map(({ agent }) => `${agent.metadata?.namespace ?? ""}/${agent.metadata?.name ?? ""}`) },
    );
}

function absence({ metadata, status }: Agent, title: string): Problem | undefined {
    const [wanted, ready] = [status?.desiredNumberScheduled ?? 0, status?.numberReady ?? 0];
    return ready >= wanted && wanted > 0
        ? undefined
        : {
              text: `${title} is ready on ${String(ready)} of ${String(wanted)} nodes: on the others no network policy holds`,
              fix: `see 'kubectl -n ${metadata?.namespace ?? "kube-system"} describe daemonset ${metadata?.name ?? ""}'`,
          };
}

function argumentsOf({ spec }: Agent): readonly string[] {
    return (spec?.template.spec?.containers ?? []).flatMap(({ args, command }) => [...(args ?? []), ...(command ?? [])]);
}
