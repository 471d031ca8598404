import * as pulumi from "@pulumi/pulumi";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import type { ClusterReader, LiveRoute } from "../kubernetes/cluster-reader.ts";
import { candidateCapacity, stableCapacity } from "../route/capacity.ts";
import { moveBetween } from "../plan/move.ts";
import type { RolloutPlan } from "../plan/plan.ts";
import { type RolloutRecord, sameRevision, weightOf } from "../route/record.ts";
import { admitsTesters } from "../route/testers.ts";
import { type Order, type Transition, orderOf, transition } from "../route/transition.ts";
import { wordsOf } from "../words.ts";
import { type Refusal, type RolloutChange, type StepCondition, refusal } from "./rollout-change.ts";

export interface RolloutGuardArgs {
    readonly namespace: string;
    /** Name of the HTTPRoute, whose live object is the record of where the rollout stands. */
    readonly routeName: string;
    /** Name of the Service of a revision. */
    readonly serviceOf: (revision: string) => string;
    readonly plan: RolloutPlan;
    readonly wanted: RolloutRecord;
    /** Whether the route that is written leads testers to the candidate. A rollback that comes in the meantime shuts them out, and that must stay. @default false */
    readonly admitsTesters?: boolean;
    /** Reads the live cluster. */
    readonly cluster: ClusterReader;
    /** How the live route stood when the program began: it decided the order in which objects change. */
    readonly seen: LiveRoute;
    /** How long pods may take to become ready before the weight moves, in seconds. */
    readonly readyTimeoutSeconds: number;
    /** Further conditions for a step forward and for the finish, asked in this order. @default none */
    readonly conditions?: readonly StepCondition[];
    /** Where progress and warnings go. @default the engine's log */
    readonly log?: Pick<typeof pulumi.log, "info" | "warn">;
}

/**
 * Stands before every change of the rollout, in `preview` and in `up`, and lets only safe ones through.
 *
 * It judges the wanted record by the live route, never by stack outputs: after a failed update the engine records the outputs of the program all the same.
 */
export class RolloutGuard {
    readonly #args: RolloutGuardArgs;
    readonly #log: Pick<typeof pulumi.log, "info" | "warn">;

    constructor(args: RolloutGuardArgs) {
        this.#args = args;
        this.#log = args.log ?? pulumi.log;
    }

