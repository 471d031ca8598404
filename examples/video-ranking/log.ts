import type { Audience } from "./metrics.ts";

/** Levels of the contract, the least first. */
export const logLevels = ["info", "warning", "error", "critical"] as const;

/** Level of a line. */
export type LogLevel = (typeof logLevels)[number];

/** What a line tells of a request. */
export interface RequestFacts {
    readonly requestId: string;
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
}

/** The log: one JSON object a line. A line never holds a secret, a user or what a request carried. */
export class Log {
    readonly #revision: string;
    readonly #least: LogLevel;
    readonly #count: (level: LogLevel, audience: Audience) => void;
    readonly #write: (line: string) => void;

    /**
     * @param least level from which on lines are written.
     * @param count called for each line that is written.
     * @param write Defaults to the standard output.
     */
    constructor(
        revision: string,
        least: LogLevel,
        count: (level: LogLevel, audience: Audience) => void,
        write: (line: string) => void = (line) => process.stdout.write(line),
    ) {
        this.#revision = revision;
        this.#least = least;
        this.#count = count;
        this.#write = write;
    }

    /** Writes a line, unless its level is below the least. */
    line(level: LogLevel, message: string, request?: RequestFacts, audience: Audience = "users"): void {
        if (logLevels.indexOf(level) < logLevels.indexOf(this.#least)) {
            return;
        }
        this.#count(level, audience);
        this.#write(`${JSON.stringify({ time: new Date().toISOString(), level, message, revision: this.#revision, ...request })}\n`);
    }
}

/** What an error says, with what caused it: several clients hide the reason one level down. */
export function reasonOf(error: unknown): string {
    if (error instanceof AggregateError && error.errors.length > 0) {
        return [...new Set(error.errors.map(reasonOf))].join("; ");
    }
    if (!(error instanceof Error)) {
        return String(error);
    }
    return error.cause === undefined ? error.message : `${error.message} (${reasonOf(error.cause)})`;
}
