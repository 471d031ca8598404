import { join } from "node:path";
import { stringify } from "yaml";
import { applyManifest } from "../cluster.ts";
import { certificateAuthorityOf, credentialFiles, resourceMetricsServer } from "../credentials.ts";
import { getOk } from "../http.ts";
import type { Lab, Service } from "./service.ts";

const { name, namespace } = resourceMetricsServer;

/** Kubernetes' resource metrics of simulated pods, from Prometheus: autoscalers follow the load with them. The API server passes its clients on to it. */
export const resourceMetrics: Service = {
    name: "resource-metrics",
    nodes: "simulated",
    needs: ["kube-apiserver", "crossing"],
    after: ["network", "cluster objects"],
    readyWithinMs: 30_000,
    prepare: async (lab) => {
        await applyManifest(lab, "-", metricsRegistration(lab));
    },
    command: ({ layout, state }) => {
        const credentials = credentialFiles(layout);
        return {
            file: process.execPath,
            workingDirectory: layout.data,
            args: [
                join(import.meta.dirname, "../resource-metrics/main.ts"),
                `--kubeconfig=${layout.kubeconfig}`,
                `--prometheus=http://127.0.0.1:${String(state.ports.prometheus)}`,
                `--port=${String(state.ports.resourceMetrics)}`,
                `--certificate=${credentials.serverCertificate}`,
                `--key=${credentials.serverKey}`,
            ],
        };
    },
    check: resourceMetricsAnswer,
};

/** Asks for resource metrics by way of the API server, where their clients come from. */
export async function resourceMetricsAnswer({ layout, state }: Lab): Promise<void> {
    await getOk(`https://127.0.0.1:${String(state.ports.kubeApiserver)}/apis/metrics.k8s.io/v1beta1`, {
        certificateAuthority: certificateAuthorityOf(layout),
        bearerToken: state.tokens.admin,
    });
}

/** Tells the API server where the group metrics.k8s.io is served. Its server is a process of the lab and no pod: a name for one outside of the cluster stands for it. */
export function metricsRegistration({ layout, state }: Lab): string {
    const port = state.ports.resourceMetrics;
    return [
        { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] } },
        {
            apiVersion: "apiregistration.k8s.io/v1",
            kind: "APIService",
            metadata: { name: "v1beta1.metrics.k8s.io" },
            spec: {
                group: "metrics.k8s.io",
                version: "v1beta1",
                groupPriorityMinimum: 100,
                versionPriority: 100,
                service: { name, namespace, port },
                caBundle: Buffer.from(certificateAuthorityOf(layout)).toString("base64"),
            },
        },
    ]
        .map((object) => stringify(object))
        .join("---\n");
}
