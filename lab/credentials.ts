import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";
import { stringify } from "yaml";
import type { LabLayout } from "./layout.ts";
import { writeSecretFile } from "./secret-file.ts";
import type { LabState } from "./state.ts";
import { kubeContext } from "./state.ts";

/** Files in the lab's folder of credentials. */
export interface CredentialFiles {
    /** Authority of this lab, PEM. Its key is kept nowhere. */
    readonly certificateAuthority: string;
    /** Certificate for 127.0.0.1 and localhost, shared by the servers of the control plane, PostgreSQL and the resource metrics, PEM. */
    readonly serverCertificate: string;
    readonly serverKey: string;
    /** Signs the tokens of service accounts, PEM. */
    readonly serviceAccountKey: string;
    /** Users of the API server: token, name, identifier, groups. */
    readonly tokens: string;
    readonly controllerManagerKubeconfig: string;
    readonly schedulerKubeconfig: string;
    readonly certManagerKubeconfig: string;
    /** Bearer token of Prometheus, which may read pods and nothing else. */
    readonly prometheusToken: string;
}

/** The Service by which the API server finds the lab's server of resource metrics. */
export const resourceMetricsServer = { name: "resource-metrics", namespace: "kube-system" } as const;

/** Where the credentials of a lab lie. */
export function credentialFiles(layout: LabLayout): CredentialFiles {
    const file = (name: string): string => join(layout.credentials, name);
    return {
        certificateAuthority: file("ca.crt"),
        serverCertificate: file("server.crt"),
        serverKey: file("server.key"),
        serviceAccountKey: file("service-account.key"),
        tokens: file("tokens.csv"),
        controllerManagerKubeconfig: file("controller-manager.kubeconfig"),
        schedulerKubeconfig: file("scheduler.kubeconfig"),
        certManagerKubeconfig: file("cert-manager.kubeconfig"),
        prometheusToken: file("prometheus.token"),
    };
}

/** PEM of the lab's authority. */
export function certificateAuthorityOf(layout: LabLayout): string {
    return readFileSync(credentialFiles(layout).certificateAuthority, "utf8");
}

/** Makes certificates and keys where there are none, and writes tokens and kubeconfigs from the state. */
export async function writeCredentials(layout: LabLayout, state: LabState): Promise<void> {
    const files = credentialFiles(layout);
    mkdirSync(layout.credentials, { recursive: true, mode: 0o700 });
    if (!existsSync(files.serviceAccountKey)) {
        await makeCertificates(files);
        writeSecretFile(
            files.serviceAccountKey,
            generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
        );
    }
    const users: readonly (readonly [token: string, user: string, group: string])[] = [
        [state.tokens.admin, "lab-admin", "system:masters"],
        // Not by their roles alone: an API server that was away knows no roles in its first moments, and a client that is refused then waits up to a minute
        // before it watches again.
        [state.tokens.controllerManager, "system:kube-controller-manager", "system:masters"],
        [state.tokens.scheduler, "system:kube-scheduler", "system:masters"],
        [state.tokens.certManager, "lab-cert-manager", ""],
        [state.tokens.prometheus, "lab-prometheus", ""],
    ];
    writeSecretFile(files.tokens, users.map(([token, user, group]) => [token, user, user, ...(group === "" ? [] : [`"${group}"`])].join(",") + "\n").join(""));
    const authority = readFileSync(files.certificateAuthority, "utf8");
    writeSecretFile(layout.kubeconfig, kubeconfig(state, authority, state.tokens.admin));
    writeSecretFile(files.prometheusToken, state.tokens.prometheus);
    writeSecretFile(files.controllerManagerKubeconfig, kubeconfig(state, authority, state.tokens.controllerManager));
    writeSecretFile(files.schedulerKubeconfig, kubeconfig(state, authority, state.tokens.scheduler));
    writeSecretFile(files.certManagerKubeconfig, kubeconfig(state, authority, state.tokens.certManager));
}

async function makeCertificates(files: CredentialFiles): Promise<void> {
    const notAfterDate = new Date(Date.now() + 365 * 24 * 3_600_000);
    const authority = await generate([{ name: "commonName", value: "nova-lab authority" }], {
        keyType: "ec",
        algorithm: "sha256",
        notAfterDate,
        extensions: [
            { name: "basicConstraints", cA: true, critical: true },
            { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
        ],
    });
    const server = await generate([{ name: "commonName", value: "nova-lab" }], {
        keyType: "ec",
        algorithm: "sha256",
        notAfterDate,
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
            { name: "keyUsage", digitalSignature: true, critical: true },
            { name: "extKeyUsage", serverAuth: true },
            {
                name: "subjectAltName",
                altNames: [
                    { type: 2, value: "localhost" },
                    // The name by which the API server knows it.
                    { type: 2, value: `${resourceMetricsServer.name}.${resourceMetricsServer.namespace}.svc` },
                    { type: 7, ip: "127.0.0.1" },
                ],
            },
        ],
    });
    writeSecretFile(files.certificateAuthority, authority.cert);
    writeSecretFile(files.serverCertificate, server.cert);
    writeSecretFile(files.serverKey, server.private);
}

function kubeconfig(state: LabState, authority: string, token: string): string {
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: kubeContext,
                cluster: {
                    server: `https://127.0.0.1:${String(state.ports.kubeApiserver)}`,
                    "certificate-authority-data": Buffer.from(authority).toString("base64"),
                },
            },
        ],
        users: [{ name: kubeContext, user: { token } }],
        contexts: [{ name: kubeContext, context: { cluster: kubeContext, user: kubeContext } }],
        "current-context": kubeContext,
    });
}
