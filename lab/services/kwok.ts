import { getOk } from "../http.ts";
import { podAddresses } from "../network.ts";
import { toolPath } from "../toolchain/paths.ts";
import { kwokStages } from "../manifests.ts";
import type { Service } from "./service.ts";

/** Plays the kubelet of every node: pods become ready at once, those of a Job complete, a deleted pod goes. No container runs. */
export const kwok: Service = {
    name: "kwok",
    nodes: "simulated",
    needs: ["kube-apiserver"],
    readyWithinMs: 45_000,
    command: ({ layout, state }) => ({
        file: toolPath("kwok"),
        workingDirectory: layout.data,
        args: [
            `--kubeconfig=${layout.kubeconfig}`,
            "--manage-all-nodes",
            // Without leases the nodes turn NotReady after 50 s, and every pod with them.
            "--node-lease-duration-seconds=40",
            `--cidr=${podAddresses}`,
            `--server-address=127.0.0.1:${String(state.ports.kwok)}`,
            ...kwokStages().map((file) => `--config=${file}`),
        ],
    }),
    check: async ({ state }) => {
        await getOk(`http://127.0.0.1:${String(state.ports.kwok)}/healthz`);
    },
};
