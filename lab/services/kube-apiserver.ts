import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { certificateAuthorityOf, credentialFiles } from "../credentials.ts";
import { getOk } from "../http.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Service } from "./service.ts";

/** Addresses of Services. Nothing routes them: the lab has no kube-proxy. */
export const serviceAddresses = "10.96.0.0/16";

/** The API server, with RBAC, admission as Kubernetes has it by default, and a log of all writes in .lab/logs/audit.log. */
export const kubeApiserver: Service = {
    name: "kube-apiserver",
    needs: ["etcd"],
    readyWithinMs: 60_000,
    prepare: async ({ layout }) => {
        await mkdir(layout.logs, { recursive: true });
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
                "--authorization-mode=RBAC",
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
