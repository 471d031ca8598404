import { Agent, type Dispatcher, ProxyAgent } from "undici";

import type { ExposedSample } from "./exposition.ts";
import { pageBytesAtMost, readMetricsPage, retriedOnce } from "./metrics-page.ts";

/** Reads the metrics pages of pods. */
export interface PodPages {
    /** What the page of the pod at `address` (IPv4, or IPv6 without brackets) shows. @throws when there is none in time, or it can't be read, saying why. */
    read(address: string): Promise<readonly ExposedSample[]>;
    /** Closes its connections. What is being read fails. */
    close(): Promise<void>;
}

/** How to reach pods. */
export interface PodPagesArgs {
    /** HTTP proxy that leads to pods' addresses, where they can't be reached directly: `http://127.0.0.1:3128`. Requests to it name the whole address. */
    readonly proxyUrl?: string;
    /**
     * Port of the metrics: see docs/service-contract.md.
     *
     * @default 9090
     */
    readonly port?: number;
    /**
     * How long one pod may take, in milliseconds.
     *
     * @default 1000
     */
    readonly timeoutMs?: number;
}

/** Connections to a proxy, which serves all pods. A pod itself needs one. */
const proxyConnections = 16;

/** A reader that keeps its connections. One that broke is tried once more: a server closes idle connections whenever it likes. */
export function podPages({ proxyUrl, port = 9_090, timeoutMs = 1_000 }: PodPagesArgs = {}): PodPages {
    const connections: Dispatcher =
        proxyUrl === undefined
            ? new Agent({ maxResponseSize: pageBytesAtMost, connections: 1 })
            : new ProxyAgent({ maxResponseSize: pageBytesAtMost, connections: proxyConnections, uri: proxyUrl, proxyTunnel: false });
    const dispatcher = connections.compose(retriedOnce);
    return {
        read: (address) =>
            readMetricsPage(dispatcher, {
                origin: `http://${address.includes(":") ? `[${address}]` : address}:${String(port)}`,
                path: "/metrics",
                timeoutMs,
            }),
        close: () => connections.destroy(),
    };
}
