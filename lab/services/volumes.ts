import { basename, join } from "node:path";
import { getOk } from "../http.ts";
import { folderVariable } from "../layout.ts";
import type { Service } from "./service.ts";

/** Makes the volumes of real nodes: a folder on the node for each claim of the class `lab`, and its end. */
export const volumes: Service = {
    name: "volumes",
    nodes: "real",
    needs: ["kube-apiserver"],
    after: ["cluster objects"],
    readyWithinMs: 30_000,
    command: ({ layout, state }) => ({
        file: process.execPath,
        workingDirectory: layout.data,
        args: [join(import.meta.dirname, "../nodes/volumes.ts"), layout.checkout, String(state.ports.volumes)],
        environment: { [folderVariable]: basename(layout.root) },
    }),
    check: async ({ state }) => {
        await getOk(`http://127.0.0.1:${String(state.ports.volumes)}/healthz`);
    },
};
