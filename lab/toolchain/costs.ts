import { availableParallelism } from "node:os";

import measured from "./costs.json" with { type: "json" };
import type { Tool } from "./recipes.ts";

/** Processors of the machine that {@link secondsOf} were measured on. */
const measuredOn = 2;

/** A tool that nobody has measured. */
const unknownSeconds = 60;

const seconds: Readonly<Partial<Record<string, number>>> = measured;

/** Seconds that a tool takes on two processors, after those before it in the table of tools, with nothing in Go's caches: costs.json, of the run in docs/toolchain.md. */
export function secondsOf(tool: Tool): number {
    return seconds[tool] ?? unknownSeconds;
}

/** What is still to come, in seconds: the measured times, by how this machine has compared so far. */
export class Forecast {
    readonly #left: Set<Tool>;
    readonly #startMs: number;
    /** Measured seconds of the tools that are ready. */
    #done = 0;

    /** @param startMs for tests; default: now. */
    constructor(tools: readonly Tool[], startMs = Date.now()) {
        this.#left = new Set(tools);
        this.#startMs = startMs;
    }

    /** Takes note that a tool is ready. */
    ready(tool: Tool): void {
        if (this.#left.delete(tool)) {
            this.#done += secondsOf(tool);
        }
    }

    /**
     * Seconds until all are ready, if nothing changes.
     *
     * @param processors for tests; default: those of this machine.
     */
    secondsLeft(nowMs = Date.now(), processors = availableParallelism()): number {
        const left = [...this.#left].reduce((all, tool) => all + secondsOf(tool), 0);
        const passed = (nowMs - this.#startMs) / 1_000;
        // Half a minute of it says more of this machine than its number of processors.
        const pace = this.#done < 30 ? Math.max(measuredOn / processors, 1 / 4) : passed / this.#done;
        return left * pace;
    }
}

/** A time for people: `40 s`, `12 min`. */
export function roundTime(seconds: number): string {
    return seconds < 90 ? `${String(Math.ceil(seconds / 10) * 10)} s` : `${String(Math.round(seconds / 60))} min`;
}
