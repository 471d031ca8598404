import { Agent, type Dispatcher, ProxyAgent, interceptors } from "undici";

/** Reads the metrics pages of pods. */
export interface PodPages {
    /** The page of the pod at `address` (IPv4, or IPv6 without brackets). @throws when there is none in time, saying why. */
    read(address: string): Promise<string>;
    /** Closes its connections. */
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

/** Longest page that is read, in bytes. */
const pageBytesAtMost = 8 * 2 ** 20;

/** Connections to a proxy, which serves all pods. A pod itself needs one. */
const proxyConnections = 16;

/** A reader that keeps its connections. One that broke is tried once more: a server closes idle connections whenever it likes. */
export function podPages({ proxyUrl, port = 9_090, timeoutMs = 1_000 }: PodPagesArgs = {}): PodPages {
    const connections: Dispatcher =
        proxyUrl === undefined
            ? new Agent({ maxResponseSize: pageBytesAtMost, connections: 1 })
            : new ProxyAgent({ maxResponseSize: pageBytesAtMost, connections: proxyConnections, uri: proxyUrl, proxyTunnel: false });
    const dispatcher = connections.compose(
        interceptors.retry({ maxRetries: 1, minTimeout: 10, statusCodes: [], errorCodes: ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"] }),
    );
    return {
        read: async (address) => {
            const signal = AbortSignal.timeout(timeoutMs);
            try {
                const origin = `http://${address.includes(":") ? `[${address}]` : address}:${String(port)}`;
                const { statusCode, body } = await dispatcher.request({
                    origin,
                    path: "/metrics",
                    method: "GET",
                    headers: { accept: "text/plain;version=0.0.4" },
                    signal,
                });
                const text = await body.text();
                if (statusCode !== 200) {
                    throw new Error(`it answered ${String(statusCode)}: ${text.slice(0, 100)}`);
                }
                return text;
            } catch (error) {
                throw signal.aborted ? new Error(`it took longer than ${String(timeoutMs)} ms`) : error;
            }
        },
        close: () => connections.destroy(),
    };
}
