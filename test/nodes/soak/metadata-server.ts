import { execa } from "execa";

import { labLayout } from "../../../lab/api.ts";
import { insideNetwork } from "../../../lab/network.ts";
import { waitUntil } from "../../../lab/wait.ts";

/** Where clouds tell a machine its credentials. */
const address = "169.254.169.254";

/** A server at the address where clouds have theirs. */
export interface MetadataServer {
    /** Connections that were made to it. */
    readonly requests: () => number;
    readonly stop: () => Promise<void>;
}

/** Starts one where the lab's nodes send what is for no pod. It says a line for each connection, and answers nothing of use. */
export async function startMetadataServer(): Promise<MetadataServer> {
    const inLab = (file: string, args: readonly string[]) => {
        const command = insideNetwork(labLayout(), { file, args: [...args], workingDirectory: labLayout().checkout });
        return execa(command.file, command.args, { reject: false, buffer: false, lines: true });
    };
    await inLab("ip", ["address", "replace", `${address}/32`, "dev", "lo"]);
    const server = inLab(process.execPath, [
        "-e",
        `require("node:net").createServer((socket) => { console.log("asked"); socket.on("error", () => {}); socket.end("HTTP/1.0 200 OK\\r\\n\\r\\nmetadata"); }).listen(80, "${address}", () => console.log("listens"))`,
    ]);
    const lines: string[] = [];
    server.stdout.on("data", (chunk: Buffer) =>
        lines.push(
            ...chunk
                .toString("utf8")
                .split("\n")
                .filter((line) => line !== ""),
        ),
    );
    await waitUntil(() => (lines.includes("listens") ? Promise.resolve() : Promise.reject(new Error("it does not listen yet"))), {
        what: "the metadata server",
        withinMs: 10_000,
    });
    return {
        requests: () => lines.filter((line) => line === "asked").length,
        stop: async () => {
            server.kill();
            await server;
            await inLab("ip", ["address", "delete", `${address}/32`, "dev", "lo"]);
        },
    };
}
