import { type Approval, approvalDigest } from "../../../rollout/consent/approval.ts";
import { defined } from "../../../rollout/defined.ts";
import { criteriaAt, everyCriterionAt } from "../../../rollout/gate/criteria.ts";
import type { Evidence, LatencyHistogram, Observation, RevisionEvidence } from "../../../rollout/gate/evidence.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import { append } from "../../../rollout/ledger/chain.ts";
import { changeRecord } from "../../../rollout/ledger/change-record.ts";
import type { Grounds, LedgerDraft, LedgerRecord } from "../../../rollout/ledger/ledger-record.ts";
import type { Override } from "../../../rollout/consent/override.ts";
import { type Role, type Weight, isWeight, stepAt } from "../../../rollout/plan/plan.ts";
import type { RolloutRecord } from "../../../rollout/route/record.ts";
import { type RevisionReference, referenceTo } from "../../../rollout/route/revision.ts";
import { transition } from "../../../rollout/route/transition.ts";
import type { Judgement } from "../../../rollout/gate/verdict.ts";
import { profile } from "../../../service/profile.ts";
import { plan } from "../../../service/plan.ts";

/** What one revision goes through in the fixture. */
export interface Behaviour {
    readonly requestsPerSecond: number;
    /** Failed requests over all. */
    readonly errorRatio: number;
    /** Factor on the time to answer. */
    readonly slowness: number;
}

const well: Omit<Behaviour, "requestsPerSecond"> = { errorRatio: 0.0004, slowness: 1 };

/** A reference that differs from that of another name in its content too. */
export function revision(name: string): RevisionReference {
    return referenceTo({ name, image: `registry.example.com/ranking:${name}`, config: {} });
}

/** Evidence as the judge gets it, with all that the plan asks for, from how two revisions behave over a window. */
export function evidenceOf(
    takenAt: string,
    windowSeconds: number,
    weight: number,
    behaviour: Partial<Behaviour> = {},
    names = { stable: "v1-0-0", candidate: "v1-1-0" },
): Evidence {
    const all = 120;
    const seen = (name: string, share: number, pods: number, own: Partial<Behaviour>): RevisionEvidence =>
        revisionEvidence(name, takenAt, windowSeconds, pods, { ...well, requestsPerSecond: all * share, ...own });
    const replicas = stepReplicas(weight);
    return {
        takenAt,
        windowSeconds,
        soakedSeconds: windowSeconds,
        stable: seen(names.stable, 1 - weight / 100, 6, {}),
        candidate: seen(names.candidate, weight / 100, replicas, behaviour),
        probes: Object.fromEntries(probes.map((probe) => [probe, { kind: "passed" as const }])),
    };
}

const probes = ["health", "api", "cache", "engagement-events", "search", "trending", "creator-recommendations", "similar-videos"] as const;

/**
 * Writes a ledger as the program does: with its own functions, one record after another, on a clock that the story moves on.
 *
 * Judgements are the real judge's. The clock starts at the checklist's 06:45.
 */
export class Story {
    readonly records: LedgerRecord[] = [];
    #seconds = 0;
    #enteredSeconds = 0;
    #present: RolloutRecord;

    readonly #identity: string;

    constructor(stable: RevisionReference = revision("v1-0-0"), identity = "ci:release") {
        this.#identity = identity;
        this.#present = { kind: "steady", stable };
        this.#change(undefined, this.#present, {});
    }

