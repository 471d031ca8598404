import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

import type { LoadCounts } from "../lab/load/counts.ts";
import { type Load, startLoad } from "../lab/load/load.ts";
import { beginFault, faultOnSignal } from "../lab/nodes/fault.ts";
import type { NodeKind } from "../lab/state.ts";
import { nextRevision } from "../lab/trial/revisions.ts";
import { type StackChange, type TrialStack, labMetrics } from "../lab/trial/trial-stack.ts";
import { switchFault } from "../lab/workload/fault-switch.ts";
import type { ProfileName } from "../lab/workload/profile.ts";
import { defined } from "../rollout/defined.ts";
import { stepAt } from "../rollout/plan/plan.ts";
import type { RevisionSpec } from "../rollout/route/revision.ts";
import { approve, rollout } from "./act.ts";
import { type Expectation, expectedAt, observe, unmet } from "./expectation.ts";
import { type Reaction, type Row, between, counted } from "./row.ts";
import { plan } from "../service/plan.ts";

const { finishApprovals } = plan;

/** In how many steps users come, and the pause between two, in milliseconds. */
const welcomeSteps = 5;
const welcomePauseMs = 3_000;

/** How the demo is played. */
export interface StoryOptions {
    /** Requests of users a second, over both revisions. */
    readonly requestsPerSecond: number;
    /** Factor on every soak and time limit of the plan. Thresholds stay. */
    readonly timeScale: number;
    /** Whether the pods are containers, or a simulation. */
    readonly nodes: NodeKind;
}

/** One step of the story. */
export interface Scene {
    readonly title: string;
    readonly play: (say: (line: string) => void) => Promise<Row>;
}

/** A revision that turns bad when the demo says so: simulated pods are told by another way than their settings. */
function withFault(revision: RevisionSpec, fault: ProfileName, nodes: NodeKind): RevisionSpec {
    return nodes === "real" ? { ...revision, config: { ...revision.config, ...faultOnSignal(fault) } } : revision;
}

/** The demo's story on one stack: a good release that goes to 100 % because its metrics allow it, and two that turn bad at 25 % and roll themselves back: one fails, one hangs. */
export class Story {
    /** How fast each bad release lost its users, of those scenes that were played. */
    readonly reactions: Reaction[] = [];
    readonly #stack: TrialStack;
    readonly #options: StoryOptions;
    readonly #stable: RevisionSpec;
    readonly #good: RevisionSpec;
    readonly #bad: RevisionSpec;
    readonly #hanging: RevisionSpec;
    #load: Load | undefined;

    constructor(stack: TrialStack, options: StoryOptions) {
        this.#stack = stack;
        this.#options = options;
        this.#stable = stack.stable;
        this.#good = nextRevision(stack.stable);
        this.#bad = withFault(nextRevision(stack.stable, 2), "erroring", options.nodes);
        this.#hanging = withFault(nextRevision(stack.stable, 3), "hanging", options.nodes);
    }