    /**
     * What the wanted record asks of the live route.
     *
     * @param preview whether this is `pulumi preview`.
     * @param recorded the record in the resource's old inputs. Where the live route can't be read, a preview judges by it, and says so; `up` lets only the
     * way back to its stable revision through.
     * @throws {Error} when the transition is refused, a condition is not met, or the live route can't be read in `up`.
     */
    async check(preview: boolean, recorded?: RolloutRecord): Promise<Transition> {
        return (await this.#check(preview, recorded)).transition;
    }

    /**
     * {@link check}, and then in `up` the wait for the pods that a change towards more weight needs. What was found is looked at again after the wait: a
     * rollback that came in the meantime must not be undone, and a candidate that turned bad must not get more users on an old verdict.
     *
     * @throws {Error} as {@link check} does, and when the pods are not ready in time. The weight has not moved then.
     */
    async checkWithCapacity(preview: boolean, recorded?: RolloutRecord): Promise<RolloutChange> {
        const change = await this.#check(preview, recorded);
        if (preview || !wantsCapacity(change.transition)) {
            return change;
        }
        await this.waitForCapacity();
        await this.#refuseIfChanged(change, recorded);
        await this.#askAgain(change);
        await this.#refuseIfChanged(change, recorded);
        return change;
    }

    /**
     * Waits until every revision that the wanted record sends traffic to, or would send it to on a rollback, has as many ready endpoints as the plan says.
     *
     * A route's status stays Accepted when its backend has no ready pod, and users get errors (measured with Contour), so endpoints are read instead.
     *
     * @throws {Error} when they are not ready in time. The weight has not moved then.
     */
    async waitForCapacity(): Promise<void> {
        const { namespace, plan, wanted, readyTimeoutSeconds } = this.#args;
        const needs = [{ revision: wanted.stable.name, pods: stableCapacity(plan, wanted).minimum }];
        if (wanted.kind === "rolling") {
            needs.push({ revision: wanted.candidate.name, pods: candidateCapacity(plan, wanted).minimum });
        }
        const deadlineMs = performance.now() + readyTimeoutSeconds * 1_000;
        let told = "";
        for (;;) {
            const waiting = (await Promise.all(needs.map(async (need) => this.#shortOf(need)))).filter((short) => short !== undefined);
            if (waiting.length === 0) {
                return;
            }
            if (performance.now() > deadlineMs) {
                throw new Error(
                    `ready endpoints after ${String(readyTimeoutSeconds)} s: ${waiting.join(", ")}. The weight has not moved. ` +
                        `What to do: kubectl get pods -n ${namespace}, and run the command again when they are ready, or roll back with rolloutPercent 0.`,
                );
            }
            const now = `waiting for ready endpoints: ${waiting.join(", ")}`;
            if (now !== told) {
                await this.#log.info(now);
                told = now;
            }
            await sleep(pollMs);
        }
    }

    async #check(preview: boolean, recorded: RolloutRecord | undefined): Promise<RolloutChange> {
        const { cluster, namespace, routeName, plan, wanted, seen } = this.#args;
        const change = await this.#decide(await cluster.readRoute(namespace, routeName), preview, recorded);
        if (change.transition.kind === "refused") {
            throw new Error(refusal(change.transition));
        }
        if (!preview && wantsCapacity(change.transition) && orderSeen(plan, seen, wanted) !== "capacity-first") {
            throw changed();
        }
        await this.#askConditions(change, preview);
        return change;
    }

    /** @throws {Error} when the route is no longer as `change` found it. */
    async #refuseIfChanged(change: RolloutChange, recorded: RolloutRecord | undefined): Promise<void> {
        const { cluster, namespace, routeName } = this.#args;
        if (!isDeepStrictEqual(await this.#decide(await cluster.readRoute(namespace, routeName), false, recorded), change)) {
            throw changed();
        }
    }

    /** @throws {Error} when a condition is not met. */
    async #askConditions(change: RolloutChange, preview: boolean): Promise<void> {
        const unmet = await this.#unmetOf(change, { preview });
        if (unmet !== undefined) {
            throw new Error(refusal(unmet));
        }
    }

    /**
     * Asks the conditions again, right before the route changes. What is only not shown yet, as of pods that have just come up, gets the time that pods get.
     *
     * @throws {Error} when a condition is not met any more.
     */
    async #askAgain(change: RolloutChange): Promise<void> {
        const deadlineMs = performance.now() + this.#args.readyTimeoutSeconds * 1_000;
        let told = false;
        for (;;) {
            const unmet = await this.#unmetOf(change, { preview: false, again: true });
            if (unmet === undefined) {
                return;
            }
            if (unmet.unsettled !== true || performance.now() > deadlineMs) {
                throw new Error(refusal({ problem: `asked again right before the weight moves: ${unmet.problem}\nThe weight has not moved`, fix: unmet.fix }));
            }
            if (!told) {
                await this.#log.info(`waiting for fresh evidence before the weight moves: ${unmet.problem}`);
                told = true;
            }
            await sleep(askAgainMs);
        }
    }

    /** The first condition that is not met, if any. */
    async #unmetOf(
        { transition: { kind }, present, wanted }: RolloutChange,
        asked: { readonly preview: boolean; readonly again?: boolean },
    ): Promise<Refusal | undefined> {
        if (kind !== "forward" && kind !== "finish") {
            return undefined;
        }
        const move = present === undefined ? undefined : moveBetween(present, wanted);
        if (move === undefined) {
            return { problem: "it is not known which step is left", fix: "run the command again" };
        }
        for (const condition of this.#args.conditions ?? []) {
            const unmet = await condition({ move, ...asked });
            if (unmet !== undefined) {
                return unmet;
            }
        }
        return undefined;
    }

