import type { ProbeMethod } from "../../probe.ts";
import type { ExposedSample } from "../../../watch/live/pod-metrics/exposition.ts";

/** A probe of the program: it asks a revision, and throws an error that says what is wrong. */
export type ProbeFunction = (probe: ProbeContext) => Promise<void>;

/** What a probe is given. */
export interface ProbeContext {
    /** Name of the revision that is probed. */
    readonly revision: string;
    /** Sends a request through the testers' door, whatever the weights say, and returns the answer, whatever it is. @throws when there is none in time. */
    readonly ask: (request: ProbeRequest) => Promise<ProbeAnswer>;
    /** The revision's pods that have an address. @throws when the API server can't be asked. */
    readonly pods: () => Promise<readonly ProbedPod[]>;
    /** Is aborted when the probe has taken too long: it has failed then, whatever it goes on to do. */
    readonly signal: AbortSignal;
}

/** A request of a probe. */
export interface ProbeRequest {
    /** @default "GET" */
    readonly method?: ProbeMethod;
    /** With the query. */
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent as JSON. */
    readonly json?: unknown;
}

/** What the gateway answered to one request of a probe. */
export interface ProbeAnswer {
    readonly status: number;
    /** By lower-case name. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
}

/** A pod of the probed revision. */
export interface ProbedPod {
    readonly name: string;
    /** Reads its own page of metrics. @throws when it can't be read. */
    readonly metrics: () => Promise<readonly ExposedSample[]>;
}
