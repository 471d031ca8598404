import * as kubernetes from "@kubernetes/client-node";
import { execa } from "execa";
import { stringify } from "yaml";
import { z } from "zod";

import { kubeContext, labEnvironment, labLayout, readLabState } from "../../lab/api.ts";
import type { RolloutRecord } from "../../rollout/route/record.ts";
import { routeOf } from "../rollout/route/route.ts";

/** A namespace of its own in the running lab, with routes as the program writes them. */
export class TrialNamespace {
    readonly name: string;
    readonly kubeContext = kubeContext;
    readonly kubeconfigFile: string;
    readonly config = new kubernetes.KubeConfig();
    readonly #environment: Readonly<Record<string, string>>;

    private constructor(name: string, environment: Readonly<Record<string, string>>) {
        this.name = name;
        this.#environment = environment;
        this.kubeconfigFile = labLayout().kubeconfig;
        this.config.loadFromFile(this.kubeconfigFile);
        process.env.KUBECONFIG = this.kubeconfigFile;
    }

    /** Makes the namespace. @throws where the lab is not up. */
    static async create(purpose: string): Promise<TrialNamespace> {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        const namespace = new TrialNamespace(`${purpose}-${String(process.pid)}`, labEnvironment(labLayout(), state));
        await namespace.#kubectl(["create", "namespace", namespace.name]);
        return namespace;
    }

    /** Deletes it with everything in it, and does not wait for that. */
    async remove(): Promise<void> {
        await this.config.makeApiClient(kubernetes.CoreV1Api).deleteNamespace({ name: this.name });
    }

    /** Applies objects on the server's side, as Pulumi does, by force. */
    async apply(manager: string, ...objects: readonly object[]): Promise<void> {
        const text = objects.map((object) => stringify(object)).join("---\n");
        await this.#kubectl(["-n", this.name, "apply", "--server-side", "--force-conflicts", `--field-manager=${manager}`, "-f", "-"], text);
    }

    /** Applies objects that belong to no namespace. Whoever makes them takes them away. */
    async applyToCluster(...objects: readonly object[]): Promise<void> {
        const text = objects.map((object) => stringify(object)).join("---\n");
        await this.#kubectl(["apply", "--server-side", "--field-manager=test", "-f", "-"], text);
    }

    /** Applies the route `name` as the program writes it for `record`. */
    async applyRoute(record: RolloutRecord, { name = "api", labels = { app: "api" }, manager = "pulumi", testers = true }: RouteOptions = {}): Promise<void> {
        const { metadata, spec } = testers ? routeOf(record) : routeOf(record, {}, null);
        const route = { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata: { ...metadata, name, labels: { ...labels } }, spec };
        await this.apply(manager, route);
    }

    /** Changes the route by a JSON patch, under whatever name. */
    async patchRoute(body: readonly object[], manager = "by-hand", name = "api"): Promise<void> {
        await this.config.makeApiClient(kubernetes.CustomObjectsApi).patchNamespacedCustomObject({ ...this.routeQuery(name), body, fieldManager: manager });
    }

    /** What a gateway does all the time: it reports in the status. */
    async reportStatus(reason: string): Promise<void> {
        const condition = { type: "Accepted", status: "True", reason, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z" };
        const body = [
            {
                op: "add",
                path: "/status",
                value: { parents: [{ parentRef: { name: "gateway" }, controllerName: "example.com/gateway", conditions: [condition] }] },
            },
        ];
        await this.config
            .makeApiClient(kubernetes.CustomObjectsApi)
            .patchNamespacedCustomObjectStatus({ ...this.routeQuery("api"), body, fieldManager: "gateway" });
    }

    /** The route as the API server has it. */
    async route(name = "api"): Promise<z.infer<typeof routeSchema>> {
        return routeSchema.parse(await this.config.makeApiClient(kubernetes.CustomObjectsApi).getNamespacedCustomObject(this.routeQuery(name)));
    }

    /** The weights that users meet, by Service. */
    async weights(name = "api"): Promise<Readonly<Record<string, number>>> {
        const users = (await this.route(name)).spec.rules.at(-1);
        return Object.fromEntries((users?.backendRefs ?? []).map((backend) => [backend.name, backend.weight]));
    }

    async #kubectl(args: readonly string[], input = ""): Promise<void> {
        await execa("kubectl", args, { env: this.#environment, extendEnv: false, input });
    }

    private routeQuery(name: string) {
        return { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace: this.name, name };
    }
}

interface RouteOptions {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly manager?: string;
    /** False for a candidate that was rolled back: the program leads no tester to it. */
    readonly testers?: boolean;
}

const routeSchema = z.object({
    metadata: z.object({
        resourceVersion: z.string(),
        annotations: z.record(z.string(), z.string()).default({}),
        managedFields: z.array(z.unknown()).default([]),
    }),
    spec: z.object({ rules: z.array(z.looseObject({ backendRefs: z.array(z.looseObject({ name: z.string(), weight: z.number() })).default([]) })) }),
});
