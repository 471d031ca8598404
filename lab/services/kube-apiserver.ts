import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { serviceAddresses } from "../addresses.ts";
import { connectSocket } from "../crossing/plan.ts";
import { certificateAuthorityOf, credentialFiles, frontProxyName } from "../credentials.ts";
import { getOk } from "../http.ts";
import type { LabLayout } from "../layout.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Lab, Service } from "./service.ts";

/** The API server, with RBAC, admission as Kubernetes has it by default, and a log of all writes in .lab/logs/audit.log. */
export const kubeApiserver: Service = {
    name: "kube-apiserver",
    needs: ["etcd"],
    readyWithinMs: 60_000,
    prepare: async ({ layout }) => {
        await mkdir(layout.logs, { recursive: true });
        await writeFile(egressFile(layout), stringify(egress(layout)));
    },
    command: ({ layout, state }) => {
        const credentials = credentialFiles(layout);
        return {
            file: toolPath("kube-apiserver"),
            workingDirectory: layout.data,
            // A third of a start's work is collecting garbage otherwise. The limit keeps that from taking more than a small machine has.
            environment: { GOGC: "300", GOMEMLIMIT: "1GiB" },
            args: [
                `--etcd-servers=http://127.0.0.1:${String(state.ports.etcd)}`,
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                `--secure-port=${String(state.ports.kubeApiserver)}`,
                `--tls-cert-file=${credentials.serverCertificate}`,
                `--tls-private-key-file=${credentials.serverKey}`,
                `--token-auth-file=${credentials.tokens}`,
                ...(state.nodes === "real" ? forRealNodes({ layout, state }) : ["--authorization-mode=RBAC"]),
                "--allow-privileged=true",
                "--service-account-issuer=https://kubernetes.default.svc",
                `--service-account-key-file=${credentials.serviceAccountKey}`,
                `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
                `--service-cluster-ip-range=${serviceAddresses}`,
                // The API server does not publish 127.0.0.1 as an address for pods.
                "--endpoint-reconciler-type=none",
                "--profiling=false",
                `--audit-policy-file=${join(import.meta.dirname, "../manifests/audit-policy.yaml")}`,
                `--audit-log-path=${join(layout.logs, "audit.log")}`,
                "--audit-log-maxsize=50",
                "--audit-log-maxbackup=1",
            ],
        };
    },
    check: async ({ layout, state }) => {
        await getOk(`https://127.0.0.1:${String(state.ports.kubeApiserver)}/readyz`, {
            certificateAuthority: certificateAuthorityOf(layout),
            bearerToken: state.tokens.admin,
        });
    },
};

/** What the API server needs to let kubelets in, to reach them, and to pass clients on to metrics-server. */
function forRealNodes({ layout }: Lab): readonly string[] {
    const credentials = credentialFiles(layout);
    return [
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        `--client-ca-file=${credentials.certificateAuthority}`,
        `--kubelet-client-certificate=${credentials.kubeletClientCertificate}`,
        `--kubelet-client-key=${credentials.kubeletClientKey}`,
        "--kubelet-preferred-address-types=InternalIP",
        `--egress-selector-config-file=${egressFile(layout)}`,
        `--requestheader-client-ca-file=${credentials.frontProxyAuthority}`,
        `--requestheader-allowed-names=${frontProxyName}`,
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-username-headers=X-Remote-User",
        `--proxy-client-cert-file=${credentials.frontProxyCertificate}`,
        `--proxy-client-key-file=${credentials.frontProxyKey}`,
    ];
}

function egressFile({ data }: LabLayout): string {
    return join(data, "egress.yaml");
}

/** Kubelets and pods are in the lab's network, and the API server is not: it reaches them through the crossing. */
function egress(layout: LabLayout): unknown {
    return {
        apiVersion: "apiserver.k8s.io/v1beta1",
        kind: "EgressSelectorConfiguration",
        egressSelections: [{ name: "cluster", connection: { proxyProtocol: "HTTPConnect", transport: { uds: { udsName: connectSocket(layout) } } } }],
    };
}
