import { readlinkSync } from "node:fs";
import { createServer } from "node:net";

import { podPorts } from "./listening.ts";

/*
 * Runs in the pods' network, for as long as it takes to make their listening sockets: see listening.ts.
 */
const network = readlinkSync("/proc/self/ns/net");
for (const listening of ["http", "metrics"] as const) {
    const server = createServer();
    server.listen({ host: "0.0.0.0", port: podPorts[listening], backlog: 4_096, reusePort: true }, () => {
        process.send?.({ listening, network }, server);
    });
}
