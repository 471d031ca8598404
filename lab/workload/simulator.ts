import { once } from "node:events";
import type { Server } from "node:http";

import type { KubeConfig, V1Pod } from "@kubernetes/client-node";

import { ClusterWatch } from "./cluster-watch.ts";
import { controlServer } from "./control-server.ts";
import type { EventLog } from "./event-log.ts";
import { Fleet } from "./fleet.ts";
import { type PodSockets, podPorts } from "./listening.ts";
import { log } from "./log.ts";
import { metricsServer } from "./metrics-server.ts";
import { PodConnections } from "./pod-connections.ts";
import { podFacts } from "./pod-facts.ts";
import { Refusals } from "./refusals.ts";
import { StatusWriter } from "./status-writer.ts";
import { userServer } from "./user-server.ts";

/** What the simulator works with. */
export interface SimulatorParts {
    readonly cluster: KubeConfig;
    readonly sockets: PodSockets;
    readonly events: EventLog;
    /** Name of the pods' network namespace. */
    readonly network: string;
    /** Unix socket of the control endpoint. */
    readonly control: string;
}

/** Plays the containers of all revisions' pods. @returns what ends it. */
export async function startSimulator({ cluster, sockets, events, network, control: controlFile }: SimulatorParts): Promise<() => Promise<void>> {
    const watch = new ClusterWatch(cluster, {
        onSeen: (pod) => {
            seen(pod);
        },
        onGone: (pod) => {
            const facts = podFacts(pod);
            if (facts !== undefined) {
                fleet.gone(facts);
            }
        },
    });
    const fleet = new Fleet((facts) => watch.settingsOf(facts));
    const statuses = new StatusWriter(cluster, (namespace, name) => watch.pod(namespace, name));
    const seen = (pod: V1Pod): void => {
        const facts = podFacts(pod);
        if (facts !== undefined) {
            void fleet.seen(facts).then(() => {
                const simulated = fleet.at(facts.address);
                return simulated?.facts.uid === facts.uid ? statuses.reconcile(simulated) : undefined;
            });
        }
    };
    fleet.on("arrived", (pod) => {
        log(pod, "info", `started with the profile ${pod.settings.profile}`);
        if (pod.settings.problem !== undefined) {
            log(pod, "critical", pod.settings.problem);
        }
    });
    fleet.on("displaced", (pod) => {
        log(pod, "error", "its address was given to another pod: deleting it");
        void statuses.remove(pod);
    });
    fleet.on("changed", (pod) => {
        void statuses.reconcile(pod);
    });

    const users = userServer(fleet, events);
    const metrics = metricsServer(fleet);
    const control = controlServer(fleet, () => ({ healthy: watch.listed, network: sockets.network }));
    const connections = new PodConnections(fleet, [users, metrics]);
    const refusals = new Refusals(fleet, network, (address) => {
        connections.break(address, podPorts.http);
    });
    await refusals.begin();
    fleet.on("stepped", (nowMs) => {
        refusals.follow(nowMs);
    });
    keepConnections(users);
    keepConnections(metrics);
    users.listen(sockets.http, backlog);
    metrics.listen(sockets.metrics, backlog);
    control.listen(controlFile);
    await once(control, "listening");
    fleet.start();
    await watch.start();

    return async () => {
        fleet.stop();
        await watch.stop();
        for (const server of [users, metrics, control]) {
            server.closeAllConnections();
            server.close();
        }
        await events.close();
    };
}

/** A connection is kept for as long as the client wants: a server that closes an idle one just when a proxy uses it makes an error of its own. */
function keepConnections(server: Server): void {
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    server.headersTimeout = 0;
}

/** Connections that may wait to be accepted: as many as the kernel allows by default (net.core.somaxconn). */
const backlog = 4_096;
