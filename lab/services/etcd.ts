import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { getOk } from "../http.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Service } from "./service.ts";

/** The control plane's store. It skips fsync: a lab's data may be lost with the machine. */
export const etcd: Service = {
    name: "etcd",
    needs: [],
    readyWithinMs: 20_000,
    prepare: async ({ layout }) => {
        // etcd warns about a folder that others can read.
        await mkdir(join(layout.data, "etcd"), { recursive: true, mode: 0o700 });
    },
    command: ({ layout, state }) => {
        const client = `http://127.0.0.1:${String(state.ports.etcd)}`;
        const peer = `http://127.0.0.1:${String(state.ports.etcdPeer)}`;
        return {
            file: toolPath("etcd"),
            workingDirectory: layout.data,
            args: [
                `--data-dir=${join(layout.data, "etcd")}`,
                "--unsafe-no-fsync",
                `--listen-client-urls=${client}`,
                `--advertise-client-urls=${client}`,
                `--listen-peer-urls=${peer}`,
                `--initial-advertise-peer-urls=${peer}`,
                `--initial-cluster=default=${peer}`,
                "--log-level=warn",
            ],
        };
    },
    check: async ({ state }) => {
        await getOk(`http://127.0.0.1:${String(state.ports.etcd)}/health`);
    },
};
