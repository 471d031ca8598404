import * as kubernetes from "@kubernetes/client-node";
import { X509Certificate } from "node:crypto";
import { connect, createServer } from "node:tls";
import { z } from "zod";

import { waitUntil } from "../../lab/wait.ts";
import { listening } from "../helpers/listening.ts";

const conditionSchema = z.object({ type: z.string(), status: z.string(), reason: z.string().default(""), message: z.string().default("") });
const statusSchema = z.object({
    metadata: z.object({ name: z.string() }),
    status: z.object({ conditions: z.array(conditionSchema).default([]) }).default({ conditions: [] }),
});

/** How cert-manager says that an object of its own does. */
export type Condition = z.infer<typeof conditionSchema>;

/** What cert-manager wrote for a Certificate. */
export interface Issued {
    /** The Secret's own identity: another one means that it was made anew. */
    readonly secretUid: string;
    readonly secretType: string;
    /** `tls.crt`, `tls.key` and `ca.crt`, PEM. */
    readonly chain: string;
    readonly key: string;
    readonly authority: string;
    readonly serialNumber: string;
}

/** cert-manager's objects in a namespace of a cluster, and the Secrets that it writes. */
export class IssuedCertificates {
    readonly #config: kubernetes.KubeConfig;
    readonly #namespace: string;

    constructor(config: kubernetes.KubeConfig, namespace: string) {
        this.#config = config;
        this.#namespace = namespace;
    }

    /** Waits until the Certificate `name` is ready, and reads the Secret `name`. After a renewal: until it is another one than `before`. */
    async ready(name: string, before?: Issued): Promise<Issued> {
        return waitUntil(
            async () => {
                const { status } = await this.#certificate(name);
                const issuing = status.conditions.find(({ type }) => type === "Issuing");
                if (conditionOf(status.conditions, "Ready").status !== "True" || issuing?.status === "True") {
                    throw new Error(JSON.stringify(status.conditions));
                }
                const now = await this.#secret(name);
                if (now.serialNumber === before?.serialNumber) {
                    throw new Error("it is still the same");
                }
                return now;
            },
            { what: `the certificate ${name}`, withinMs: 30_000 },
        );
    }

    async #secret(name: string): Promise<Issued> {
        const {
            data = {},
            metadata,
            type = "",
        } = await this.#config.makeApiClient(kubernetes.CoreV1Api).readNamespacedSecret({ name, namespace: this.#namespace });
        const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
        const chain = text("tls.crt");
        return {
            secretUid: metadata?.uid ?? "",
            secretType: type,
            chain,
            key: text("tls.key"),
            authority: text("ca.crt"),
            serialNumber: new X509Certificate(chain).serialNumber,
        };
    }

    /** Names of the namespace's Secrets. */
    async secrets(): Promise<readonly string[]> {
        const { items } = await this.#config.makeApiClient(kubernetes.CoreV1Api).listNamespacedSecret({ namespace: this.#namespace });
        return items.map(({ metadata }) => metadata?.name ?? "");
    }

    /** The condition `Ready` of a Certificate. @throws where it has none yet. */
    async readiness(name: string): Promise<Condition> {
        return conditionOf((await this.#certificate(name)).status.conditions, "Ready");
    }

    /** The condition `Ready` of the one request of the Certificate. @throws where there is none yet. */
    async requestReadiness(certificate: string): Promise<Condition> {
        const found = z
            .object({ items: z.array(statusSchema) })
            .parse(await this.#objects().listNamespacedCustomObject({ ...group, plural: "certificaterequests", namespace: this.#namespace }));
        const [request] = found.items.filter(({ metadata }) => metadata.name.startsWith(`${certificate}-`));
        return conditionOf(request?.status.conditions ?? [], "Ready");
    }

    /** Asks for a renewal now, as `cmctl renew` does: by the condition `Issuing` (https://cert-manager.io/docs/reference/cmctl/#renew). */
    async renew(name: string): Promise<void> {
        const condition = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "Certificate re-issuance manually triggered" };
        await this.#objects().patchNamespacedCustomObjectStatus({
            ...this.#query(name),
            body: [{ op: "add", path: "/status/conditions/-", value: { ...condition, lastTransitionTime: new Date().toISOString() } }],
        });
    }

    async #certificate(name: string): Promise<z.infer<typeof statusSchema>> {
        return statusSchema.parse(await this.#objects().getNamespacedCustomObject(this.#query(name)));
    }

    #query(name: string) {
        return { ...group, plural: "certificates", namespace: this.#namespace, name };
    }

    #objects(): kubernetes.CustomObjectsApi {
        return this.#config.makeApiClient(kubernetes.CustomObjectsApi);
    }
}

const group = { group: "cert-manager.io", version: "v1" } as const;

function conditionOf(conditions: readonly Condition[], wanted: string): Condition {
    const condition = conditions.find(({ type }) => type === wanted);
    if (condition === undefined) {
        throw new Error(`no condition ${wanted} yet`);
    }
    return condition;
}

/**
 * Connects to a server that has the certificate, as a client that trusts `authority` alone and calls the server `hostname`.
 * @throws Error of the client, where it refuses the certificate.
 */
export async function handshake({ chain, key }: Issued, hostname: string, authority: string): Promise<void> {
    const server = createServer({ cert: chain, key });
    const port = await listening(server);
    try {
        await new Promise<void>((resolve, reject) => {
            const socket = connect({ host: "127.0.0.1", port, servername: hostname, ca: authority }, () => {
                socket.destroy();
                resolve();
            });
            socket.on("error", reject);
        });
    } finally {
        await new Promise((resolve) => server.close(resolve));
    }
}
