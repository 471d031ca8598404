import { shownSeconds } from "../plan/duration.ts";
import type { Observation } from "../gate/evidence.ts";
import type { Destination } from "../plan/move.ts";
import type { FigureName } from "./figures.ts";
import type { Sli } from "./sli.ts";

/** How a figure is called, and the unit that it is shown in. */
export const figureTitles: Readonly<Record<FigureName, string>> = {
    "users-error-ratio": "Error rate at the gateway",
    "users-client-error-ratio": "Turned away at the gateway (400 to 499)",
    "users-latency-p95": "p95 latency at the gateway",
    "average-latency": "Average latency",
    "latency-p95": "p95 latency",
    "error-ratio": "Error rate",
    "cache-hit-ratio": "Cache hit rate",
    "cpu-millicores": "CPU, mean of pods",
    "cpu-utilisation": "CPU of request",
    memory: "Memory, mean of pods",
    "requests-per-second": "Request rate",
};

/** How an SLI is called where it is drawn, and the unit of the axis. */
export const sliTitles: Readonly<Record<Sli, { readonly title: string; readonly unit: string }>> = {
    "users-error-ratio": { title: "Error rate at the gateway", unit: "% of requests" },
    "error-ratio": { title: "Error rate by the pods", unit: "% of requests" },
    "users-latency-p95": { title: "p95 latency at the gateway", unit: "ms" },
    "latency-p95": { title: "p95 latency by the pods", unit: "ms" },
    "cache-hit-ratio": { title: "Cache hit rate", unit: "% of lookups" },
    "requests-per-second": { title: "Request rate", unit: "requests/s" },
};

/** A figure with its unit, as people read it. What is missing is `not known`, with the reason beside it. */
export function shownFigure(name: FigureName, figure: Observation<number>): string {
    return figure.kind === "observed" ? shownValue(name, figure.value) : "not known";
}

/** A value of a figure with its unit. */
export function shownValue(name: FigureName, value: number): string {
    switch (name) {
        case "average-latency":
        case "users-latency-p95":
        case "latency-p95":
            return `${rounded(value * 1_000, 1)} ms`;
        case "users-error-ratio":
        case "users-client-error-ratio":
        case "error-ratio":
            return `${rounded(value * 100, 3)} %`;
        case "cache-hit-ratio":
        case "cpu-utilisation":
            return `${rounded(value * 100, 1)} %`;
        case "cpu-millicores":
            return `${rounded(value, 0)} m`;
        case "memory":
            return `${rounded(value / 2 ** 20, 0)} Mi`;
        case "requests-per-second":
            return `${rounded(value, 1)} req/s`;
    }
}

/** A value of an SLI in the unit of its axis. */
export function onAxis(sli: Sli, value: number): number {
    switch (sli) {
        case "users-error-ratio":
        case "error-ratio":
        case "cache-hit-ratio":
            return value * 100;
        case "users-latency-p95":
        case "latency-p95":
            return value * 1_000;
        case "requests-per-second":
            return value;
    }
}

/** A share from 0 to 1 as percent. */
export function shownShare(share: Observation<number>): string {
    return share.kind === "observed" ? `${rounded(share.value * 100, 2)} %` : "not known";
}

/** A time as people read it: to the second, and in UTC like the ledger. */
export function shownTime(iso: string): string {
    const time = new Date(iso);
    return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A step of a rollout: `from 10 % to 25 %`. */
export function shownMove(from: number, to: Destination): string {
    return `from ${rounded(from, 2)} % to ${to === "finished" ? "the stable revision" : `${rounded(to, 2)} %`}`;
}

/** A span of time that may not be known. */
export function shownSpan(seconds: Observation<number>): string {
    return seconds.kind === "observed" ? shownSeconds(seconds.value) : "not known";
}

/** A number with at most `digits` decimals. What is not 0 is never shown as 0. */
export function rounded(value: number, digits: number): string {
    const shown = Number(value.toFixed(digits));
    return shown === 0 && value !== 0 ? `below ${String(10 ** -digits)}` : shown.toLocaleString("en-US", { maximumFractionDigits: digits });
}
