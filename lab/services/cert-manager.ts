import { credentialFiles } from "../credentials.ts";
import { getOk } from "../http.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Service } from "./service.ts";

/** The metric by which cert-manager says that it can sign with the lab's authority. */
const issuerReady = /^certmanager_clusterissuer_ready_status\{condition="True",name="lab-issuer"\} 1$/m;

/** cert-manager's own controllers: they sign and renew certificates, with the lab's authority or themselves. No webhook, ACME, Vault or Venafi. */
export const certManager: Service = {
    name: "cert-manager",
    needs: ["kube-apiserver"],
    after: ["cluster objects"],
    readyWithinMs: 45_000,
    command: ({ layout, state }) => ({
        file: toolPath("cert-manager"),
        workingDirectory: layout.data,
        args: [
            `-kubeconfig=${credentialFiles(layout).certManagerKubeconfig}`,
            `-metrics-listen-address=127.0.0.1:${String(state.ports.certManager)}`,
            "-cluster-resource-namespace=cert-manager",
        ],
    }),
    check: async ({ state }) => {
        if (!issuerReady.test(await getOk(`http://127.0.0.1:${String(state.ports.certManager)}/metrics`))) {
            throw new Error("the issuer lab-issuer is not ready: 'kubectl describe clusterissuer lab-issuer' says why");
        }
    },
};
