import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Cache } from "./cache.ts";
import { Catalogue } from "./catalogue.ts";
import { connectionsOf } from "./connections.ts";
import { EventFollower } from "./event-follower.ts";
import { EventLog } from "./event-log.ts";
import { EventStore } from "./event-store.ts";
import { FaultClock, startFault } from "./fault.ts";
import { Log, type LogLevel, reasonOf } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { UserServer, serveMetrics } from "./server.ts";
import { filesIn, identityOf, settingsOf } from "./settings.ts";
import { VideoRanking, topicsOf } from "./video-ranking.ts";

/** Where the pod mounts what the process reads. Another folder is for a machine without pods. */
const { SERVICE_FILES: folder = "/etc/service", HTTP_PORT: httpPort = "8080", METRICS_PORT: metricsPort = "9090" } = process.env;

/** Pause between two attempts to reach the database at the start, in milliseconds. */
const startPauseMs = 500;

/** How long the same trouble is not written again, in milliseconds: a store that is away is tried several times a second. */
const sameTroubleMs = 60_000;

/** What a leak keeps. */
const leaked: Buffer[] = [];

try {
    await run();
} catch (error) {
    const line = {
        time: new Date().toISOString(),
        level: "error",
        message: `the service can't start: ${reasonOf(error)}`,
        revision: process.env.REVISION_NAME ?? "",
    };
    process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(1));
}

async function run(): Promise<void> {
    const identity = identityOf(process.env);
    const settings = settingsOf(filesIn(join(folder, "settings")));
    const connections = connectionsOf(filesIn(join(folder, "secrets")));
    const { service, revision, pod } = identity;
    const { FAULT_PROFILE: faultName, FAULT_AFTER_SECONDS: faultAfterSeconds } = settings;

    const metrics: Metrics = new Metrics(revision, () => catalogue.connections);
    const log: Log = new Log(revision, settings.LOG_LEVEL, (level, audience) => {
        metrics.line(audience, level);
    });
    const trouble = troubleOnce(log);
    const faults = new FaultClock(faultName, faultAfterSeconds, Date.now());
    const fault = () => faults.at(Date.now());

    const catalogue: Catalogue = new Catalogue(connections.postgres, (error) => {
        metrics.connectionFailed("users");
        log.line("warning", `a connection to the database broke: ${reasonOf(error)}`);
    });
    const cache = new Cache(connections.redis, settings.CACHE_TTL_SECONDS, (error) => {
        trouble("warning", "the cache can't be reached", error);
    });
    const events = new EventLog(connections.kafka, pod);
    const store = new EventStore(connections.clickhouse, (error) => {
        trouble("warning", "events were not copied to ClickHouse", error);
    });
    const ranking = new VideoRanking({ service, revision, model: settings.RANKING_MODEL, catalogue, cache, events, store, metrics, log, fault });
    const follower = new EventFollower(connections.kafka, pod, {
        topic: topicsOf(service).events,
        group: `${service}.ranking`,
        take: (value) => ranking.take(value),
        onBroken: (error) => {
            trouble("warning", "events can't be read from Kafka", error);
        },
    });

    let started = false;
    const server = new UserServer({ identity, ranking, metrics, log, fault, started: () => started });
    const metricsServer = await serveMetrics(metrics, Number(metricsPort));
    const port = await server.listen(Number(httpPort));
    log.line("info", `listening on ${String(port)}, metrics on ${String(metricsServer.port)}`);
    process.once("SIGTERM", () => {
        log.line("info", "SIGTERM: draining");
        void server
            .drain()
            .then(async () => {
                await follower.stop();
                await events.close();
                await store.flush();
                cache.close();
                metricsServer.close();
            })
            .finally(() => {
                log.line("info", "drained: the process ends");
                process.exit(0);
            });
    });
    const startNow = startFault(faultName, faultAfterSeconds, settings.FAULT_LEAK_FACTOR, {
        crash: () => {
            log.line("error", `the process ends: its fault is ${faultName}`);
            process.exit(1);
        },
        holdConnections: () => void catalogue.hold(),
        leak: (bytes) => {
            leaked.push(Buffer.alloc(bytes, 1));
        },
    });

    // So a demonstration decides the moment: `kubectl exec POD -- sh -c "kill -USR2 1"`.
    process.on("SIGUSR2", () => {
        log.line("warning", `SIGUSR2: its fault begins, ${faultName}`);
        faults.beginAt(Date.now());
        startNow();
    });

    await firstAnswer(catalogue, (error) => {
        metrics.connectionFailed("users");
        trouble("error", "the catalogue can't be read", error);
    });
    await ranking.warmUp().catch((error: unknown) => {
        trouble("warning", "the service begins cold", error);
    });
    started = true;
    follower.start();
    log.line("info", `started as ${pod}, with the model ${settings.RANKING_MODEL}`);
}

/** Waits until the catalogue has videos: without it a pod takes no requests, and a rollout stops here. Later a database that is away fails requests, and not the pod: the cache may know. */
async function firstAnswer(catalogue: Catalogue, onFailure: (error: unknown) => void): Promise<void> {
    for (;;) {
        try {
            if ((await catalogue.candidates({ kind: "read", route: "trending", of: "" })).length > 0) {
                return;
            }
            throw new Error("it is empty: run migrate.ts as the database's owner");
        } catch (error) {
            onFailure(error);
            await sleep(startPauseMs);
        }
    }
}

/** Writes what can't be reached, and the same again only after {@link sameTroubleMs}, with its reason of then. */
function troubleOnce(log: Log): (level: LogLevel, what: string, error: unknown) => void {
    const writtenMs = new Map<string, number>();
    return (level, what, error) => {
        const nowMs = Date.now();
        if (nowMs - (writtenMs.get(what) ?? -Infinity) >= sameTroubleMs) {
            writtenMs.set(what, nowMs);
            log.line(level, `${what}: ${reasonOf(error)}`);
        }
    };
}
