import { CoreV1Api, type KubeConfig, type V1Pod } from "@kubernetes/client-node";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { defined } from "../../rollout/defined.ts";
import type { PrometheusClient } from "../../rollout/gate/live/prometheus.ts";
import { wordsOf } from "../../rollout/words.ts";
import { type MeasuredPod, podMetrics, type PodMetrics, useQueries } from "./pod-metrics.ts";

const group = "/apis/metrics.k8s.io/v1beta1";

/** What clients may ask this API for: what `kubectl api-resources` and the autoscaler look at first. */
const resources = {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: "metrics.k8s.io/v1beta1",
    resources: [{ name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] }],
};

/** Describes nothing. Without it the API server asks for it again and again. */
const emptyDescription = { swagger: "2.0", info: { title: "resource metrics", version: "v1beta1" }, paths: {} };

/**
 * Serves Kubernetes' resource metrics of pods (metrics.k8s.io) from what Prometheus knows of their processes, for autoscalers and `kubectl top pods`. In a cluster, metrics-server does
 * this from the kubelets; here no kubelet has seen a process. Without an answer of Prometheus it says 503, and an autoscaler leaves the number of pods alone.
 */
export function serveResourceMetrics(options: {
    readonly cluster: KubeConfig;
    readonly prometheus: PrometheusClient;
    readonly tls: ServerOptions;
    readonly port: number;
}): void {
    const api = options.cluster.makeApiClient(CoreV1Api);
    createServer(options.tls, (incoming, answer) => {
        respond(api, options.prometheus, incoming)
            .catch((error: unknown): Reply => ({ status: 503, body: status(503, wordsOf(error)) }))
            .then(
                ({ status: code, body }) => {
                    answerJson(answer, code, body);
                },
                () => answer.destroy(),
            );
    }).listen(options.port, "127.0.0.1");
}

/** Pods of all namespaces, pods of one, or one pod. */
const podsPath = new RegExp(`^${group}(?:/namespaces/([^/]+))?/pods(?:/([^/]+))?$`);

interface Reply {
    readonly status: number;
    readonly body: unknown;
}

async function respond(api: CoreV1Api, prometheus: PrometheusClient, incoming: IncomingMessage): Promise<Reply> {
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "https://localhost");
    if (pathname === group) {
        return { status: 200, body: resources };
    }
    if (pathname === "/openapi/v2") {
        return { status: 200, body: emptyDescription };
    }
    const path = podsPath.exec(pathname);
    if (path === null) {
        return { status: 404, body: status(404, `there is nothing at ${pathname}`) };
    }
    const [, namespace, name] = path;
    const selector = { labelSelector: searchParams.get("labelSelector") ?? "", fieldSelector: name === undefined ? "" : `metadata.name=${name}` };
    const { items } = await (namespace === undefined ? api.listPodForAllNamespaces(selector) : api.listNamespacedPod({ namespace, ...selector }));
    const metrics = await measure(prometheus, namespace, items.map(measuredPod));
    if (name === undefined) {
        return { status: 200, body: { kind: "PodMetricsList", apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items: metrics } };
    }
    return metrics[0] === undefined ? { status: 404, body: status(404, `nothing was measured of pod ${name}`) } : { status: 200, body: metrics[0] };
}

async function measure(prometheus: PrometheusClient, namespace: string | undefined, pods: readonly MeasuredPod[]): Promise<readonly PodMetrics[]> {
    const queries = useQueries(namespace);
    const [cpuCores, memoryBytes] = await Promise.all([values(prometheus, queries.cpuCores), values(prometheus, queries.memoryBytes)]);
    const useOf = ({ namespace: of, name }: MeasuredPod): { readonly cpuCores?: number; readonly memoryBytes?: number } => {
        const [cpu, memory] = [cpuCores.get(`${of}/${name}`), memoryBytes.get(`${of}/${name}`)];
        return defined({ cpuCores: cpu, memoryBytes: memory });
    };
    return podMetrics(pods, useOf, new Date());
}

/** A query's values by `namespace/pod`. @throws Error where Prometheus gives no answer. */
async function values(prometheus: PrometheusClient, query: string): Promise<ReadonlyMap<string, number>> {
    const answer = await prometheus.vector(query);
    if (answer.kind === "missing") {
        throw new Error(answer.reason);
    }
    return new Map(answer.value.map(({ labels, value }) => [`${labels.namespace ?? ""}/${labels.pod ?? ""}`, value]));
}

function measuredPod({ metadata, spec }: V1Pod): MeasuredPod {
    const containers = spec?.containers ?? [];
    const shown = containers.find(({ ports }) => ports?.some(({ name }) => name === "metrics")) ?? containers[0];
    return { namespace: metadata?.namespace ?? "", name: metadata?.name ?? "", labels: metadata?.labels ?? {}, container: shown?.name ?? "" };
}

/** An error as Kubernetes words it. */
function status(code: number, message: string): unknown {
    return { kind: "Status", apiVersion: "v1", status: "Failure", code, message };
}

function answerJson(answer: ServerResponse, code: number, body: unknown): void {
    answer.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}
