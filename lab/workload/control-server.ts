import { type IncomingMessage, type Server, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";

import { faultSwitchSchema } from "./fault-switch.ts";
import type { Fleet } from "./fleet.ts";

/** How the simulator does. */
export interface SimulatorHealth {
    readonly healthy: boolean;
    /** Identity of the network whose traffic it gets. */
    readonly network: string;
}

/** What the control endpoint answers. */
interface Reply {
    readonly status: number;
    readonly body: object;
}

/**
 * The simulator's control endpoint, for tests and benchmarks on this machine:
 * `POST /faults` switches a revision's profile (fault-switch.ts), `GET /pods` shows what is simulated, `GET /health` how the simulator does.
 */
export function controlServer(fleet: Fleet, health: () => SimulatorHealth): Server {
    return createServer((request, response) => {
        void replyTo(request, fleet, health).then(({ status, body }) => {
            response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
        });
    });
}

async function replyTo(request: IncomingMessage, fleet: Fleet, health: () => SimulatorHealth): Promise<Reply> {
    switch (`${request.method ?? ""} ${request.url ?? ""}`) {
        case "GET /health": {
            const state = health();
            return { status: state.healthy ? 200 : 503, body: state };
        }
        case "GET /pods":
            return { status: 200, body: { pods: shown(fleet) } };
        case "POST /faults":
            return switched(fleet, await text(request));
        default:
            return { status: 404, body: { error: "use POST /faults, GET /pods or GET /health" } };
    }
}

function switched(fleet: Fleet, json: string): Reply {
    try {
        return { status: 200, body: { startsAtMs: fleet.switch(faultSwitchSchema.parse(JSON.parse(json))) } };
    } catch (error) {
        return { status: 400, body: { error: error instanceof z.ZodError ? z.prettifyError(error) : "the body is not JSON" } };
    }
}

function shown(fleet: Fleet): readonly object[] {
    const nowMs = Date.now();
    return fleet.pods.map((pod) => ({
        namespace: pod.facts.namespace,
        name: pod.facts.name,
        service: pod.facts.service,
        revision: pod.facts.revision,
        address: pod.facts.address,
        profile: pod.faultAt(nowMs).profile,
        state: pod.life.kind,
        ready: pod.ready,
        restarts: pod.life.restarts,
        draining: pod.draining,
    }));
}
