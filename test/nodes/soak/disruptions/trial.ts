import { CoreV1Api } from "@kubernetes/client-node";
import { execa } from "execa";
import { setTimeout as sleep } from "node:timers/promises";

import { type Load, startLoad } from "../../../../lab/load/load.ts";
import { nextRevision } from "../../../../lab/trial/revisions.ts";
import { RolloutProcess, rolledBackSchema } from "../../../../lab/trial/rollout-process.ts";
import { enterStep } from "../../../../lab/trial/step.ts";
import { TrialStack, labMetrics } from "../../../../lab/trial/trial-stack.ts";
import { waitUntil } from "../../../../lab/wait.ts";
import { defined } from "../../../../rollout/defined.ts";
import { referenceTo, type RevisionSpec } from "../../../../rollout/route/revision.ts";
import type { Row } from "./row.ts";

/** A pod of the candidate. */
export interface CandidatePod {
    readonly name: string;
    readonly uid: string;
    readonly node: string;
}

/** How long users go on after a disturbance, in milliseconds: long enough for the watcher to come to its word. */
const observedMs = 60_000;

/** One disturbance. */
export interface Disturbance {
    readonly what: string;
    readonly atFault: boolean;
    readonly breaksPlan?: true;
    /** Does it. The trial is at 25 %, with users and a watcher. */
    readonly act: (trial: DisturbedRollout) => Promise<void>;
}

/** A rollout at 25 % on real nodes, with users and the real watcher. */
export class DisturbedRollout {
    readonly stack: TrialStack;
    #candidate: RevisionSpec;
    #load: Load | undefined;
    #number = 1;

    private constructor(stack: TrialStack) {
        this.stack = stack;
        this.#candidate = nextRevision(stack.stable);
    }

    static async create(): Promise<DisturbedRollout> {
        const trial = new DisturbedRollout(await TrialStack.create("disturbed"));
        trial.stack.configure({ metrics: labMetrics, timeScale: 0.2 });
        await trial.deploy({});
        trial.#load = await startLoad({ host: trial.stack.hostname, requestsPerSecond: 150, forSeconds: 3_600 });
        return trial;
    }

    async remove(): Promise<void> {
        await this.#load?.stop();
        await this.stack.remove();
    }

    get candidate(): RevisionSpec {
        return this.#candidate;
    }

    /** Brings another candidate to 25 %, with these settings besides its own. */
    async deploy(settings: Readonly<Record<string, string>>): Promise<void> {
        const next = nextRevision(this.stack.stable, this.#number);
        this.#number += 1;
        this.#candidate = { ...next, config: { ...next.config, ...settings } };
        this.stack.configure({ candidate: undefined, rolloutPercent: 0 });
        await this.#up();
        for (const rolloutPercent of [0, 10, 25] as const) {
            this.stack.configure({ candidate: this.#candidate, rolloutPercent });
            await this.#up();
        }
    }

    /** Pods of the candidate that are not going away. */
    async pods(): Promise<readonly CandidatePod[]> {
        const { items } = await this.stack.live
            .client(CoreV1Api)
            .listNamespacedPod({ namespace: this.stack.live.namespace, labelSelector: `nova.example.com/revision=${this.#candidate.name}` });
        return items
            .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
            .map(({ metadata, spec }) => ({ name: metadata?.name ?? "", uid: metadata?.uid ?? "", node: spec?.nodeName ?? "" }));
    }

    /** One of them. @throws Error where there is none. */
    async pod(): Promise<CandidatePod> {
        const [first] = await this.pods();
        if (first === undefined) {
            throw new Error(`${this.#candidate.name} has no pod`);
        }
        return first;
    }

    async kubectl(...args: readonly string[]): Promise<string> {
        const { stdout } = await execa("kubectl", ["--namespace", this.stack.live.namespace, ...args], { env: this.stack.environment, extendEnv: false });
        return stdout;
    }

    /** Plays a disturbance, and says what came of it. */
    async play({ what, atFault, breaksPlan, act }: Disturbance): Promise<Row> {
        const { checkout, environment, live, stable } = this.stack;
        await enterStep(live, { kind: "rolling", stable: referenceTo(stable), candidate: referenceTo(this.#candidate), weightPercent: 25 });
        const watcher = new RolloutProcess({ checkout, environment, args: ["watch", "--keep", "--stack", this.stack.name] });
        await watcher.nextLook("its first look", () => true);
        // What users met on the way here is not this disturbance's.
        await sleep(5_000);
        const before = await this.#counts();
        const first = watcher.looks.length;
        await act(this);
        await Promise.race([watcher.ended, sleep(observedMs)]);
        const after = await this.#counts();
        const { result } = await watcher.stop();
        const rolledBack = rolledBackSchema.safeParse(result);
        const held = watcher.looks.slice(first).find(({ decision }) => decision.kind === "holding" || decision.kind === "blind");
        const open = watcher.looks
            .slice(first)
            .flatMap(({ examination }) => examination?.gate.reasons ?? [])
            .find(({ verdict }) => verdict !== "pass");
        const reasons = Object.fromEntries(
            Object.entries(after.total.failuresByReason)
                .map(([reason, count]): [string, number] => [reason, count - (before.total.failuresByReason[reason] ?? 0)])
                .filter(([, count]) => count > 0),
        );
        return {
            what,
            atFault,
            ...defined({ breaksPlan }),
            requests: after.total.requests - before.total.requests,
            failures: after.total.failures - before.total.failures,
            reasons,
            verdict: rolledBack.success ? "rolled back" : held === undefined ? "passed" : "held",
            said: rolledBack.success ? rolledBack.data.reason : (held?.decision.reason ?? open?.text ?? "all criteria pass"),
        };
    }

    /** Waits until the candidate has its three pods at 25 % again, and none is going away. */
    async settled(): Promise<void> {
        await waitUntil(
            async () => {
                const ready = (await this.stack.live.readyPods())[this.#candidate.name] ?? 0;
                if (ready < 3) {
                    throw new Error(`${String(ready)} pods are ready`);
                }
            },
            { what: `three pods of ${this.#candidate.name}`, withinMs: 180_000, everyMs: 1_000 },
        );
    }

    async #counts() {
        if (this.#load === undefined) {
            throw new Error("there are no users yet");
        }
        return this.#load.counts();
    }

    async #up(): Promise<void> {
        const update = await this.stack.up();
        if (update.exitCode !== 0) {
            throw new Error(`pulumi up ended with ${String(update.exitCode)}: ${update.output}`);
        }
    }
}
