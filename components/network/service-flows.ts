import { clickhousePorts, keeperPorts } from "../clickhouse/ports.ts";
import { migrationComponent } from "../database-migration.ts";
import { redisMetricsPort, redisPort, sentinelPort } from "../redis/configuration.ts";
import { watchdogMetricsPort } from "../../rollout/pulumi/rollout-watchdog.ts";
import { type Flow, type Peer, outsidePeer, tcp } from "./flows.ts";

/** A store of the service: run by the program, or reached at a host name or an address. */
export type StorePlace = { readonly kind: "in-cluster" } | { readonly kind: "external"; readonly host: string; readonly port: number };

/** What the flows of a service depend on. */
export interface ServiceFlowArgs {
    /** Namespace of the gateway's pods. */
    readonly gatewayNamespace: string;
    /** Where testers with a host name of their own come from: the namespace of their Gateway's pods, and where probes reach it. Defaults to the users' way. */
    readonly testersGateway?: { readonly namespace: string; readonly url: string };
    /** Namespace of Prometheus. */
    readonly monitoringNamespace: string;
    readonly redis: StorePlace;
    readonly clickhouse: StorePlace;
    /** `host:port` of each bootstrap broker. The brokers themselves must listen on the same ports. */
    readonly kafkaBootstrapServers: readonly string[];
    readonly postgres: { readonly host: string; readonly port: number };
    /** Whether a job changes the database's schema. */
    readonly migrates: boolean;
    /** Whether the release watchdog runs in the namespace. It reads the cluster and Prometheus. */
    readonly watchdog: boolean;
    /** Port of the mail server by which the watchdog tells people. Defaults to none. Chats and status pages are reached at 443, as the API server is. */
    readonly watchdogMailPort?: number;
    /** Where the watchdog reads the gateway's own statistics. Defaults to nowhere. */
    readonly watchdogGatewayStatsUrl?: string;
}

/** Ports of the service's own pods. */
const applicationPorts = { http: 8080, metrics: 9090 } as const;

/** Port of Prometheus, which the watchdog asks. */
const prometheusPort = 9090;

/** Ports of the API server: as its Service has it, and as its own address has it. */
const apiServerPorts = [443, 6443] as const;

/** Ports of a gateway's pods: a network policy sees those, not the ones of the Service in front. Envoy's pods listen on 8080 and 8443. */
const gatewayPorts = [80, 443, 8080, 8443] as const;

const application = pods("api");
const backup = pods("backup");
const clickhouse = pods("clickhouse");
const clickhouseBackup = pods("clickhouse-backup");
const keeper = pods("clickhouse-keeper");
const migration = pods("clickhouse-migration");
const databaseMigration = pods(migrationComponent);
const redis = pods("redis");
const watchdog = pods("watchdog");

/** Exactly what a service needs: its users, its stores, its metrics, and the release watchdog's view of the cluster. All else stays closed. */
export function serviceFlows(args: ServiceFlowArgs): readonly Flow[] {
    const monitoring: Peer = { kind: "namespace", namespace: args.monitoringNamespace };
    const postgres = outsidePeer(args.postgres.host);
    return [
        { from: { kind: "namespace", namespace: args.gatewayNamespace }, to: application, ports: tcp(applicationPorts.http) },
        { from: monitoring, to: application, ports: tcp(applicationPorts.metrics) },
        { from: application, to: postgres, ports: tcp(args.postgres.port) },
        { from: backup, to: postgres, ports: tcp(args.postgres.port) },
        ...(args.migrates ? [{ from: databaseMigration, to: postgres, ports: tcp(args.postgres.port) }] : []),
        ...brokerFlows(args.kafkaBootstrapServers),
        ...redisFlows(args.redis, monitoring),
        ...clickhouseFlows(args.clickhouse, monitoring),
        ...(args.watchdog ? watchdogFlows(monitoring, { kind: "namespace", namespace: args.gatewayNamespace }) : []),
        ...(args.watchdog && args.watchdogMailPort !== undefined ? [{ from: watchdog, to: outsidePeer("mail"), ports: tcp(args.watchdogMailPort) }] : []),
        ...(args.watchdog && args.watchdogGatewayStatsUrl !== undefined ? [gatewayStatsFlow(new URL(args.watchdogGatewayStatsUrl))] : []),
        ...(args.testersGateway === undefined ? [] : testersFlows(args.testersGateway, args.watchdog)),
    ];
}

