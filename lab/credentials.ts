import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";
import { stringify } from "yaml";
import { apiServerAddress } from "./addresses.ts";
import type { LabLayout } from "./layout.ts";
import { hubAddress, realNodes } from "./nodes/plan.ts";
import { writeSecretFile } from "./secret-file.ts";
import type { LabState } from "./state.ts";
import { kubeContext } from "./state.ts";

/** Files in the lab's folder of credentials. */
export interface CredentialFiles {
    /** Authority of this lab, PEM. Its key is kept nowhere. */
    readonly certificateAuthority: string;
    /** Certificate for 127.0.0.1 and localhost, and for the names and addresses by which pods know the API server, PostgreSQL and Kafka; shared by all servers of the lab, PEM. */
    readonly serverCertificate: string;
    readonly serverKey: string;
    /** By which kubelets know the API server, PEM. */
    readonly kubeletClientCertificate: string;
    readonly kubeletClientKey: string;
    /** Signs {@link CredentialFiles.frontProxyCertificate}: an authority of its own, since whoever it vouches for may name any user. PEM. */
    readonly frontProxyAuthority: string;
    /** By which servers behind the API server know it, PEM. */
    readonly frontProxyCertificate: string;
    readonly frontProxyKey: string;
    /** Signs the tokens of service accounts, PEM. */
    readonly serviceAccountKey: string;
    /** Users of the API server: token, name, identifier, groups. */
    readonly tokens: string;
    readonly controllerManagerKubeconfig: string;
    readonly schedulerKubeconfig: string;
    readonly certManagerKubeconfig: string;
    /** Of metrics-server, which reads the kubelets. */
    readonly metricsServerKubeconfig: string;
    /** Bearer token of Prometheus, which may read pods and nothing else. */
    readonly prometheusToken: string;
}

/** Name in the certificate by which servers behind the API server know it. */
export const frontProxyName = "front-proxy-client";

/** The Service by which the API server finds the lab's server of resource metrics. */
export const resourceMetricsServer = { name: "resource-metrics", namespace: "kube-system" } as const;

/** Where the credentials of a lab lie. */
export function credentialFiles(layout: LabLayout): CredentialFiles {
    const file = (name: string): string => join(layout.credentials, name);
    return {
        certificateAuthority: file("ca.crt"),
        serverCertificate: file("server.crt"),
        serverKey: file("server.key"),
        kubeletClientCertificate: file("kubelet-client.crt"),
        kubeletClientKey: file("kubelet-client.key"),
        frontProxyAuthority: file("front-proxy-ca.crt"),
        frontProxyCertificate: file("front-proxy.crt"),
        frontProxyKey: file("front-proxy.key"),
        serviceAccountKey: file("service-account.key"),
        tokens: file("tokens.csv"),
        controllerManagerKubeconfig: file("controller-manager.kubeconfig"),
        schedulerKubeconfig: file("scheduler.kubeconfig"),
        certManagerKubeconfig: file("cert-manager.kubeconfig"),
        metricsServerKubeconfig: file("metrics-server.kubeconfig"),
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
        [state.tokens.kubeProxy, "system:kube-proxy", ""],
        [state.tokens.kubeRouter, "lab-kube-router", ""],
        [state.tokens.metricsServer, "lab-metrics-server", ""],
        ...realNodes(layout).map(({ service, name }) => [state.tokens.nodes[service], `system:node:${name}`, "system:nodes"] as const),
    ];
    writeSecretFile(files.tokens, users.map(([token, user, group]) => [token, user, user, ...(group === "" ? [] : [`"${group}"`])].join(",") + "\n").join(""));
    const authority = readFileSync(files.certificateAuthority, "utf8");
    writeSecretFile(layout.kubeconfig, kubeconfig(state, authority, state.tokens.admin));
    writeSecretFile(files.prometheusToken, state.tokens.prometheus);
    writeSecretFile(files.controllerManagerKubeconfig, kubeconfig(state, authority, state.tokens.controllerManager));
    writeSecretFile(files.schedulerKubeconfig, kubeconfig(state, authority, state.tokens.scheduler));
    writeSecretFile(files.certManagerKubeconfig, kubeconfig(state, authority, state.tokens.certManager));
    writeSecretFile(files.metricsServerKubeconfig, kubeconfig(state, authority, state.tokens.metricsServer));
}

async function makeCertificates(files: CredentialFiles): Promise<void> {
    const notAfterDate = new Date(Date.now() + 365 * 24 * 3_600_000);
    const makeAuthority = (name: string) =>
        generate([{ name: "commonName", value: name }], {
            keyType: "ec",
            algorithm: "sha256",
            notAfterDate,
            extensions: [
                { name: "basicConstraints", cA: true, critical: true },
                { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
            ],
        });
    const makeClient = (name: string, organization: string, by: Awaited<ReturnType<typeof makeAuthority>>) =>
        generate(
            [
                { name: "commonName", value: name },
                { name: "organizationName", value: organization },
            ],
            {
                keyType: "ec",
                algorithm: "sha256",
                notAfterDate,
                ca: { key: by.private, cert: by.cert },
                extensions: [
                    { name: "keyUsage", digitalSignature: true, critical: true },
                    { name: "extKeyUsage", clientAuth: true },
                ],
            },
        );
    const authority = await makeAuthority("nova-lab authority");
    const frontProxyAuthority = await makeAuthority("nova-lab front proxy authority");
    const kubeletClient = await makeClient("kube-apiserver-kubelet-client", "system:masters", authority);
    const frontProxy = await makeClient(frontProxyName, "nova-lab", frontProxyAuthority);
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
                    // By which pods of real nodes know the API server.
                    ...["kubernetes", "kubernetes.default", "kubernetes.default.svc"].map((value) => ({ type: 2, value }) as const),
                    { type: 7, ip: apiServerAddress },
                    { type: 7, ip: hubAddress },
                ],
            },
        ],
    });
    writeSecretFile(files.certificateAuthority, authority.cert);
    writeSecretFile(files.serverCertificate, server.cert);
    writeSecretFile(files.serverKey, server.private);
    writeSecretFile(files.kubeletClientCertificate, kubeletClient.cert);
    writeSecretFile(files.kubeletClientKey, kubeletClient.private);
    writeSecretFile(files.frontProxyAuthority, frontProxyAuthority.cert);
    writeSecretFile(files.frontProxyCertificate, frontProxy.cert);
    writeSecretFile(files.frontProxyKey, frontProxy.private);
}

/** How a user with this token reaches the API server. `server` is its URL; the default holds on the machine and in the lab's network. */
export function kubeconfig(state: LabState, authority: string, token: string, server = `https://127.0.0.1:${String(state.ports.kubeApiserver)}`): string {
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            {
                name: kubeContext,
                cluster: {
                    server,
                    "certificate-authority-data": Buffer.from(authority).toString("base64"),
                },
            },
        ],
        users: [{ name: kubeContext, user: { token } }],
        contexts: [{ name: kubeContext, context: { cluster: kubeContext, user: kubeContext } }],
        "current-context": kubeContext,
    });
}