    async #decide(live: LiveRoute, preview: boolean, recorded: RolloutRecord | undefined): Promise<RolloutChange> {
        const { plan, wanted, namespace, routeName } = this.#args;
        switch (live.kind) {
            case "absent":
                return { transition: transitionFrom(plan, live, wanted), wanted };
            case "found":
                if (!preview && this.#args.admitsTesters === true && wanted.kind === "rolling" && !admitsTesters(live.present.rolledBack, wanted.candidate)) {
                    throw changed();
                }
                return { transition: transitionFrom(plan, live, wanted), present: live.present.record, wanted };
            case "damaged":
            case "unreachable": {
                const problem = `HTTPRoute ${namespace}/${routeName} can't be judged: ${live.reason}`;
                const from = recorded === undefined ? { wanted } : { present: recorded, wanted };
                if (!preview) {
                    return isRollback(live, recorded, wanted)
                        ? { transition: { kind: "back", fromPercent: 100, to: 0 }, ...from }
                        : { transition: { kind: "refused", problem, fix: live.kind === "damaged" ? fixDamaged : fixUnreachable }, ...from };
                }
                await this.#log.warn(`rollout not evaluated: ${problem}. 'pulumi up' will refuse a step forward until it can be read.`);
                const forecast: Transition =
                    recorded === undefined ? { kind: "unchanged" } : transition(plan, { record: recorded, routedPercent: weightOf(recorded) }, wanted);
                return { transition: forecast, ...from };
            }
        }
    }

    /** What `need` is short of, in words, or undefined when its pods are ready. A look that fails is no answer, and so not enough. */
    async #shortOf({ revision, pods }: { readonly revision: string; readonly pods: number }): Promise<string | undefined> {
        const { cluster, namespace, serviceOf } = this.#args;
        try {
            const ready = await cluster.readyEndpoints(namespace, serviceOf(revision));
            return ready < pods ? `${revision} ${String(ready)} of ${String(pods)}` : undefined;
        } catch (error) {
            return `${revision} unknown of ${String(pods)} (${wordsOf(error)})`;
        }
    }
}

/** The transition from a route as it was seen, or undefined when it could not be read. */
export function transitionSeen(plan: RolloutPlan, seen: LiveRoute, wanted: RolloutRecord): Transition | undefined {
    return seen.kind === "found" || seen.kind === "absent" ? transitionFrom(plan, seen, wanted) : undefined;
}

/** The transition from a route that could be read. */
function transitionFrom(plan: RolloutPlan, live: LiveRoute & { readonly kind: "found" | "absent" }, wanted: RolloutRecord): Transition {
    return transition(plan, live.kind === "found" ? live.present : undefined, wanted);
}

/** The order in which the objects of a step change, as the route that was seen asks for. */
function orderSeen(plan: RolloutPlan, seen: LiveRoute, wanted: RolloutRecord): Order {
    return orderOf(transitionSeen(plan, seen, wanted));
}

/**
 * Whether `wanted` certainly takes traffic away from a candidate, although the live route can't be read: all of it goes to the revision that was stable.
 *
 * Any other weight could be more than what is live. A refresh takes damaged annotations into the recorded inputs too; then a revision that is on the route
 * already will do.
 */
function isRollback(live: LiveRoute & { readonly kind: "damaged" | "unreachable" }, recorded: RolloutRecord | undefined, wanted: RolloutRecord): boolean {
    const wasStable =
        recorded === undefined ? live.kind === "damaged" && live.revisions.includes(wanted.stable.name) : sameRevision(recorded.stable, wanted.stable);
    return weightOf(wanted) === 0 && wasStable;
}

/** Whether pods have to be there before the route may change. */
function wantsCapacity({ kind }: Transition): boolean {
    return kind === "start" || kind === "declare" || kind === "forward";
}

function changed(): Error {
    return new Error(refusal({ problem: "the live route changed while the program ran", fix: "run the command again" }));
}

const fixUnreachable = "make the API server reachable, then run the command again";
const fixDamaged = "roll back with rolloutPercent 0 and stable as it is deployed, which writes a new record";

/** A quarter of a second: an autoscaler's period is a second at the least, so a wait costs little more than it must. */
const pollMs = 250;

/** Two seconds: a fresh look runs the probes, and Prometheus scrapes every few seconds at the most. */
const askAgainMs = 2_000;
