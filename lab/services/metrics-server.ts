import { join } from "node:path";
import { applyManifest } from "../cluster.ts";
import { credentialFiles } from "../credentials.ts";
import { toolPath } from "../toolchain/paths.ts";
import { metricsRegistration, resourceMetricsAnswer } from "./resource-metrics.ts";
import type { Service } from "./service.ts";

/** Kubernetes' metrics-server: resource metrics of pods and nodes, from the kubelets. Runs in the lab's network, where the kubelets are. */
export const metricsServer: Service = {
    name: "metrics-server",
    nodes: "real",
    needs: ["kube-apiserver", "crossing"],
    after: ["network", "cluster objects"],
    inside: true,
    readyWithinMs: 60_000,
    prepare: async (lab) => {
        await applyManifest(lab, "-", metricsRegistration(lab));
    },
    command: ({ layout, state }) => {
        const credentials = credentialFiles(layout);
        const kubeconfig = credentials.metricsServerKubeconfig;
        return {
            file: toolPath("metrics-server"),
            workingDirectory: layout.data,
            args: [
                `--kubeconfig=${kubeconfig}`,
                `--authentication-kubeconfig=${kubeconfig}`,
                `--authorization-kubeconfig=${kubeconfig}`,
                "--bind-address=127.0.0.1",
                `--secure-port=${String(state.ports.resourceMetrics)}`,
                `--tls-cert-file=${credentials.serverCertificate}`,
                `--tls-private-key-file=${credentials.serverKey}`,
                `--cert-dir=${join(layout.data, "metrics-server")}`,
                "--kubelet-preferred-address-types=InternalIP",
                // Kubelets of the lab sign their certificates themselves.
                "--kubelet-insecure-tls",
                // The shortest that it allows.
                "--metric-resolution=10s",
                "--kubelet-request-timeout=5s",
            ],
        };
    },
    check: resourceMetricsAnswer,
};
