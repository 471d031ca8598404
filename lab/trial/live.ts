import * as kubernetes from "@kubernetes/client-node";
import { z } from "zod";

import { labelKeys } from "../../service/label-keys.ts";
import { testerKeyEntry, testerKeySecretName } from "../../rollout/route/testers.ts";

/** A pod of a revision, as the API server has it. */
export interface LivePod {
    readonly name: string;
    readonly uid: string;
    readonly revision: string;
    readonly ready: boolean;
    /** ConfigMap and Secret that are mounted into it. */
    readonly configMapName: string | undefined;
    readonly secretName: string | undefined;
}

/** Bounds of a revision's autoscaler, and the number of pods that its Deployment asks for. */
export interface LiveScale {
    readonly minimum: number;
    readonly maximum: number;
    readonly replicas: number;
}

/** What is really there: reads the objects of one service from the API server, by other means than the program that made them. */
export class LiveService {
    readonly namespace: string;
    readonly service: string;
    readonly #config = new kubernetes.KubeConfig();

    constructor(kubeconfigFile: string, namespace: string, service: string) {
        this.#config.loadFromFile(kubeconfigFile);
        this.namespace = namespace;
        this.service = service;
    }

    /** A client of the API server, for whatever is not read here. */
    client<T extends kubernetes.ApiType>(api: new (configuration: kubernetes.Configuration) => T): T {
        return this.#config.makeApiClient(api);
    }

    /** A watch on the API server. It does not give up when nothing happens for a while. */
    watch(): kubernetes.Watch {
        const watch = new kubernetes.Watch(this.#config);
        // The limit is private in the types, and there is no option for it.
        Reflect.set(watch, "requestTimeoutMs", 3_600_000);
        return watch;
    }

    /** Weight of each revision in the rule that users meet; empty where there is no route. */
    async weights(): Promise<Readonly<Record<string, number>>> {
        const route = await this.route();
        const references = route?.spec.rules.at(-1)?.backendRefs ?? [];
        return Object.fromEntries(references.map(({ name, weight }) => [name.slice(this.service.length + 1), weight]));
    }

    /** What a tester's request must carry; undefined where nothing was made for testers. */
    async testerKey(): Promise<string | undefined> {
        const secret = { namespace: this.namespace, name: testerKeySecretName(this.service) };
        const found = await absentIsUndefined(this.client(kubernetes.CoreV1Api).readNamespacedSecret(secret));
        const encoded = found?.data?.[testerKeyEntry];
        return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
    }

    /** The HTTPRoute; undefined where there is none. */
    async route(): Promise<z.infer<typeof routeSchema> | undefined> {
        const found: unknown = await absentIsUndefined(this.client(kubernetes.CustomObjectsApi).getNamespacedCustomObject(this.routeQuery()));
        return found === undefined ? undefined : routeSchema.parse(found);
    }

    /** Deletes the route by hand: nobody reaches the service any more. */
    async deleteRoute(): Promise<void> {
        await absentIsUndefined(this.client(kubernetes.CustomObjectsApi).deleteNamespacedCustomObject(this.routeQuery()));
    }

    /** Changes the route's weights by hand, as an operator in a hurry would: with a patch that the program knows nothing of. */
    async patchWeights(weights: Readonly<Record<string, number>>): Promise<void> {
        const route = await this.route();
        const last = (route?.spec.rules.length ?? 0) - 1;
        const references = route?.spec.rules.at(-1)?.backendRefs ?? [];
        const body = references.flatMap(({ name }, index) => {
            const weight = weights[name.slice(this.service.length + 1)];
            return weight === undefined ? [] : [{ op: "replace", path: `/spec/rules/${String(last)}/backendRefs/${String(index)}/weight`, value: weight }];
        });
        await this.client(kubernetes.CustomObjectsApi).patchNamespacedCustomObject({ ...this.routeQuery(), body, fieldManager: "by-hand" });
    }

    /** Pods of all revisions that are not being deleted. */
    async pods(): Promise<readonly LivePod[]> {
        const pods = await this.client(kubernetes.CoreV1Api).listNamespacedPod({ namespace: this.namespace, labelSelector: labelKeys.revision });
        return pods.items
            .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
            .map(({ metadata, spec, status }) => ({
                name: metadata?.name ?? "",
                uid: metadata?.uid ?? "",
                revision: metadata?.labels?.[labelKeys.revision] ?? "",
                ready: status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
                configMapName: spec?.volumes?.find(({ configMap }) => configMap !== undefined)?.configMap?.name,
                secretName: spec?.volumes?.find(({ secret }) => secret !== undefined)?.secret?.secretName,
            }));
    }

    /** Number of ready pods of each revision. */
    async readyPods(): Promise<Readonly<Record<string, number>>> {
        const counts: Record<string, number> = {};
        for (const { revision, ready } of await this.pods()) {
            counts[revision] = (counts[revision] ?? 0) + (ready ? 1 : 0);
        }
        return counts;
    }

    /** Autoscaler and Deployment of a revision. @throws where one of them is missing. */
    async scale(revision: string): Promise<LiveScale> {
        const query = { namespace: this.namespace, name: `${this.service}-${revision}` };
        const [autoscaler, deployment] = await Promise.all([
            this.client(kubernetes.AutoscalingV2Api).readNamespacedHorizontalPodAutoscaler(query),
            this.client(kubernetes.AppsV1Api).readNamespacedDeployment(query),
        ]);
        return {
            minimum: autoscaler.spec.minReplicas ?? 1,
            maximum: autoscaler.spec.maxReplicas,
            replicas: deployment.spec?.replicas ?? 1,
        };
    }

    /** Scales a revision's Deployment by hand, through the same subresource as `kubectl scale`. */
    async scaleByHand(revision: string, replicas: number): Promise<void> {
        await this.client(kubernetes.AppsV1Api).patchNamespacedDeploymentScale({
            namespace: this.namespace,
            name: `${this.service}-${revision}`,
            body: [{ op: "replace", path: "/spec/replicas", value: replicas }],
            fieldManager: "by-hand",
        });
    }

    /** Deletes a pod, as a node failure would. */
    async deletePod(name: string): Promise<void> {
        await this.client(kubernetes.CoreV1Api).deleteNamespacedPod({ namespace: this.namespace, name });
    }

    /** Data of a ConfigMap. */
    async configMap(name: string): Promise<Readonly<Record<string, string>>> {
        return (await this.client(kubernetes.CoreV1Api).readNamespacedConfigMap({ namespace: this.namespace, name })).data ?? {};
    }

    /** Names of cert-manager's certificates in a namespace. */
    async certificates(namespace: string): Promise<readonly string[]> {
        const query = { group: "cert-manager.io", version: "v1", plural: "certificates", namespace };
        const found: unknown = await this.client(kubernetes.CustomObjectsApi).listNamespacedCustomObject(query);
        return listSchema.parse(found).items.map(({ metadata }) => metadata.name);
    }

    /** Whether the namespace is there. */
    async namespaceExists(): Promise<boolean> {
        return (await absentIsUndefined(this.client(kubernetes.CoreV1Api).readNamespace({ name: this.namespace }))) !== undefined;
    }

    private routeQuery(): { readonly group: string; readonly version: string; readonly plural: string; readonly namespace: string; readonly name: string } {
        return { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace: this.namespace, name: this.service };
    }
}

const listSchema = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

const routeSchema = z.object({
    metadata: z.object({ resourceVersion: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
    spec: z.object({ rules: z.array(z.object({ backendRefs: z.array(z.object({ name: z.string(), weight: z.number() })).default([]) })) }),
});

async function absentIsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof kubernetes.ApiException && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}
