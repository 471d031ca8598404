import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";

import { Agent, type Dispatcher, ProxyAgent } from "undici";

import { wordsOf } from "../../words.ts";
import { type EnvoySeen, countsSince, filterOf, readingOf } from "./gateway-stats/envoy-cluster.ts";
import type { CountsLook } from "./pod-metrics.ts";
import { pageBytesAtMost, readMetricsPage, retriedOnce } from "./pod-metrics/metrics-page.ts";

/** One instance of the gateway, whose counters are its own. */
export interface GatewayInstance {
    /** Unique among instances, for people to read. */
    readonly name: string;
    readonly url: URL;
    /** IPv4 or IPv6 without brackets: one of those that the URL's host name has. Absent where a proxy leads there, and the name is its business. */
    readonly address?: string;
}

/** The gateway's own statistics of one backend, read several times a second: what users got, sooner than scrapes allow. It keeps what it saw last. */
export interface GatewayStatistics {
    /** All instances: each address of each URL. @throws when a name has none. */
    instances(): Promise<readonly GatewayInstance[]>;
    /** Asks one instance. Looks that fail are bridged by the next. Never throws. Looks at one instance must not overlap. */
    look(instance: GatewayInstance): Promise<CountsLook>;
    /** Forgets an instance that went away. */
    forget(name: string): void;
    /** Closes its connections. Looks that are under way end as missing. */
    close(): Promise<void>;
}

/** Where the statistics are, and of what. */
export interface GatewayStatisticsArgs {
    /**
     * Envoy's `/stats/prometheus`: Contour has it on port 8002 of each Envoy pod. Each names instances, by an address or by a host name that has the addresses of
     * all, as that of a headless Service. The address of a Service that chooses among pods would show one of them, and tomorrow another.
     */
    readonly urls: readonly string[];
    /**
     * HTTP proxy that leads to the instances, as to pods. Each URL is one instance then.
     *
     * @default none: they are reached directly
     */
    readonly proxyUrl?: string;
    /** Envoy's name for the backend's cluster in statistics, such as `shop_checkout-v2_80`. */
    readonly cluster: string;
    /**
     * How long one instance may take, in milliseconds.
     *
     * @default 500
     */
    readonly timeoutMs?: number;
    /**
     * Gives the addresses of a host name.
     *
     * @default the machine's resolver
     */
    readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * A reader of Envoy's statistics of one cluster. Connections are kept between looks.
 *
 * @param nowMs a clock that only goes forward, in milliseconds. Defaults to the machine's.
 */
export function gatewayStatistics(
    { urls, proxyUrl, cluster, timeoutMs = 500, resolve = addressesOf }: GatewayStatisticsArgs,
    nowMs: () => number = () => performance.now(),
): GatewayStatistics {
    const connections = new Map<string, Dispatcher>();
    const seen = new Map<string, EnvoySeen>();
    const connectionTo = (instance: GatewayInstance): Dispatcher => {
        const known = connections.get(instance.name) ?? connect(instance, proxyUrl).compose(retriedOnce);
        connections.set(instance.name, known);
        return known;
    };
    return {
        instances: async () => {
            const all = await Promise.all(
                urls.map(async (text) => {
                    const url = new URL(text);
                    if (proxyUrl !== undefined) {
                        return [{ name: url.host, url }];
                    }
                    const addresses = await resolve(url.hostname.replace(/^\[(.*)\]$/, "$1"));
                    if (addresses.length === 0) {
                        throw new Error(`${url.hostname} has no address: metrics.gatewayStatsUrl must name the gateway's instances`);
                    }
                    return addresses.map((address) => ({ name: addresses.length === 1 ? url.host : `${url.host} at ${address}`, url, address }));
                }),
            );
            return all.flat();
        },
        look: async (instance) => {
            const { name, url } = instance;
            try {
                const asked = new URL(url);
                asked.searchParams.set("filter", filterOf(cluster));
                const askedAtSeconds = nowMs() / 1_000;
                const samples = await readMetricsPage(connectionTo(instance), { origin: url.origin, path: `${asked.pathname}${asked.search}`, timeoutMs });
                const reading = readingOf(cluster, samples, { askedAtSeconds, answeredAtSeconds: nowMs() / 1_000 });
                const { counts, seen: kept } = countsSince(seen.get(name), reading);
                seen.set(name, kept);
                return counts.kind === "missing"
                    ? { counts: { kind: "missing", reason: `the gateway's statistics at ${name}: ${counts.reason}` } }
                    : { counts };
            } catch (error) {
                return {
                    counts: {
                        kind: "missing",
                        reason: `the gateway's statistics at ${name} can't be read: ${wordsOf(error)}`,
                    },
                };
            }
        },
        forget: (name) => {
            seen.delete(name);
            void connections.get(name)?.destroy();
            connections.delete(name);
        },
        close: async () => {
            await Promise.all([...connections.values()].map((connection) => connection.destroy()));
        },
    };
}

async function addressesOf(host: string): Promise<readonly string[]> {
    return [...new Set((await lookup(host, { all: true })).map(({ address }) => address))];
}

function connect({ url, address }: GatewayInstance, proxyUrl: string | undefined): Dispatcher {
    const options = { maxResponseSize: pageBytesAtMost, connections: 1 };
    return proxyUrl === undefined
        ? new Agent({ ...options, ...(address === undefined ? {} : { connect: { lookup: always(address) } }) })
        : new ProxyAgent({ ...options, uri: proxyUrl, proxyTunnel: url.protocol === "https:" });
}

/** The same address for every name, so that an instance stays the same one for as long as it is looked at; TLS still asks for the name. */
function always(address: string): LookupFunction {
    const family = address.includes(":") ? 6 : 4;
    return (_host, options, done) => {
        if (options.all === true) {
            done(null, [{ address, family }]);
        } else {
            done(null, address, family);
        }
    };
}
