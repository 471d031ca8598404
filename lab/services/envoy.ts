import { execa } from "execa";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { getOk } from "../http.ts";
import { gatewayStatisticsUrlInside } from "../network.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Lab, Service } from "./service.ts";

/** The gateway's data plane: every request of a user goes through it, to the pods that Contour names. Runs in the lab's network. */
export const envoy: Service = {
    name: "envoy",
    needs: ["contour", "crossing"],
    after: ["network", "cluster objects"],
    inside: true,
    readyWithinMs: 30_000,
    prepare: async (lab) => {
        await mkdir(lab.layout.temporary, { recursive: true });
        await execa(toolPath("contour"), [
            "bootstrap",
            bootstrapFile(lab),
            "--xds-address=127.0.0.1",
            `--xds-port=${String(lab.state.ports.contourXds)}`,
            `--admin-address=${join(lab.layout.temporary, "envoy-admin.sock")}`,
            "--namespace=gateway-system",
        ]);
    },
    command: (lab) => ({
        file: toolPath("envoy"),
        workingDirectory: lab.layout.data,
        args: [
            ...["--config-path", bootstrapFile(lab)],
            ...["--service-cluster", "gateway-system"],
            ...["--service-node", "lab"],
            // Handing over to a newer Envoy uses names that two labs would share.
            "--disable-hot-restart",
            ...["--concurrency", "1"],
            ...["--log-level", "warn"],
        ],
    }),
    check: async ({ state }) => {
        await getOk(new URL("/ready", gatewayStatisticsUrlInside).href, { proxy: `http://127.0.0.1:${String(state.ports.podProxy)}` });
    },
};

function bootstrapFile({ layout }: Lab): string {
    return join(layout.data, "envoy.json");
}
