import { AppsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import { rmdir } from "node:fs/promises";
import { z } from "zod";
import { wordsOf } from "../rollout/words.ts";
import { certificateAuthorityOf } from "./credentials.ts";
import type { CustomResourceDefinition } from "./definitions.ts";
import { customResourceDefinitions } from "./definitions.ts";
import type { EndpointOptions } from "./http.ts";
import { getOk, postJson } from "./http.ts";
import type { LabLayout } from "./layout.ts";
import { listOf, manifestFile, nodeObject, simulatedNodes } from "./manifests.ts";
import { outsideObjects, outsidePods, outsideStatus } from "./nodes/outside-pods.ts";
import { realNodes, zones } from "./nodes/plan.ts";
import type { Lab } from "./services/service.ts";
import { toolPath } from "./toolchain/paths.ts";
import { waitUntil } from "./wait.ts";

/** Folder of Kubernetes' own hostPath provisioner; it can't be set. */
const hostPathFolder = "/tmp/hostpath_pv/";

const resourceListSchema = z.object({ resources: z.array(z.object({ name: z.string() })) });

/** Gives the bare API server what a cluster has: nodes, a storage class, custom resource definitions, the public gateway, an issuer. */
export async function furnishCluster(lab: Lab): Promise<string> {
    if (await isFurnished(lab)) {
        return "already there";
    }
    const [definitions] = await Promise.all([
        customResourceDefinitions().then((definitions) => defineCustomResources(lab, definitions)),
        applyManifest(lab, manifestFile("cluster.yaml")),
        furnishNodes(lab),
    ]);
    await applyManifest(lab, manifestFile("extensions.yaml"));
    return `${String(definitions)} custom resource definitions`;
}

/** The nodes, and what differs with their kind. */
async function furnishNodes(lab: Lab): Promise<void> {
    if (lab.state.nodes === "simulated") {
        await Promise.all([applyManifest(lab, manifestFile("simulated-nodes.yaml")), applyManifest(lab, "-", listOf(simulatedNodes()))]);
        return;
    }
    const objects = realNodes(lab.layout).map(({ name, zone, podRange }) => ({
        ...nodeObject(name, zone, "real"),
        spec: { podCIDR: podRange, podCIDRs: [podRange] },
    }));
    await Promise.all([applyManifest(lab, manifestFile("real-nodes.yaml")), applyManifest(lab, "-", listOf(objects))]);
}

/**
 * Sends all definitions at once, so that the API server works out what it serves a few times and not once for each. Returns how many there are, when all are served.
 * They go as they are: the client library's model of a definition drops the fields whose names start with `x-kubernetes-`.
 */
export async function defineCustomResources(lab: Lab, definitions: readonly CustomResourceDefinition[]): Promise<number> {
    const server = `https://127.0.0.1:${String(lab.state.ports.kubeApiserver)}`;
    const options = { certificateAuthority: certificateAuthorityOf(lab.layout), bearerToken: lab.state.tokens.admin, withinMs: 60_000 };
    await Promise.all(
        definitions.map(async (definition) => {
            const { status, body } = await postJson(`${server}/apis/apiextensions.k8s.io/v1/customresourcedefinitions`, definition, options);
            if (status !== 201 && status !== 409) {
                throw new Error(`custom resource definition ${definition.metadata.name}: the API server answered ${String(status)}: ${body.slice(0, 300)}`);
            }
        }),
    );
    await waitUntil(
        async () => {
            const served = await servedResources(server, options, definitions);
            const missing = definitions.filter((definition) => !served.has(`${definition.spec.names.plural}.${definition.spec.group}`));
            if (missing.length > 0) {
                throw new Error(`not served yet: ${missing.map(({ metadata }) => metadata.name).join(", ")}`);
            }
        },
        { what: "custom resource definitions", withinMs: 60_000, everyMs: 250 },
    );
    return definitions.length;
}

/** What the API server tells clients that it serves, of the groups of these definitions: `plural.group`. Much smaller than the list of definitions itself. */
async function servedResources(server: string, options: EndpointOptions, definitions: readonly CustomResourceDefinition[]): Promise<ReadonlySet<string>> {
    const groupVersions = new Set(definitions.flatMap(({ spec }) => spec.versions.filter(({ served }) => served).map(({ name }) => `${spec.group}/${name}`)));
    const lists = await Promise.all(
        [...groupVersions].map(async (groupVersion) => {
            const { resources } = resourceListSchema.parse(JSON.parse(await getOk(`${server}/apis/${groupVersion}`, options)));
            return resources.map(({ name }) => `${name}.${groupVersion.slice(0, groupVersion.indexOf("/"))}`);
        }),
    );
    return new Set(lists.flat());
}

/** Waits until every node can take pods: its kubelet, or kwok, has reported it ready and the controller manager has lifted the taint of a new node. */
export async function waitForNodes(lab: Lab): Promise<string> {
    const api = clientOf(lab.layout).makeApiClient(CoreV1Api);
    return waitUntil(
        async () => {
            const { items } = await api.listNode();
            const usable = items.filter(
                (node) =>
                    (node.spec?.taints ?? []).length === 0 && (node.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True"),
            );
            if (items.length === 0 || usable.length < items.length) {
                throw new Error(`${String(usable.length)} of ${String(items.length)} nodes are ready`);
            }
            await api.readNamespacedServiceAccount({ name: "default", namespace: "default" });
            if (lab.state.nodes === "real") {
                await namesAreServed(lab);
            }
            if (lab.state.enforcesPolicies) {
                await standInForOutsidePods(lab, api);
            }
            return `${String(items.length)} ${lab.state.nodes} nodes in ${String(zones.length)} zones`;
        },
        { what: "nodes", withinMs: 60_000 },
    );
}

/** @throws Error while a namespace has no service account yet. */
async function standInForOutsidePods(lab: Lab, api: CoreV1Api): Promise<void> {
    await applyManifest(lab, "-", listOf(outsideObjects));
    for (const pod of outsidePods) {
        await api.patchNamespacedPodStatus({ ...pod, body: [{ op: "replace", path: "/status", value: outsideStatus }] });
    }
}

/** @throws Error while pods can't look names up. */
async function namesAreServed({ layout }: Lab): Promise<void> {
    const { spec, status } = await clientOf(layout).makeApiClient(AppsV1Api).readNamespacedDeployment({ name: "coredns", namespace: "kube-system" });
    if (status?.availableReplicas !== spec?.replicas) {
        throw new Error(
            `${String(status?.availableReplicas ?? 0)} of ${String(spec?.replicas)} pods of CoreDNS are available: kubectl -n kube-system describe pods`,
        );
    }
}

/** Folders that the provisioner made on this machine, for a clean end. Empty where the API server does not answer. */
export async function volumeFolders(layout: LabLayout): Promise<readonly string[]> {
    try {
        const { items } = await clientOf(layout).makeApiClient(CoreV1Api).listPersistentVolume();
        return items.map((volume) => volume.spec?.hostPath?.path ?? "").filter((path) => path.startsWith(hostPathFolder));
    } catch {
        return [];
    }
}

/** Removes those folders. Pods are simulated, so they are empty; one that is not is left alone. */
export async function removeVolumeFolders(folders: readonly string[]): Promise<void> {
    await Promise.allSettled(folders.map((folder) => rmdir(folder)));
}

/** The issuer is applied last: with it, all is there. */
async function isFurnished({ layout }: Lab): Promise<boolean> {
    try {
        await clientOf(layout)
            .makeApiClient(CustomObjectsApi)
            .getClusterCustomObject({ group: "cert-manager.io", version: "v1", plural: "clusterissuers", name: "lab-issuer" });
        return true;
    } catch {
        return false;
    }
}

/** Applies a file, or with "-" the text that is given; what is there already is brought up to date. @throws Error where the API server refuses. */
export async function applyManifest({ layout }: Lab, file: string, input = ""): Promise<void> {
    try {
        await execa(
            toolPath("kubectl"),
            [`--kubeconfig=${layout.kubeconfig}`, "apply", "--server-side", "--force-conflicts", "--validate=false", "--filename", file],
            {
                input,
                timeout: 60_000,
            },
        );
    } catch (error) {
        throw new Error(`the cluster's basic objects could not be made: ${wordsOf(error)}`, { cause: error });
    }
}

/** A client of a lab's API server, as its administrator. */
export function clientOf(layout: LabLayout): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(layout.kubeconfig);
    return config;
}