    /** Now, by the story's clock: ISO 8601. */
    get now(): string {
        return new Date(Date.UTC(2025, 9, 26, 6, 45, this.#seconds)).toISOString();
    }

    get weight(): Weight {
        return this.#present.kind === "rolling" ? this.#present.weightPercent : 0;
    }

    wait(minutes: number): this {
        this.#seconds += minutes * 60;
        return this;
    }

    declare(candidate: RevisionReference): this {
        return this.#to({ kind: "rolling", stable: this.#present.stable, candidate, weightPercent: 0 }, {});
    }

    /** Everybody in `roles` approves the step that comes next. */
    approve(roles: readonly Role[], to: Exclude<Weight, 0> | "finished", note?: string): this {
        const { stable, candidate } = this.#rolling();
        for (const role of roles) {
            const approval: Approval = {
                role,
                identity: `${role}@example.com`,
                verified: true,
                digest: approvalDigest({ stable, candidate, from: this.weight, to }),
                at: this.now,
                expiresAt: new Date(Date.parse(this.now) + 86_400_000).toISOString(),
                ...defined({ note }),
            };
            this.add({
                kind: "approval",
                approval,
                ...this.#common(this.weight, to),
                actor: { identity: approval.identity, verified: true },
                text: `${role} approved`,
            });
        }
        return this;
    }

    /** Somebody lifts conditions of the step that comes next. */
    override(lifts: readonly string[], reason: string, to: Exclude<Weight, 0> | "finished"): Override {
        const { stable, candidate } = this.#rolling();
        const override: Override = {
            digest: approvalDigest({ stable, candidate, from: this.weight, to }),
            lifts,
            reason,
            role: "operations-lead",
            identity: "operations-lead@example.com",
            verified: true,
            at: this.now,
            expiresAt: new Date(Date.parse(this.now) + 3_600_000).toISOString(),
        };
        this.add({
            kind: "override",
            override,
            ...this.#common(this.weight, to),
            actor: { identity: override.identity, verified: true },
            text: `${override.identity} lifts ${lifts.join(", ")}: ${reason}`,
        });
        return override;
    }

    /** A look of the watcher, on record. */
    look(behaviour: Partial<Behaviour> = {}): Judgement {
        const { evidence, judgement } = this.judged(behaviour);
        this.add({
            kind: "watch",
            judgement,
            evidence: { kind: "whole", evidence },
            ...this.#common(this.weight, this.weight),
            text: `the watcher looked: ${judgement.verdict}`,
        });
        return judgement;
    }

    /** The step forward, on the evidence of the step that is left. */
    forward(to: Exclude<Weight, 0>, behaviour: Partial<Behaviour> = {}, more: Partial<Grounds> = {}): this {
        const { evidence, judgement } = this.judged(behaviour);
        return this.#to({ ...this.#rolling(), weightPercent: to }, { judgement, evidence: { kind: "whole", evidence }, ...more });
    }

    /** All traffic is rolled back, on the evidence of the last minute. */
    rollBack(behaviour: Partial<Behaviour>): this {
        const weight = this.weight;
        const evidence = evidenceOf(this.now, 60, weight, behaviour, this.#names());
        const judgement = judge(criteriaAt(profile, weight).atOnce, evidence);
        this.#seconds += 4;
        return this.#to({ ...this.#rolling(), weightPercent: 0 }, { judgement, evidence: { kind: "whole", evidence } });
    }

    finish(): this {
        const { evidence, judgement } = this.judged({});
        return this.#to({ kind: "steady", stable: this.#rolling().candidate }, { judgement, evidence: { kind: "whole", evidence } });
    }

    note(text: string): this {
        this.add({ kind: "note", ...this.#common(this.weight, this.weight), text });
        return this;
    }

    add(draft: LedgerDraft): void {
        this.records.push(append(this.records.at(-1), draft, this.now));
    }

    /** Evidence of the step so far, and what the judge says of it. */
    judged(behaviour: Partial<Behaviour>): { readonly evidence: Evidence; readonly judgement: Judgement } {
        const weight = this.weight;
        const evidence = evidenceOf(this.now, this.#seconds - this.#enteredSeconds, weight, behaviour, this.#names());
        return { evidence, judgement: judge(everyCriterionAt(profile, weight), evidence) };
    }

    #names() {
        const { stable, candidate } = this.#rolling();
        return { stable: stable.name, candidate: candidate.name };
    }

    #rolling(): RolloutRecord & { readonly kind: "rolling" } {
        if (this.#present.kind !== "rolling") {
            throw new Error("there is no candidate in this story yet");
        }
        return this.#present;
    }

    #common(from: number, to: Weight | "finished"): Pick<LedgerDraft, "actor" | "rollout" | "commit"> {
        const { stable, candidate } = this.#rolling();
        return { actor: { identity: this.#identity, verified: true }, rollout: { stable, candidate, from, to }, commit: "1f0c2a9" };
    }

    #to(wanted: RolloutRecord, grounds: Grounds): this {
        this.#change(this.#present, wanted, grounds);
        this.#present = wanted;
        this.#enteredSeconds = this.#seconds;
        return this;
    }

    #change(present: RolloutRecord | undefined, wanted: RolloutRecord, grounds: Grounds): void {
        const live = present === undefined ? undefined : { record: present, routedPercent: present.kind === "rolling" ? present.weightPercent : 0 };
        const made = { transition: transition(plan, live, wanted), ...defined({ present }), wanted, grounds };
        const draft = changeRecord(made, { actor: { identity: this.#identity, verified: true }, commit: "1f0c2a9" });
        if (draft === undefined) {
            throw new Error(`this story asks for a change that is none: ${JSON.stringify(made.transition)}`);
        }
        this.add(draft);
    }
}

/** A release as it should be: every step soaked and approved, then finished. */
export function goodRelease(): Story {
    const story = new Story().wait(5).declare(revision("v1-1-0")).wait(10);
    story.approve(stepAt(plan, 10).approvals, 10, "looked at staging's report").forward(10);
    for (const to of [25, 50, 100] as const) {
        const soak = stepAt(plan, story.weight).soakMinutes;
        story.wait(soak / 3).look();
        story.wait(soak / 3).look();
        story
            .wait(soak / 3)
            .approve(stepAt(plan, to).approvals, to)
            .forward(to);
    }
    story.wait(60).look();
    return story.wait(60).approve(["tech-lead", "operations-lead", "product-lead"], "finished").finish();
}

/** A release that fails at 25 %: first a breach that holds, then one that takes the traffic back. */
export function failedRelease(): Story {
    const story = new Story().declare(revision("v1-1-0")).wait(5);
    story.approve(stepAt(plan, 10).approvals, 10).forward(10).wait(8).look();
    story.wait(7).forward(25).wait(10).look();
    story.wait(5).look({ errorRatio: 0.02 });
    return story.wait(2).rollBack({ errorRatio: 0.12 });
}

/** A release with a step that was taken before its soak was over, since somebody decided so. */
export function overriddenRelease(): Story {
    const story = new Story().declare(revision("v1-1-0")).wait(5);
    story.approve(stepAt(plan, 10).approvals, 10).forward(10).wait(6);
    const override = story.override(["soak"], "the fix of an outage can't wait for the soak", 25);
    return story
        .wait(1)
        .forward(25, {}, { overrides: [override] })
        .wait(10);
}

/** A release with `text` wherever a person or the cluster can put text into a ledger: names, reasons, notes, identities. */
export function releaseFullOf(text: string): Story {
    const story = new Story(revision(`v1-0-0${text}`), `ci:release${text}`).declare(revision(`v1-1-0${text}`)).wait(5);
    story.approve(["tech-lead"], 10, `looked at it${text}`).forward(10).wait(6).note(`something was noticed${text}`);
    const override = story.override(["soak"], `the fix of an outage can't wait${text}`, 25);
    story
        .wait(1)
        .forward(25, {}, { overrides: [override] })
        .wait(10)
        .look({ errorRatio: 0.02 });
    return story.wait(1).rollBack({ errorRatio: 0.12 });
}

function stepReplicas(weight: number): number {
    return isWeight(plan, weight) ? stepAt(plan, weight).candidateReplicas : 1;
}

function revisionEvidence(
    name: string,
    takenAt: string,
    windowSeconds: number,
    pods: number,
    { requestsPerSecond, errorRatio, slowness }: Behaviour,
): RevisionEvidence {
    const total = Math.round(requestsPerSecond * windowSeconds);
    const hits = Math.round(total * 0.965);
    const podNames = Array.from({ length: pods }, (_, index) => `${name}-${String(index)}`);
    const endSeconds = Date.parse(takenAt) / 1_000;
    const lasting = (all: number): LatencyHistogram => ({
        boundsSeconds: bounds,
        counts: bounds.map((bound, index) => Math.round(all * (within(bound / slowness) - within((bounds[index - 1] ?? 0) / slowness)))),
    });
    return {
        revision: name,
        gateway: {
            kind: "seen",
            scrapes: observed({ newestAgeSeconds: 5, fewestDistinct: Math.floor(windowSeconds / 15), pods: 2 }),
            requests: observed({ total, failed: Math.round(total * errorRatio), timedOut: 0, unanswered: 0, clientErrors: noClientErrors, retries: 0 }),
            recentRequests: observed(Math.round(requestsPerSecond * 60)),
            latency: observed(lasting(total)),
        },
        scrapes: observed({ newestAgeSeconds: 5, fewestDistinct: Math.floor(windowSeconds / 15), pods }),
        requests: observed({ total, failed: Math.round(total * errorRatio), timedOut: 0, clientErrors: noClientErrors }),
        recentRequests: observed(Math.round(requestsPerSecond * 60)),
        latency: observed(lasting(total)),
        latencyOnHit: observed({ boundsSeconds: bounds, counts: bounds.map((bound) => (bound === 0.05 ? hits : 0)) }),
        latencyOnMiss: observed({ boundsSeconds: bounds, counts: bounds.map((bound) => (bound === 0.2 ? total - hits : 0)) }),
        cache: observed({ hits, misses: total - hits, errors: 0 }),
        cpuUtilisation: observed(0.32),
        memory: observed(
            podNames.map((pod) => ({
                pod,
                samples: Array.from({ length: 24 }, (_, index) => ({
                    atSeconds: endSeconds - windowSeconds + (index * windowSeconds) / 24,
                    bytes: 180 * 2 ** 20 + (index % 3) * 2 ** 16,
                })),
            })),
        ),
        databasePool: observed({ inUse: 4, size: 20, waiting: 0 }),
        databaseConnectionErrors: observed(0),
        criticalLogLines: observed(0),
        events: observed({ accepted: total, recorded: total, failed: 0 }),
        pods: observed(podNames.map((pod) => ({ name: pod, ready: true, restarts: 0, recentRestarts: 0, restartsInStep: 0 }))),
        autoscaler: observed({ minimum: pods, maximum: 10, current: pods, desired: pods, problems: [] }),
    };
}

const noClientErrors = { unauthorized: 0, forbidden: 0, notFound: 0, other: 0 };

/** Bounds of the service contract's histogram, in seconds. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, Infinity];

/** Share of answers within a time: half of them within 35 ms, 95 % within 151 ms. */
function within(seconds: number): number {
    return 1 - 2 ** -(seconds / 0.035);
}

function observed<T>(value: T): Observation<T> {
    return { kind: "observed", value };
}
