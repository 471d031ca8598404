import { Agent, type Dispatcher, ProxyAgent, interceptors } from "undici";

import type { Observation } from "../rollout/evidence.ts";
import { type ProcessLook, countsBetween, processLookOf } from "./pod-metrics/process-look.ts";

/** Requests of one pod since the look before. */
export interface PodRequestCounts {
    readonly total: number;
    /** Status 500 to 599. */
    readonly failed: number;
    /** Took more than one second. */
    readonly slow: number;
    /** Time between both looks, in seconds: looks in between that failed are bridged. */
    readonly overSeconds: number;
}

/** A pod to ask. */
export interface PodTarget {
    readonly name: string;
    /** IPv4 or IPv6 without brackets. Left out: the pod has none yet, and is reported as missing. */
    readonly address?: string;
}

/** What one pod's own metrics say. */
export interface PodLook {
    readonly pod: string;
    /** Missing at the first look at a pod, as there is nothing to compare with, and whenever the pod can't be asked. A pod that can't be asked never counts as one without requests. */
    readonly counts: Observation<PodRequestCounts>;
}

/** Asks pods for their metrics themselves, for a verdict within a second or two, sooner than scrapes allow. It keeps what it saw last. */
export interface PodMetrics {
    /** Asks all `targets` at once. One look for each, in the same order. A pod that isn't among them is forgotten. Never throws. Looks wait for one another. */
    look(targets: readonly PodTarget[]): Promise<readonly PodLook[]>;
    /** Closes its connections. */
    close(): Promise<void>;
}

export interface PodMetricsArgs {
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

/** A reader of pods' own metrics. Connections are kept between looks. */
export function podMetrics({ proxyUrl, port = 9_090, timeoutMs = 1_000 }: PodMetricsArgs = {}): PodMetrics {
    const limits = { maxResponseSize: 8 * 2 ** 20, connections: 1, pipelining: 1 };
    const connections: Dispatcher =
        proxyUrl === undefined ? new Agent(limits) : new ProxyAgent({ ...limits, connections: 16, uri: proxyUrl, proxyTunnel: false });
    const dispatcher = connections.compose(
        interceptors.retry({ maxRetries: 1, minTimeout: 10, statusCodes: [], errorCodes: ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"] }),
    );
    let seen: ReadonlyMap<string, ProcessLook> = new Map();
    let previous: Promise<unknown> = Promise.resolve();

    const lookAt = async ({ name, address }: PodTarget): Promise<{ readonly look: PodLook; readonly kept?: ProcessLook }> => {
        const before = seen.get(name);
        try {
            if (address === undefined) {
                throw new Error("it has no address yet");
            }
            const present = processLookOf(await metricsAt(dispatcher, address, port, timeoutMs), performance.now() / 1_000);
            return {
                look: { pod: name, counts: before === undefined ? missing("this is the first look at it") : countsBetween(name, before, present) },
                kept: present,
            };
        } catch (error) {
            const look = { pod: name, counts: missing(`pod ${name} can't be asked for its metrics: ${messageOf(error)}`) };
            return before === undefined ? { look } : { look, kept: before };
        }
    };
    const lookAtAll = async (targets: readonly PodTarget[]): Promise<readonly PodLook[]> => {
        const looks = await Promise.all(targets.map(lookAt));
        seen = new Map(looks.flatMap(({ look, kept }) => (kept === undefined ? [] : [[look.pod, kept]])));
        return looks.map(({ look }) => look);
    };
    return {
        look: (targets) => {
            const looks = previous.then(() => lookAtAll(targets));
            previous = looks;
            return looks;
        },
        close: () => connections.destroy(),
    };
}

async function metricsAt(dispatcher: Dispatcher, address: string, port: number, timeoutMs: number): Promise<string> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
        const { statusCode, body } = await dispatcher.request({
            origin: `http://${address.includes(":") ? `[${address}]` : address}:${String(port)}`,
            path: "/metrics",
            method: "GET",
            headers: { accept: "text/plain;version=0.0.4" },
            signal,
        });
        const text = await body.text();
        if (statusCode !== 200) {
            throw new Error(`it answered ${String(statusCode)}`);
        }
        return text;
    } catch (error) {
        throw signal.aborted ? new Error(`it took longer than ${String(timeoutMs)} ms`) : error;
    }
}

function missing(reason: string): Observation<never> {
    return { kind: "missing", reason };
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
