import { AppsV1Api, CoreV1Api, type V1Deployment } from "@kubernetes/client-node";
import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { applyManifest, clientOf, defineCustomResources } from "../cluster.ts";
import { customResourceDefinitions } from "../definitions.ts";
import { getOk } from "../http.ts";
import type { LabLayout } from "../layout.ts";
import { listOf, manifestFile } from "../manifests.ts";
import { bringImages } from "../nodes/images.ts";
import { addGatewayScrape, podTargets } from "../prometheus.ts";
import { writeSecretFile } from "../secret-file.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Lab, Service } from "./service.ts";

/** Namespace of Envoy Gateway and of the Gateway `public` that it serves. */
export const envoyGatewayNamespace = "envoy-gateway-system";

/** Job under which the lab's Prometheus scrapes its Envoys. */
export const secondGatewayJob = "second-gateway";

/** Label of the pods that Envoy Gateway makes for the Gateway. */
const envoyLabel = "gateway.envoyproxy.io/owning-gateway-name=public";

/** Images of such a pod: Envoy, and beside it what drains it before it ends. The first name is in manifests/envoy-gateway.yaml too. */
const envoyImage = "lab.example.com/envoy:local";
const shutdownImage = "lab.example.com/envoy-gateway:local";

/**
 * The control plane of the lab's second gateway, Envoy Gateway. It is started on demand, beside Contour, for what is to be shown on more than one gateway.
 * Its ports and the folder of its certificates are fixed in the program: so it runs in the lab's network, and in a root folder of its own. On real nodes it makes pods for its Envoy, and is
 * ready when they are.
 */
export const envoyGateway: Service = {
    name: "envoy-gateway",
    onDemand: ["envoy-gateway", "envoy-gateway-crds"],
    needs: ["kube-apiserver", "crossing", "prometheus"],
    after: ["network", "cluster objects"],
    inside: true,
    readyWithinMs: 120_000,
    prepare: async (lab) => {
        await defineCustomResources(lab, await customResourceDefinitions("envoy-gateway-crds"));
        await applyManifest(lab, "-", listOf([{ apiVersion: "v1", kind: "Namespace", metadata: { name: envoyGatewayNamespace } }]));
        await applyManifest(lab, manifestFile("envoy-gateway.yaml"));
        if (lab.state.nodes === "real") {
            await prepareForPods(lab);
        } else {
            // One of a former run would tell nothing of this one: its Envoy, started before Envoy Gateway knows what to send, hears nothing for minutes.
            await clientOf(lab.layout).makeApiClient(AppsV1Api).deleteCollectionNamespacedDeployment({ namespace: envoyGatewayNamespace });
        }
        await prepareRoot(lab);
    },
    command: ({ layout }) => ({
        file: "chroot",
        workingDirectory: layout.data,
        args: [rootFolder(layout), "/envoy-gateway", "server", "--config-path=/config.yaml"],
        environment: { KUBECONFIG: "/kubeconfig" },
    }),
    check: async ({ layout, state }) => {
        await getOk(healthUrlInside, { proxy: `http://127.0.0.1:${String(state.ports.podProxy)}` });
        if (state.nodes === "real") {
            const { spec, status } = await deploymentOfEnvoy(layout);
            if (status?.availableReplicas !== spec?.replicas) {
                throw new Error(
                    `${String(status?.availableReplicas ?? 0)} of ${String(spec?.replicas)} pods of Envoy are available: kubectl -n ${envoyGatewayNamespace} describe pods`,
                );
            }
        }
    },
};

/** What pods of Envoy need: their images, the way to the control plane, and a Prometheus that finds them. */
async function prepareForPods(lab: Lab): Promise<void> {
    const images = new Map([
        ["envoy", envoyImage],
        ["envoy-gateway", shutdownImage],
    ] as const);
    await bringImages(lab, images, (line) => {
        process.stderr.write(`images: ${line}\n`);
    });
    await applyManifest(lab, manifestFile("envoy-gateway-pods.yaml"));
    await addGatewayScrape(lab.layout, lab.state, secondGatewayJob, podTargets(lab.layout, lab.state, envoyLabel));
}

/** The Deployment that Envoy Gateway makes for its Envoy. @throws Error while there is none. */
export async function deploymentOfEnvoy(layout: LabLayout): Promise<V1Deployment> {
    const { items } = await clientOf(layout).makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace: envoyGatewayNamespace, labelSelector: envoyLabel });
    const [deployment] = items;
    if (deployment === undefined) {
        throw new Error(`namespace ${envoyGatewayNamespace} has no Deployment for the Gateway 'public'`);
    }
    return deployment;
}

const healthUrlInside = "http://127.0.0.1:8081/readyz";

/** Writes certificate, key and authority by which Envoy and its control plane know each other, as `tls.crt`, `tls.key` and `ca.crt`. Envoy Gateway makes them, in Secrets of its namespace. */
export async function writeCertificates(layout: LabLayout, secret: "envoy" | "envoy-gateway", folder: string): Promise<void> {
    const { data = {} } = await clientOf(layout).makeApiClient(CoreV1Api).readNamespacedSecret({ namespace: envoyGatewayNamespace, name: secret });
    await mkdir(folder, { recursive: true });
    for (const [file, encoded] of Object.entries(data)) {
        writeSecretFile(join(folder, file), Buffer.from(encoded, "base64").toString("utf8"));
    }
}

/** Folder of all that belongs to the second gateway. */
export function homeFolder({ data }: LabLayout): string {
    return join(data, "envoy-gateway");
}

function rootFolder(layout: LabLayout): string {
    return join(homeFolder(layout), "root");
}

/** Makes the folder that the program takes for the root: itself, its config and its certificates. It needs no library. */
async function prepareRoot({ layout }: Lab): Promise<void> {
    const root = rootFolder(layout);
    if (existsSync(root)) {
        return;
    }
    const draft = `${root}.draft`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(join(draft, "tmp"), { recursive: true });
    await execa(toolPath("envoy-gateway"), ["certgen", "--disable-topology-injector"], { env: { KUBECONFIG: layout.kubeconfig } });
    await writeCertificates(layout, "envoy-gateway", join(draft, "certs"));
    await copyFile(toolPath("envoy-gateway"), join(draft, "envoy-gateway"), constants.COPYFILE_FICLONE);
    await copyFile(layout.kubeconfig, join(draft, "kubeconfig"));
    await writeFile(join(draft, "config.yaml"), stringify(configuration));
    await rename(draft, root);
}

/** @see https://gateway.envoyproxy.io/docs/api/extension_types/#envoygateway */
const configuration = {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
    logging: { level: { default: "warn" } },
    // Its defaults for both are ports that its Envoy has too, in a pod of its own.
    admin: { address: { host: "127.0.0.1", port: 19_010 } },
    telemetry: { metrics: { prometheus: { disable: true } } },
    provider: {
        type: "Kubernetes",
        kubernetes: {
            leaderElection: { disable: true },
            shutdownManager: { image: shutdownImage },
            client: { rateLimit: { qps: 200, burst: 400 } },
            // A webhook that tells Envoy the zone of its node.
            proxyTopologyInjector: { disabled: true },
        },
    },
};
