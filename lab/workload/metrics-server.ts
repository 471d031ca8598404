import { type Server, createServer } from "node:http";

import type { Fleet } from "./fleet.ts";
import { podOf } from "./pod-connections.ts";

/** Serves `/metrics` on port 9090 of every pod: those of its present process. */
export function metricsServer(fleet: Fleet): Server {
    return createServer((request, response) => {
        void podOf(fleet, request.socket).then(async (pod) => {
            const metrics = pod?.process?.metrics;
            if (metrics === undefined) {
                request.socket.resetAndDestroy();
            } else if (request.url === "/metrics") {
                response.writeHead(200, { "content-type": metrics.contentType }).end(await metrics.text());
            } else {
                response.writeHead(404).end();
            }
        });
    });
}