function gatewayStatsFlow(url: URL): Flow {
    return { from: watchdog, to: outsidePeer(url.hostname), ports: tcp(portOf(url)) };
}

/** The listener may have a port of its own, which its pods have too, unless a Service in front of them translates it. */
function testersFlows({ namespace, url }: NonNullable<ServiceFlowArgs["testersGateway"]>, isWatched: boolean): readonly Flow[] {
    const gateway: Peer = { kind: "namespace", namespace };
    const ports = [...new Set([...gatewayPorts, portOf(new URL(url))])];
    return [
        { from: gateway, to: application, ports: tcp(applicationPorts.http) },
        ...(isWatched ? [{ from: watchdog, to: gateway, ports: tcp(...ports) }] : []),
    ];
}

/** A URL without a port has its scheme's: `URL` leaves it empty then. */
function portOf({ port, protocol }: URL): number {
    return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function watchdogFlows(monitoring: Peer, gateway: Peer): readonly Flow[] {
    return [
        // The API server's address is the cluster's own business: only its ports are known here.
        { from: watchdog, to: outsidePeer("api-server"), ports: tcp(...apiServerPorts) },
        { from: watchdog, to: monitoring, ports: tcp(prometheusPort) },
        // It reads the candidate's pods themselves, several times a second, and tries the candidate through the gateway as a tester would.
        { from: watchdog, to: application, ports: tcp(applicationPorts.metrics) },
        { from: watchdog, to: gateway, ports: tcp(...gatewayPorts) },
        { from: monitoring, to: watchdog, ports: tcp(watchdogMetricsPort) },
    ];
}

function brokerFlows(bootstrapServers: readonly string[]): readonly Flow[] {
    return bootstrapServers.map((server) => {
        const [, host, port] = /^(.+):(\d+)$/.exec(server) ?? [];
        if (host === undefined) {
            throw new RangeError(`kafkaBootstrapServers has '${server}': write host:port`);
        }
        return { from: application, to: outsidePeer(host), ports: tcp(Number(port)) };
    });
}

function redisFlows(place: StorePlace, monitoring: Peer): readonly Flow[] {
    if (place.kind === "external") {
        return [{ from: application, to: outsidePeer(place.host), ports: tcp(place.port) }];
    }
    return [
        { from: application, to: redis, ports: tcp(redisPort, sentinelPort) },
        { from: redis, to: redis, ports: tcp(redisPort, sentinelPort) },
        { from: monitoring, to: redis, ports: tcp(redisMetricsPort) },
    ];
}

function clickhouseFlows(place: StorePlace, monitoring: Peer): readonly Flow[] {
    if (place.kind === "external") {
        return [{ from: application, to: outsidePeer(place.host), ports: tcp(place.port) }];
    }
    // Only the ports with TLS: those without are closed, and stay so.
    const { http, native, interserver } = clickhousePorts.encrypted;
    return [
        { from: application, to: clickhouse, ports: tcp(http, native) },
        { from: migration, to: clickhouse, ports: tcp(native) },
        { from: clickhouseBackup, to: clickhouse, ports: tcp(native) },
        { from: clickhouse, to: clickhouse, ports: tcp(native, interserver) },
        { from: clickhouse, to: keeper, ports: tcp(keeperPorts.encrypted) },
        { from: keeper, to: keeper, ports: tcp(keeperPorts.raft) },
        { from: monitoring, to: clickhouse, ports: tcp(clickhousePorts.metrics) },
        { from: monitoring, to: keeper, ports: tcp(clickhousePorts.metrics) },
    ];
}

function pods(component: string): Peer {
    return { kind: "component", component };
}
