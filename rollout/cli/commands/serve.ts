import { once } from "node:events";

import { type Command, InvalidArgumentError } from "commander";
import getPort from "get-port";

import { startLiveServer } from "../live-server.ts";
import { liveSource } from "../live-source.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface ServeFlags extends CommonOptions {
    readonly port?: number;
}

/** `rollout serve`: the rollout as a live page for this machine alone. Reads only. */
export function addServe(program: Command, open: Opening = opened): void {
    subcommand(program, "serve", "show the rollout live in a browser: loopback only, reads only; ends with Ctrl-C")
        .option("--port <number>", "port to listen on; default: 8900, or a free one where that is taken", portOf)
        .action(async (flags: ServeFlags) => {
            const { session, output } = await open(flags);
            const source = liveSource(session);
            const server = await startLiveServer(source, flags.port ?? (await getPort({ port: 8_900, host: "127.0.0.1" })));
            output.result(`the live page is at ${server.url}`, { url: server.url });
            await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
            await server.close();
            await source.close();
        });
}

function portOf(text: string): number {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        throw new InvalidArgumentError(`'${text}' is no port: use a whole number from 1 to 65535.`);
    }
    return port;
}
