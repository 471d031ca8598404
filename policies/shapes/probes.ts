import type { Container } from "../engine/subject.ts";
import { at, fields, type Fields, has, list } from "../engine/value.ts";
import { isLongRunning } from "./workload.ts";

/** The three probes. */
export const probeNames = ["startupProbe", "readinessProbe", "livenessProbe"] as const;

/** Whether a container is one that serves until it is stopped: probes are for those. A sidecar, an init container that stays, is one. */
export function serves(container: Container): boolean {
    const stays = container.role === "container" || (container.role === "init" && at(container.body, "restartPolicy") === "Always");
    return stays && isLongRunning(container.pod);
}

/** Whether a container listens: it declares ports. */
export function listens(container: Container): boolean {
    return list(container.body, "ports").length > 0;
}

/** What a probe does, without how often: the handler. */
export function handlerOf(container: Container, probe: (typeof probeNames)[number]): Fields | undefined {
    const whole = fields(container.body, probe);
    return whole === undefined
        ? undefined
        : Object.fromEntries(Object.entries(whole).filter(([key]) => ["httpGet", "tcpSocket", "exec", "grpc"].includes(key)));
}

/** Whether a probe is declared. */
export function hasProbe(container: Container, probe: (typeof probeNames)[number]): boolean {
    return has(container.body, probe);
}
