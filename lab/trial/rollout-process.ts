import { execa } from "execa";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { z } from "zod";

/** Which command of `rollout` to run, and as whom. */
export interface RolloutRun {
    /** Root of the checkout whose command line it is. */
    readonly checkout: string;
    /** The whole environment: the lab's, most of all. */
    readonly environment: Readonly<Record<string, string>>;
    /** Command and options, with how the rollout is named: `["watch", "--stack", "lab"]`. `--json` is added. */
    readonly args: readonly string[];
}

/** What a watcher says with each look: as much of it as trials ask for. */
const lookSchema = z.object({
    kind: z.literal("look"),
    at: z.string(),
    step: z.object({ weightPercent: z.number(), enteredAt: z.string(), soakedSeconds: z.number() }).optional(),
    decision: z.looseObject({
        kind: z.enum(["soaking", "holding", "blind", "unguarded", "ready", "roll-back", "standing-by"]),
        reason: z.string().optional(),
        holder: z.string().optional(),
        secondsLeft: z.number().nullish(),
    }),
    examination: z.object({ gate: z.object({ reasons: z.array(reasonSchema()) }), atOnce: z.object({ reasons: z.array(reasonSchema()) }) }).optional(),
});

function reasonSchema() {
    return z.object({ criterion: z.string(), verdict: z.enum(["pass", "hold", "rollback"]), shortfall: z.string().optional(), text: z.string() });
}

/** One look of a watcher. */
export type WatcherLook = z.infer<typeof lookSchema>;

/** How a command of `rollout` ended. */
export interface RolloutEnd {
    /** Undefined: it was killed. */
    readonly exitCode: number | undefined;
    /** The last JSON document that it printed; undefined where it printed none. */
    readonly result: unknown;
    /** What it said to people on the way. */
    readonly said: string;
}

/** A command of `rollout` in a process of its own, as a person or a pipeline starts it. */
export class RolloutProcess {
    /** Looks of a watcher until now, oldest first. */
    readonly looks: WatcherLook[] = [];
    /** Settles when it has ended. Never rejects. */
    readonly ended: Promise<RolloutEnd>;
    readonly #child: ReturnType<typeof start>;
    #last: unknown;
    #over = false;

    constructor(run: RolloutRun) {
        this.#child = start(run);
        this.ended = this.#follow();
    }

    /** Identity of the process; undefined where it could not be started. */
    get pid(): number | undefined {
        return this.#child.pid;
    }

    /** Waits for a look, of those that come from now on, that is as wanted. @throws {Error} where none comes in time, or it ends before. */
    async nextLook(what: string, wanted: (look: WatcherLook) => boolean, withinMs = 60_000): Promise<WatcherLook> {
        const deadline = performance.now() + withinMs;
        let next = this.looks.length;
        for (;;) {
            for (; next < this.looks.length; next += 1) {
                const look = this.looks[next];
                if (look !== undefined && wanted(look)) {
                    return look;
                }
            }
            const newest = JSON.stringify(this.looks.at(-1)?.decision ?? "none");
            if (this.#over) {
                const { exitCode, result, said } = await this.ended;
                throw new Error(`the watcher ended before ${what}: exit ${String(exitCode)}, ${JSON.stringify(result)} ${said}; newest decision ${newest}`);
            }
            if (performance.now() > deadline) {
                throw new Error(`${what}: not within ${String(withinMs / 1_000)} s; newest decision ${newest}`);
            }
            await sleep(50);
        }
    }

    /** Asks it to end, as Ctrl-C does, and waits until it has. */
    async stop(): Promise<RolloutEnd> {
        this.#child.kill("SIGTERM");
        return this.ended;
    }

    /** Kills it, with no chance to clean up. */
    async kill(): Promise<RolloutEnd> {
        this.#child.kill("SIGKILL");
        return this.ended;
    }

    async #follow(): Promise<RolloutEnd> {
        const read = async (): Promise<void> => {
            for await (const line of this.#child.iterable({ from: "stdout" })) {
                const document: unknown = typeof line === "string" && line.startsWith("{") ? JSON.parse(line) : undefined;
                const look = lookSchema.safeParse(document);
                if (look.success) {
                    this.looks.push(look.data);
                } else {
                    this.#last = document ?? this.#last;
                }
            }
        };
        const [{ exitCode, stderr }] = await Promise.all([this.#child, read().catch(() => undefined)]);
        this.#over = true;
        return { exitCode, result: this.#last, said: stderr };
    }
}

function start({ checkout, environment, args }: RolloutRun) {
    return execa(process.execPath, [join(checkout, "rollout/cli/index.ts"), ...args, "--json"], {
        cwd: checkout,
        extendEnv: false,
        env: environment,
        reject: false,
        buffer: { stdout: false },
    });
}

/** Runs a command of `rollout` to its end. Never throws for one that fails: look at `exitCode`. */
export async function runRollout(run: RolloutRun): Promise<RolloutEnd> {
    return new RolloutProcess(run).ended;
}

/** What a watcher says when it has rolled a candidate back. */
export const rolledBackSchema = z.object({
    kind: z.literal("rolled-back"),
    reason: z.string(),
    timing: z.object({ decidedAtMs: z.number(), doneAtMs: z.number() }).optional(),
});
