import { createServer } from "node:http";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesObject, V1PersistentVolume, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { ApiException, CoreV1Api, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { wordsOf } from "../../rollout/words.ts";
import { certificateAuthorityOf } from "../credentials.ts";
import { postJson } from "../http.ts";
import { labLayout } from "../layout.ts";
import type { LabState } from "../state.ts";
import { readLabState } from "../state.ts";
import { realNodes } from "./plan.ts";

/*
 * The lab's provisioner of volumes. Once the scheduler has chosen a node for the first pod of a claim, it makes a folder there and a `local` volume of it: with those, the kubelet
 * applies the pod's fsGroup. When the claim is gone, the folder goes. The requested size is not enforced, as with every `local` volume.
 */
const provisioner = "lab.example.com/volumes";
const storageClass = "lab";
const [, , checkout = "", port = ""] = process.argv;
const layout = labLayout(checkout);
const state = knownState();
const server = `https://127.0.0.1:${String(state.ports.kubeApiserver)}`;
const nodes = new Map(realNodes(layout).map((node) => [node.name, node]));
const cluster = new KubeConfig();
cluster.loadFromFile(layout.kubeconfig);
const api = cluster.makeApiClient(CoreV1Api);

function knownState(): LabState {
    const known = readLabState(layout);
    if (known === undefined) {
        throw new Error(`no lab was started in ${layout.checkout}`);
    }
    return known;
}

async function provide(claim: V1PersistentVolumeClaim): Promise<void> {
    const { metadata, spec } = claim;
    const nodeName = metadata?.annotations?.["volume.kubernetes.io/selected-node"];
    const node = nodeName === undefined ? undefined : nodes.get(nodeName);
    if (spec?.storageClassName !== storageClass || spec.volumeName !== undefined || node === undefined || metadata?.uid === undefined) {
        return;
    }
    const name = `pvc-${metadata.uid}`;
    const path = join(node.folder, "volumes", name);
    await mkdir(path, { recursive: true, mode: 0o777 });
    const volume = {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": provisioner } },
        spec: {
            accessModes: spec.accessModes ?? ["ReadWriteOnce"],
            capacity: { storage: spec.resources?.requests?.storage ?? "1Gi" },
            claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name: metadata.name ?? "", namespace: metadata.namespace ?? "", uid: metadata.uid },
            local: { path },
            nodeAffinity: {
                required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node.name] }] }] },
            },
            persistentVolumeReclaimPolicy: "Delete",
            storageClassName: storageClass,
            volumeMode: "Filesystem",
        },
    };
    const { status, body } = await postJson(`${server}/api/v1/persistentvolumes`, volume, {
        certificateAuthority: certificateAuthorityOf(layout),
        bearerToken: state.tokens.admin,
    });
    if (status !== 201 && status !== 409) {
        throw new Error(`the API server answered ${String(status)}: ${body.slice(0, 300)}`);
    }
}

async function remove(volume: V1PersistentVolume): Promise<void> {
    const { metadata, spec, status } = volume;
    if (status?.phase !== "Released" || metadata?.annotations?.["pv.kubernetes.io/provisioned-by"] !== provisioner || metadata.name === undefined) {
        return;
    }
    await rm(spec?.local?.path ?? "", { recursive: true, force: true });
    await api.deletePersistentVolume({ name: metadata.name });
}

/** Hands each object over, now and whenever it changes. What fails is said, and tried again at the next change, or when all are listed anew. */
function follow<T extends KubernetesObject>(path: string, list: () => Promise<{ items: T[] }>, act: (object: T) => Promise<void>): void {
    const informer = makeInformer(cluster, path, list);
    const take = (object: T): void => {
        act(object).catch((error: unknown) => {
            // It was removed at an earlier change.
            if (!(error instanceof ApiException && error.code === 404)) {
                console.error(`${object.metadata?.name ?? "?"}: ${wordsOf(error)}`);
            }
        });
    };
    informer.on("add", take);
    informer.on("update", take);
    informer.on("error", (error) => {
        console.error(wordsOf(error));
        setTimeout(() => void informer.start(), 1_000);
    });
    void informer.start();
}

follow("/api/v1/persistentvolumeclaims", () => api.listPersistentVolumeClaimForAllNamespaces(), provide);
follow("/api/v1/persistentvolumes", () => api.listPersistentVolume(), remove);
createServer((_, answer) => answer.end("ok\n")).listen(Number(port), "127.0.0.1");
