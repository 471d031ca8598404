import type { PrometheusClient } from "../../gate/live/prometheus.ts";
import type { ApiServer } from "../../kubernetes/api-server.ts";
import type { TimedRoute } from "../../kubernetes/cluster-reader.ts";
import type { LivePod } from "../../gate/live/evidence/pod-reader.ts";
import type { TesterAccess } from "../../route/live/tester-access.ts";
import type { LabelledRoute } from "../../route/route-spec.ts";
import type { MetricsConfig } from "../../settings/metrics.ts";
import type { GatewayConfig } from "../../settings/gateway.ts";
import type { Environment } from "../../settings/environment.ts";
import type { ServiceMetrics } from "../../gate/service-metrics.ts";
import type { Login } from "../../preflight/live/context.ts";
import type { ClusterNeeds } from "../needs.ts";
import type { TrafficOutlook } from "../../gate/forecast.ts";
import { readOnce } from "./once.ts";

/** What a run of the doctor looks at. */
export interface DoctorContext {
    readonly namespace: string;
    readonly service: string;
    readonly hostname: string;
    readonly gateway: LabelledRoute["gateway"] & Pick<GatewayConfig, "testers">;
    readonly metrics: MetricsConfig | undefined;
    /** Path of the service that a GET with no side effect answers. */
    readonly path: string;
    readonly api: ApiServer;
    readonly testers: TesterAccess;
    /** Undefined where the stack names no Prometheus. */
    readonly prometheus: PrometheusClient | undefined;
    readonly readStep: () => Promise<TimedRoute>;
    readonly pods: (revision: string) => Promise<readonly LivePod[]>;
    readonly environment: Environment;
    /** What the program needs of a cluster. */
    readonly needs: ClusterNeeds;
    /** What the service's pods show. @default what every service is taken to show */
    readonly serviceMetrics: ServiceMetrics | undefined;
    /** Whom the config names, as the API server names them. */
    readonly people: Readonly<Record<"deployers" | "operators" | "approvers", readonly string[]>>;
    /** Undefined where the stack has no watchdog. */
    readonly watchdogImage: string | undefined;
    /** Login at a registry, by its host. Undefined: anonymous. */
    readonly registryLogin: (host: string) => Promise<Login | undefined>;
    readonly gatesKind: "full" | "order-only";
    /** What users do, and whether each step's gate can be shown at that. @throws where it can't be read. */
    readonly outlook: () => Promise<TrafficOutlook>;
}

/** What several checks read of the cluster, each asked for once in a run. Undefined for an object that is not there. @throws where it can't be read. */
export interface DoctorObjects {
    readonly gateway: () => Promise<unknown>;
    readonly gatewayClass: () => Promise<unknown>;
    readonly route: () => Promise<unknown>;
    readonly step: () => Promise<TimedRoute>;
    readonly namespaceLabels: () => Promise<Readonly<Record<string, string>> | undefined>;
}

/** The objects of a run. Sends no request yet. */
export function objectsOf({ api, namespace, service, gateway, readStep }: DoctorContext): DoctorObjects {
    const inGroup = { group: "gateway.networking.k8s.io", version: "v1" };
    const custom = (query: { readonly plural: string; readonly namespace: string; readonly name: string }) =>
        readOnce(async () => (await api.find<unknown>((apis, options) => apis.custom.getNamespacedCustomObject({ ...inGroup, ...query }, options))).value);
    const own = custom({ plural: "gateways", namespace: gateway.namespace, name: gateway.name });
    return {
        gateway: own,
        gatewayClass: readOnce(async () => {
            const name = classNameOf(await own());
            return name === undefined
                ? undefined
                : (await api.find<unknown>((apis, options) => apis.custom.getClusterCustomObject({ ...inGroup, plural: "gatewayclasses", name }, options)))
                      .value;
        }),
        route: custom({ plural: "httproutes", namespace, name: service }),
        step: readOnce(readStep),
        namespaceLabels: readOnce(async () => {
            const { value } = await api.find(({ core }, options) => core.readNamespace({ name: namespace }, options));
            // Before the first deployment there is none. Kubernetes will give it this label.
            return value === undefined ? { "kubernetes.io/metadata.name": namespace } : (value.metadata?.labels ?? {});
        }),
    };
}

/** Name of a Gateway's class; undefined where there is no such Gateway. */
export function classNameOf(gateway: unknown): string | undefined {
    const spec = gateway !== null && typeof gateway === "object" && "spec" in gateway ? gateway.spec : undefined;
    return spec !== null && typeof spec === "object" && "gatewayClassName" in spec && typeof spec.gatewayClassName === "string"
        ? spec.gatewayClassName
        : undefined;
}
