import { serviceAddresses } from "../addresses.ts";
import { certificateAuthorityOf, credentialFiles } from "../credentials.ts";
import { getOk } from "../http.ts";
import { podAddresses } from "../network.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Lab, Service } from "./service.ts";

/**
 * All controllers of Kubernetes. It also provisions hostPath volumes (class `lab`), a feature of Kubernetes for tests: pods are simulated, so nothing mounts
 * them. The autoscaler looks every second, so that a rollout's step does not wait 15 s for its pods.
 */
export const kubeControllerManager: Service = {
    name: "kube-controller-manager",
    needs: ["kube-apiserver"],
    readyWithinMs: 45_000,
    command: (lab) => {
        const credentials = credentialFiles(lab.layout);
        return {
            file: toolPath("kube-controller-manager"),
            workingDirectory: lab.layout.data,
            args: [
                ...sharedArguments(lab, credentials.controllerManagerKubeconfig, lab.state.ports.kubeControllerManager),
                `--service-account-private-key-file=${credentials.serviceAccountKey}`,
                `--root-ca-file=${credentials.certificateAuthority}`,
                "--use-service-account-credentials=true",
                // Ranges of real nodes are given beforehand: they are in their settings.
                ...(lab.state.nodes === "real" ? ["--allocate-node-cidrs=false"] : ["--allocate-node-cidrs=true", `--cluster-cidr=${podAddresses}`]),
                `--service-cluster-ip-range=${serviceAddresses}`,
                "--horizontal-pod-autoscaler-sync-period=1s",
                ...(lab.state.nodes === "real" ? [] : ["--enable-hostpath-provisioner=true"]),
            ],
        };
    },
    check: (lab) => checkHealth(lab, lab.state.ports.kubeControllerManager),
};

/** The scheduler: spreads pods over the zones as in production. */
export const kubeScheduler: Service = {
    name: "kube-scheduler",
    needs: ["kube-apiserver"],
    readyWithinMs: 45_000,
    command: (lab) => ({
        file: toolPath("kube-scheduler"),
        workingDirectory: lab.layout.data,
        args: sharedArguments(lab, credentialFiles(lab.layout).schedulerKubeconfig, lab.state.ports.kubeScheduler),
    }),
    check: (lab) => checkHealth(lab, lab.state.ports.kubeScheduler),
};

function sharedArguments(lab: Lab, kubeconfig: string, port: number): readonly string[] {
    const credentials = credentialFiles(lab.layout);
    return [
        `--kubeconfig=${kubeconfig}`,
        // One instance only: an election would cost a start 15 s after a crash.
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        `--secure-port=${String(port)}`,
        `--tls-cert-file=${credentials.serverCertificate}`,
        `--tls-private-key-file=${credentials.serverKey}`,
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--profiling=false",
    ];
}

async function checkHealth(lab: Lab, port: number): Promise<void> {
    await getOk(`https://127.0.0.1:${String(port)}/healthz`, { certificateAuthority: certificateAuthorityOf(lab.layout) });
}
