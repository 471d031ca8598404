import { selects, type StackIndex } from "../engine/stack.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { fields, labels, list, type Plain, text, texts, whereReadable } from "../engine/value.ts";
import { argoRollout, canaryOf } from "./argo.ts";
import { oncePerStack } from "./once.ts";

/** A Service of an Argo rollout, seen from the Service. */
export interface ArgoServices {
    readonly rollout: KubernetesObject;
    readonly strategy: "canary" | "blueGreen";
    /** Whether it is for the pods that users have, or for the next ones: the canary, or the preview. */
    readonly role: "live" | "next";
    /** Names of the two Services. */
    readonly live: string;
    readonly next: string;
    /** The routes whose weights Argo sets, as `namespace name`. */
    readonly routes: ReadonlySet<string>;
}

/** The Services that rollouts switch, by `namespace name`. Rollouts that can't be read are left to the rules that judge them. */
export const argoServicesIn = oncePerStack((stack: StackIndex): ReadonlyMap<string, ArgoServices> => {
    const found = stack.ofKind(argoRollout).flatMap((rollout) => whereReadable(() => servicesOf(rollout)));
    return new Map(found.map((one) => [`${one.rollout.namespace} ${one[one.role]}`, one]));
});

/** The labels of the pods that each Service of a strategy is for: those of the template, and what the strategy adds for the role. */
export function labelsByRole(stack: StackIndex, rollout: KubernetesObject, strategy: "canary" | "blueGreen"): Readonly<Record<"live" | "next", Labels>> {
    const own = stack.podsOf(podSource(stack, rollout))[0]?.labels ?? {};
    const added = (key: string) => ({ ...own, ...labels(rollout.body, "spec", "strategy", strategy, key, "labels") });
    return strategy === "canary"
        ? { live: added("stableMetadata"), next: added("canaryMetadata") }
        : { live: added("activeMetadata"), next: added("previewMetadata") };
}

type Labels = Readonly<Record<string, string>>;

/** The object that holds a rollout's pods: itself, or the one that it refers to. */
export function podSource(stack: StackIndex, rollout: KubernetesObject): KubernetesObject {
    const name = text(rollout.body, "spec", "workloadRef", "name");
    const kind = text(rollout.body, "spec", "workloadRef", "kind") ?? "Deployment";
    return (name === undefined ? undefined : stack.find(`apps/${kind}`, rollout.namespace, name)) ?? rollout;
}

/** Whether an Argo rollout makes the pods that one of its Services selects, by labels that stand in no template. */
export function isForArgoPods(stack: StackIndex, service: KubernetesObject): boolean {
    const known = argoServicesIn(stack).get(`${service.namespace} ${service.name}`);
    const selector = { matchLabels: fields(service.body, "spec", "selector") ?? {} };
    return known !== undefined && Object.values(labelsByRole(stack, known.rollout, known.strategy)).some((podLabels) => selects(selector, podLabels));
}

function servicesOf(rollout: KubernetesObject): readonly ArgoServices[] {
    const routes = new Set(routesIn(fields(canaryOf(rollout), "trafficRouting") ?? {}, rollout.namespace));
    return pairs.flatMap(([strategy, liveKey, nextKey]) => {
        const [live, next] = [liveKey, nextKey].map((key) => text(rollout.body, "spec", "strategy", strategy, key));
        return live === undefined || next === undefined || live === next
            ? []
            : (["live", "next"] as const).map((role) => ({ rollout, strategy, role, live, next, routes }));
    });
}

const pairs = [
    ["canary", "stableService", "canaryService"],
    ["blueGreen", "activeService", "previewService"],
] as const;

/** The routes that a traffic router is told to change: https://argoproj.github.io/argo-rollouts/features/traffic-management/ */
function routesIn(routing: Plain, namespace: string): readonly string[] {
    const gateway = fields(routing, "plugins", "argoproj-labs/gatewayAPI");
    const where = text(gateway, "namespace") ?? namespace;
    const ofGateway = ["httpRoute", "grpcRoute", "tcpRoute", "tlsRoute"].flatMap((key) => [
        text(gateway, key),
        ...list(gateway, `${key}s`).map((route) => text(route, "name")),
    ]);
    const ofIngress = [
        text(routing, "nginx", "stableIngress"),
        ...texts(routing, "nginx", "stableIngresses"),
        text(routing, "alb", "ingress"),
        ...texts(routing, "alb", "ingresses"),
    ];
    const named = (names: readonly (string | undefined)[], place: string) => names.flatMap((name) => (name === undefined ? [] : [`${place} ${name}`]));
    return [...named(ofGateway, where), ...named(ofIngress, namespace)];
}
