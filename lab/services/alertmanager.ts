import { join } from "node:path";
import { getOk } from "../http.ts";
import { manifestFile } from "../manifests.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Service } from "./service.ts";

/** Takes Prometheus' alerts, and sends no message: its API shows them. */
export const alertmanager: Service = {
    name: "alertmanager",
    needs: [],
    readyWithinMs: 20_000,
    command: ({ layout, state }) => ({
        file: toolPath("alertmanager"),
        workingDirectory: layout.data,
        args: [
            `--config.file=${manifestFile("alertmanager.yaml")}`,
            `--storage.path=${join(layout.data, "alertmanager")}`,
            `--web.listen-address=127.0.0.1:${String(state.ports.alertmanager)}`,
            "--cluster.listen-address=",
            "--log.level=warn",
        ],
    }),
    check: async ({ state }) => {
        await getOk(`http://127.0.0.1:${String(state.ports.alertmanager)}/-/ready`);
    },
};
