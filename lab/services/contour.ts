import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { getOk } from "../http.ts";
import { gatewayStatisticsUrlInside } from "../network.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Lab, Service } from "./service.ts";

/** The gateway's control plane: turns the Gateway `public` and the HTTPRoutes into what Envoy does. Runs on the machine; Envoy asks it through the crossing. */
export const contour: Service = {
    name: "contour",
    needs: ["kube-apiserver"],
    after: ["cluster objects"],
    readyWithinMs: 45_000,
    prepare: async (lab) => {
        await writeFile(
            configurationFile(lab),
            stringify({
                gateway: { gatewayRef: { namespace: "gateway-system", name: "public" } },
                // A load test would fill the disk with a line for each request.
                "accesslog-level": "disabled",
            }),
        );
    },
    command: (lab) => {
        const { ports } = lab.state;
        return {
            file: toolPath("contour"),
            workingDirectory: lab.layout.data,
            args: [
                "serve",
                `--config-path=${configurationFile(lab)}`,
                "--no-incluster",
                `--kubeconfig=${lab.layout.kubeconfig}`,
                // One instance only, and its one client comes through the crossing.
                "--disable-leader-election",
                "--insecure",
                "--xds-address=127.0.0.1",
                `--xds-port=${String(ports.contourXds)}`,
                "--health-address=127.0.0.1",
                `--health-port=${String(ports.contourHealth)}`,
                "--http-address=127.0.0.1",
                `--http-port=${String(ports.contourHealth)}`,
                "--debug-http-address=127.0.0.1",
                `--debug-http-port=${String(ports.contourDebug)}`,
                // Envoy's own listeners. Any address but 0.0.0.0, which would take the port from the pods.
                "--envoy-service-http-address=127.0.0.1",
                "--envoy-service-https-address=127.0.0.1",
                "--stats-address=127.0.0.1",
                `--stats-port=${new URL(gatewayStatisticsUrlInside).port}`,
                "--kubernetes-client-qps=200",
                "--kubernetes-client-burst=400",
            ],
        };
    },
    check: async ({ state }) => {
        await getOk(`http://127.0.0.1:${String(state.ports.contourHealth)}/healthz`);
    },
};

function configurationFile({ layout }: Lab): string {
    return join(layout.data, "contour.yaml");
}
