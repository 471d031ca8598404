import { randomLcg } from "d3-random";
import { Pool, errors } from "undici";

import { Arrivals } from "./arrivals.ts";
import { type LoadCounts, unknownRevision } from "./counts.ts";
import { drawRequest, oneOf } from "./mix.ts";
import { type UserOutcome, UserTally } from "./user-tally.ts";

/** What load to make, with every default filled in. */
export interface GeneratorOptions {
    /** Origin of the gateway. */
    readonly gateway: string;
    readonly host: string;
    readonly requestsPerSecond: number;
    readonly seed: number;
    readonly forSeconds: number;
    readonly headers: Readonly<Record<string, string>>;
    /** Paths to call with GET. None: {@link drawRequest} decides. */
    readonly paths: readonly string[];
    readonly timeoutMs: number;
    readonly waitingAtMost: number;
}

/** How often it looks who has come, in milliseconds. Latency counts from the moment a user came, so this only makes it larger, never smaller. */
const tickMs = 4;

/** Sends load in an open loop: users come at their rate, however the service does. */
export class Generator {
    readonly #options: GeneratorOptions;
    readonly #pool: Pool;
    readonly #random: () => number;
    readonly #arrivals: Arrivals;
    readonly #tally = new UserTally(Date.now());
    readonly #ticking: NodeJS.Timeout;
    readonly #headers: Readonly<Record<string, string>>;
    readonly #idle = new Set<() => void>();
    #waiting = 0;
    #ended: Promise<LoadCounts> | undefined;

    /** @param onEnd called when `forSeconds` have passed. */
    constructor(options: GeneratorOptions, onEnd: () => void) {
        this.#options = options;
        this.#pool = new Pool(options.gateway, {
            connections: options.waitingAtMost,
            pipelining: 1,
            headersTimeout: options.timeoutMs,
            bodyTimeout: options.timeoutMs,
            // Longer than any pause between two requests: a connection that is closed just when it is used makes an error that no user sees.
            keepAliveTimeout: 60_000,
        });
        this.#headers = { ...options.headers, host: options.host };
        // Requests and moments are drawn from two sources, so that a changed rate does not change the requests.
        this.#random = randomLcg(options.seed);
        this.#arrivals = new Arrivals(options.requestsPerSecond, randomLcg(options.seed + 1), performance.now());
        this.#ticking = setInterval(() => {
            this.#tick();
        }, tickMs);
        setTimeout(onEnd, options.forSeconds * 1_000);
    }

    counts(): LoadCounts {
        return this.#tally.counts(Date.now());
    }

    setRate(requestsPerSecond: number): void {
        this.#arrivals.setRate(requestsPerSecond, performance.now());
    }

    /** Sends nothing more, waits for what is under way, and gives the final numbers. */
    end(): Promise<LoadCounts> {
        this.#ended ??= this.#finish();
        return this.#ended;
    }

    async #finish(): Promise<LoadCounts> {
        clearInterval(this.#ticking);
        if (this.#waiting > 0) {
            await new Promise<void>((resolve) => this.#idle.add(resolve));
        }
        const counts = this.counts();
        await this.#pool.destroy();
        return counts;
    }

    #tick(): void {
        for (const dueMs of this.#arrivals.due(performance.now())) {
            if (this.#waiting >= this.#options.waitingAtMost) {
                this.#tally.notSent();
            } else {
                void this.#send(dueMs);
            }
        }
    }

    async #send(dueMs: number): Promise<void> {
        this.#tally.sent();
        this.#waiting += 1;
        const outcome = await this.#ask();
        this.#waiting -= 1;
        this.#tally.ended({ ...outcome, latencyMs: performance.now() - dueMs }, Date.now());
        if (this.#waiting === 0) {
            for (const resolve of this.#idle) {
                resolve();
            }
        }
    }

    async #ask(): Promise<Omit<UserOutcome, "latencyMs">> {
        const { paths } = this.#options;
        const { method, path, body } =
            paths.length === 0 ? drawRequest(this.#random) : { method: "GET" as const, path: oneOf(paths, this.#random()), body: undefined };
        let revision = unknownRevision;
        try {
            const answer = await this.#pool.request({ method, path, headers: this.#headers, body: body ?? null });
            const served = answer.headers["x-served-by-revision"];
            revision = typeof served === "string" ? served : unknownRevision;
            // Not dump(), which is content with half of a body.
            await answer.body.arrayBuffer();
            return { revision, reason: answer.statusCode >= 500 ? String(answer.statusCode) : undefined };
        } catch (error) {
            const late = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
            return { revision, reason: late ? "timeout" : "connection" };
        }
    }
}
