import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";

import { type LabLayout, labLayout } from "../layout.ts";
import { gatewayUrlInside, insideNetwork } from "../network.ts";
import type { LoadCounts } from "./counts.ts";
import { generatorOptionsSchema, type News, newsSchema, type Question } from "./messages.ts";

/** What load to make. */
export interface LoadOptions {
    /** Host name that users call: the `Host` header by which the gateway finds the service. */
    readonly host: string;
    /** Requests a second on average, from 0 to 2000. They are sent on time whether or not earlier ones were answered. */
    readonly requestsPerSecond: number;
    /**
     * Makes runs repeatable: the same seed gives the same requests at the same moments.
     *
     * @default 1
     */
    readonly seed?: number;
    /**
     * Seconds after which it stops by itself, at most 7200.
     *
     * @default 900
     */
    readonly forSeconds?: number;
    /**
     * Further headers of every request, such as a tester's.
     *
     * @default none: users, whom the weights lead
     */
    readonly headers?: Readonly<Record<string, string>>;
    /**
     * Paths that users call with GET, each as often as any other.
     *
     * @default what users of the video ranking service call: lab/load/mix.ts
     */
    readonly paths?: readonly string[];
    /**
     * How long a user waits for an answer, in milliseconds.
     *
     * @default 6000, just above the route's own limit
     */
    readonly timeoutMs?: number;
    /**
     * Longest number of requests that wait for an answer at once. What is due beyond it is not sent, and counted as such.
     *
     * @default 1000
     */
    readonly waitingAtMost?: number;
    /**
     * Where to send it: origin of the gateway, and the command that runs Node in the network where that origin is.
     *
     * @default the gateway of the lab of this checkout, in the lab's network
     */
    readonly target?: LoadTarget;
}

/** Where load goes. Only to a machine's own addresses, or into a network of its own. */
export interface LoadTarget {
    readonly gateway: string;
    readonly enter: readonly string[];
}

/** Load that runs. It ends with `stop`, after `forSeconds`, or with the process that started it. */
export interface Load {
    /** What users saw until now. */
    readonly counts: () => Promise<LoadCounts>;
    /** Changes the rate from the next request on. 0 pauses. */
    readonly setRate: (requestsPerSecond: number) => Promise<void>;
    /** Sends nothing any more, waits for answers that are under way (at most `timeoutMs`), and gives the final numbers. Once stopped, it gives the same numbers again. */
    readonly stop: () => Promise<LoadCounts>;
}

/**
 * Starts load in a process of its own. Resolves when it sends.
 *
 * @throws RangeError where an option is out of its bounds; Error where the lab's network can't be entered.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
    const target = options.target ?? labTarget(labLayout());
    const checked = generatorOptionsSchema.safeParse({
        gateway: target.gateway,
        host: options.host,
        requestsPerSecond: options.requestsPerSecond,
        seed: options.seed ?? 1,
        forSeconds: options.forSeconds ?? 900,
        headers: options.headers ?? {},
        paths: options.paths ?? [],
        timeoutMs: options.timeoutMs ?? 6_000,
        waitingAtMost: options.waitingAtMost ?? 1_000,
    });
    if (!checked.success) {
        throw new RangeError(`this load can't be made: ${z.prettifyError(checked.error)}`);
    }
    const [command = process.execPath, ...args] = target.enter;
    const child = fork(join(import.meta.dirname, "main.ts"), [JSON.stringify(checked.data)], { execPath: command, execArgv: args });
    const conversation = new Conversation(child);
    await conversation.started;
    return conversation;
}

/**
 * A gateway of a lab, from within its network.
 *
 * @param gateway its origin there. @default the one that the lab has from its start on
 */
export function labTarget(layout: LabLayout, gateway: string = gatewayUrlInside): LoadTarget {
    const { file, args } = insideNetwork(layout, { file: process.execPath, args: [], workingDirectory: layout.checkout });
    return { gateway, enter: [file, ...args] };
}

/** Talks with a generator's process. */
class Conversation implements Load {
    readonly started: Promise<void>;
    readonly #child: ChildProcess;
    readonly #ended: Promise<LoadCounts>;
    readonly #waiting = new Map<number, (counts: LoadCounts) => void>();
    #questions = 0;

    constructor(child: ChildProcess) {
        this.#child = child;
        const { promise: started, resolve: onStarted, reject: onNotStarted } = Promise.withResolvers<undefined>();
        const { promise: ended, resolve: onEnded, reject: onBroken } = Promise.withResolvers<LoadCounts>();
        this.started = started.then(() => undefined);
        this.#ended = ended;
        // The reader of the counts gets the reason; until then it is no unhandled rejection.
        ended.catch(onNotStarted);
        child.once("error", onBroken);
        child.once("exit", (code) => {
            onBroken(new Error(`the load generator has ended with ${String(code)}; its error is above`));
        });
        child.on("message", (message) => {
            const news: News = newsSchema.parse(message);
            switch (news.kind) {
                case "started":
                    onStarted(undefined);
                    break;
                case "answer":
                    this.#waiting.get(news.id)?.(news.counts);
                    this.#waiting.delete(news.id);
                    break;
                case "ended":
                    onEnded(news.counts);
                    break;
            }
        });
    }

    readonly counts = (): Promise<LoadCounts> => this.#ask({ kind: "counts" });

    readonly setRate = async (requestsPerSecond: number): Promise<void> => {
        const rate = generatorOptionsSchema.shape.requestsPerSecond.safeParse(requestsPerSecond);
        if (!rate.success) {
            throw new RangeError(`requestsPerSecond is ${String(requestsPerSecond)}: ${z.prettifyError(rate.error)}`);
        }
        await this.#ask({ kind: "rate", requestsPerSecond });
    };

    readonly stop = async (): Promise<LoadCounts> => {
        const exited = this.#child.exitCode === null ? once(this.#child, "exit") : undefined;
        const counts = await this.#ask({ kind: "stop" });
        await exited;
        return counts;
    };

    /** The answer to a question, or the final numbers where the generator has ended or ends meanwhile. */
    #ask(question: DistributiveOmit<Question, "id">): Promise<LoadCounts> {
        this.#questions += 1;
        const id = this.#questions;
        const answer = new Promise<LoadCounts>((resolve) => this.#waiting.set(id, resolve));
        if (this.#child.connected) {
            this.#child.send({ id, ...question }, () => undefined);
        }
        return Promise.race([answer, this.#ended]);
    }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