    /** Every scene, in order. Each needs those before it. */
    scenes(): readonly Scene[] {
        const { name: stable } = this.#stable;
        const { name: good } = this.#good;
        const { name: bad } = this.#bad;
        const { name: hanging } = this.#hanging;
        return [
            {
                title: `from nothing: ${stable} serves, ${good} runs dark at 0 %`,
                play: (say) =>
                    this.#up(
                        "pulumi up, twice",
                        say,
                        expectedAt(this.#stable, this.#good, 0),
                        { gates: { kind: "full" }, metrics: labMetrics, timeScale: this.#options.timeScale },
                        { candidate: this.#good },
                    ),
            },
            { title: "a jump, 0 % to 50 %, is refused", play: (say) => this.#refusedJump(say) },
            ...([10, 25, 50, 100] as const).map((weight): Scene => ({
                title: `${good} to ${String(weight)} %`,
                play: (say) => this.#advance(this.#stable, this.#good, weight, say),
            })),
            { title: `finish: ${good} is the stable revision`, play: (say) => this.#finish(say) },
            {
                title: `the next release, ${bad}, runs dark at 0 %`,
                play: (say) => this.#up("pulumi up", say, expectedAt(this.#good, this.#bad, 0), { candidate: this.#bad, rolloutPercent: 0 }),
            },
            { title: `${bad} to 10 %`, play: (say) => this.#advance(this.#good, this.#bad, 10, say) },
            {
                title: `${bad} to 25 %, where it turns bad`,
                play: (say) => this.#turnBad(this.#bad, "erroring", "answers half of its requests with an error", say),
            },
            {
                title: `another release, ${hanging}, runs dark at 0 %`,
                play: (say) => this.#up("pulumi up", say, expectedAt(this.#good, this.#hanging, 0), { candidate: this.#hanging, rolloutPercent: 0 }),
            },
            { title: `${hanging} to 10 %`, play: (say) => this.#advance(this.#good, this.#hanging, 10, say) },
            {
                title: `${hanging} to 25 %, where it hangs`,
                play: (say) => this.#turnBad(this.#hanging, "hanging", "leaves half of its requests without an answer", say),
            },
        ];
    }

    /** Ends the load. */
    async end(): Promise<void> {
        await this.#load?.stop();
    }

    async #up(command: string, say: (line: string) => void, expected: Expectation, ...changes: readonly StackChange[]): Promise<Row> {
        return this.#scene(command, expected, async () => {
            for (const change of changes) {
                this.#stack.configure(change);
                const update = await this.#stack.up({
                    onLine: (line) => {
                        if (/\b(?:waiting for|refused|error:|ledger:)/.test(line)) {
                            say(line.trim());
                        }
                    },
                });
                if (update.exitCode === 0) {
                    // Users are there from the moment the service is.
                    await this.#counts();
                } else {
                    return {
                        result: "failed",
                        problems: [`pulumi up ended with ${String(update.exitCode)}: ${update.errors === "" ? update.output : update.errors}`],
                    };
                }
            }
            return { result: "done", problems: [] };
        });
    }

    async #refusedJump(say: (line: string) => void): Promise<Row> {
        return this.#scene("rolloutPercent: 50; pulumi up", expectedAt(this.#stable, this.#good, 0), async () => {
            this.#stack.configure({ rolloutPercent: 50 });
            const update = await this.#stack.up({
                onLine: (line) => {
                    if (line.includes("rollout refused:")) {
                        say(line.trim());
                    }
                },
            });
            this.#stack.configure({ rolloutPercent: 0 });
            const refused = update.exitCode !== 0 && update.output.includes("rollout refused:");
            return { result: refused ? "refused" : "not refused", problems: refused ? [] : ["the guard should have refused it"] };
        });
    }

    async #advance(stable: RevisionSpec, candidate: RevisionSpec, weight: 10 | 25 | 50 | 100, say: (line: string) => void): Promise<Row> {
        return this.#scene("rollout approve; rollout advance", expectedAt(stable, candidate, weight), async () => {
            await approve(this.#stack, stepAt(plan, weight).approvals, say);
            const over = new AbortController();
            const moved = this.#weightIs(candidate.name, weight, over.signal).then(() => this.#counts());
            const { exitCode, result, said } = await rollout(this.#stack, ["advance", "--wait", "180"], say);
            over.abort();
            const { observedPercent } = between(await moved, await this.#counts(), candidate.name);
            return exitCode === 0
                ? { result: "passed", problems: [], ...defined({ observedPercent }) }
                : { result: `exit ${String(exitCode)}`, problems: [`rollout advance: ${JSON.stringify(result)} ${said}`] };
        });
    }

    async #finish(say: (line: string) => void): Promise<Row> {
        return this.#scene("rollout approve; rollout finish", expectedAt(this.#good), async () => {
            await approve(this.#stack, finishApprovals, say);
            const { exitCode, result, said } = await rollout(this.#stack, ["finish"], say);
            return exitCode === 0
                ? { result: "finished", problems: [] }
                : { result: `exit ${String(exitCode)}`, problems: [`rollout finish: ${JSON.stringify(result)} ${said}`] };
        });
    }

    async #turnBad(revision: RevisionSpec, fault: ProfileName, whatItDoes: string, say: (line: string) => void): Promise<Row> {
        const { name: candidate } = revision;
        return this.#scene("rollout advance, without an operator", expectedAt(this.#good, revision, 0), async () => {
            const advance = rollout(this.#stack, ["advance", "--wait", "180"], say);
            const over = new AbortController();
            const early = await Promise.race([this.#weightIs(candidate, 25, over.signal), advance]);
            over.abort();
            if (early !== undefined) {
                return {
                    result: `exit ${String(early.exitCode)}`,
                    problems: [`it never came to 25 %, where it was to turn bad: ${JSON.stringify(early.result)}`],
                };
            }
            // Long enough for the new weight to be at the gateway and for the candidate to have served well with it.
            await sleep(5_000);
            const before = await this.#counts();
            const { startsAtMs } =
                this.#options.nodes === "real"
                    ? await beginFault(this.#stack.live, candidate, this.#stack.environment)
                    : await switchFault({ service: this.#stack.live.service, revision: candidate, profile: fault });
            say(`${candidate} ${whatItDoes} from now on`);
            const { exitCode, result } = await advance;
            const after = await this.#counts();
            const ended = rolledBackSchema.safeParse(result);
            if (exitCode !== 4 || !ended.success) {
                return { result: `exit ${String(exitCode)}`, problems: [`it should have rolled itself back: ${JSON.stringify(result)}`] };
            }
            const { timing, reason } = ended.data;
            if (timing.decidedAtMs < startsAtMs) {
                return { result: "rolled itself back", problems: [`it did so before it had a fault: ${reason}`] };
            }
            this.reactions.push({
                fault,
                faultToVerdictSeconds: (timing.decidedAtMs - startsAtMs) / 1_000,
                verdictToZeroSeconds: Math.max(0, ((after.byRevision[candidate]?.lastEndedAtMs ?? Number.NaN) - timing.decidedAtMs) / 1_000),
                failedRequests: after.total.failures - before.total.failures,
                reason,
            });
            return { result: "rolled itself back", problems: [] };
        });
    }

    /** Plays one scene: users go on all the time, and what is live afterwards is read from the API server. */
    async #scene(command: string, expected: Expectation, act: () => Promise<Pick<Row, "result" | "problems" | "observedPercent">>): Promise<Row> {
        const startedMs = performance.now();
        const before = this.#load === undefined ? undefined : await this.#counts();
        const { result, problems: own, ...split } = await act();
        const observed = await observe(this.#stack.live);
        const problems = [...own, ...unmet(expected, observed)];
        const seen = before === undefined ? { requests: 0, failures: 0 } : counted(before, await this.#counts());
        return {
            step: "",
            command,
            ...observed,
            ...seen,
            ...split,
            result,
            seconds: (performance.now() - startedMs) / 1_000,
            passed: problems.length === 0,
            problems,
        };
    }

    /** What users saw until now. The first question brings them. */
    async #counts(): Promise<LoadCounts> {
        this.#load ??= await this.#welcomeUsers();
        return this.#load.counts();
    }

    /** Users come little by little: a service with an empty cache bears few of them at first. */
    async #welcomeUsers(): Promise<Load> {
        const { requestsPerSecond } = this.#options;
        const load = await startLoad({ host: this.#stack.hostname, requestsPerSecond: requestsPerSecond / welcomeSteps, forSeconds: 3_600 });
        for (let step = 2; step <= welcomeSteps; step += 1) {
            await sleep(welcomePauseMs);
            await load.setRate((requestsPerSecond * step) / welcomeSteps);
        }
        return load;
    }

    async #weightIs(revision: string, weight: number, over: AbortSignal): Promise<void> {
        while (!over.aborted && (await this.#stack.live.weights())[revision] !== weight) {
            await sleep(200);
        }
    }
}

const rolledBackSchema = z.object({
    kind: z.literal("rolled-back"),
    reason: z.string(),
    timing: z.object({ decidedAtMs: z.number(), doneAtMs: z.number() }),
});
