import { filledIn } from "../../gate/backend-scope.ts";
import { defined } from "../../defined.ts";
import type { PodReader } from "../../gate/live/evidence.ts";
import { wordsOf } from "../../words.ts";
import { type GatewayStatistics, gatewayStatistics } from "./gateway-stats.ts";
import { type PodMetrics, podMetrics } from "./pod-metrics.ts";
import type { TesterAccess } from "../../route/live/tester-access.ts";
import { LiveEvidence, type Look, type ObservedTarget, judgedBy } from "../../gate/conditions/live-evidence.ts";
import { podSeriesOf } from "../../gate/pod-series.ts";
import { criteriaAt, everyCriterionAt, probesOf } from "../../gate/criteria.ts";
import type { ServiceProfile } from "../../profile/profile.ts";
import type { Criterion } from "../../gate/criterion.ts";
import type { Evidence } from "../../gate/evidence.ts";
import type { Judgement } from "../../gate/verdict.ts";
import type { Examination, LiveStep } from "./watcher.ts";

/** A rollout that is finished. */
export interface FinishedScope {
    /** Name of the stable revision. */
    readonly stable: string;
    /** ISO 8601. */
    readonly finishedAt: string;
    readonly windowSeconds: number;
}

/** What is observed. */
export interface ObservedSession {
    readonly target: ObservedTarget & { readonly profile: Pick<ServiceProfile, "criteria" | "successCriteria" | "probes" | "metrics"> };
    readonly state: PodReader;
    readonly testers: TesterAccess;
    /** The stack behind it. Absent in the watchdog's pod: functions among the probes are loaded from its working directory. */
    readonly stack?: { readonly folder: string };
}

/** How it is observed. */
export interface ObserverOptions {
    /** Whether probes are run: some leave something behind. Without them, what a probe would show is not judged. @default true */
    readonly probes?: boolean;
}

/** Looks at the live evidence of a step, and has it judged. */
export class Observer {
    readonly #target: ObservedSession["target"];
    readonly #live: LiveEvidence;
    readonly #probes: boolean;
    readonly #probeEveryMs: number;
    #probed: { readonly step: string; readonly atMs: number; readonly results: Evidence["probes"] } | undefined;

    constructor({ target, state, testers, stack }: ObservedSession, { probes = true }: ObserverOptions = {}) {
        this.#target = target;
        this.#probes = probes;
        // Once a minute of the plan: what a probe writes must not drown what users do.
        this.#probeEveryMs = Math.max(3_000, 60_000 * target.timeScale);
        this.#live = new LiveEvidence(target, state, testers, stack?.folder);
    }

    /** Evidence of the step so far, and what the judge says of it. */
    async examine(step: LiveStep): Promise<Examination | { readonly blind: string }> {
        try {
            const [evidence, recent] = await Promise.all([this.evidence(step), this.#recent(step)]);
            const { gate, investigate, atOnce } = criteriaAt(this.#target.profile, step.weightPercent);
            const now = recent === undefined ? undefined : this.judge(atOnce, recent);
            const whole = { evidence, gate: this.judge(distinct([...gate, ...investigate]), evidence), atOnce: this.judge(atOnce, evidence) };
            return recent !== undefined && now?.verdict === "rollback" ? { ...whole, evidence: recent, atOnce: now } : whole;
        } catch (error) {
            return { blind: wordsOf(error) };
        }
    }

    /** Evidence of the step so far. @throws where the stack names nothing to look at. */
    async evidence(step: LiveStep): Promise<Evidence> {
        if (!this.#probes) {
            return this.#live.collect(lookAt(step));
        }
        const key = `${step.candidate.digest} ${step.enteredAt}`;
        const known = this.#probed?.step === key && performance.now() - this.#probed.atMs < this.#probeEveryMs ? this.#probed.results : undefined;
        const probes = known === undefined ? { probes: probesOf(everyCriterionAt(this.#target.profile, step.weightPercent)) } : {};
        const evidence = await this.#live.collect({ ...lookAt(step), ...probes });
        if (known !== undefined) {
            return { ...evidence, probes: known };
        }
        this.#probed = { step: key, atMs: performance.now(), results: evidence.probes };
        return evidence;
    }

    /**
     * Evidence of a finished rollout: of the revision that it made the stable one, over the last `windowSeconds` and not from before `finishedAt`. Probes are run against it.
     *
     * @throws where the stack names nothing to look at.
     */
    async evidenceSinceFinish({ stable, finishedAt, windowSeconds }: FinishedScope): Promise<Evidence> {
        const probes = await this.#live.probe(stable, probesOf(this.#target.profile.successCriteria));
        const evidence = await this.#live.collect({ stable, enteredAt: finishedAt, windowSeconds });
        return { ...evidence, probes };
    }

    /** The judge, with this stack's limits. A step without traffic to roll back has no criteria: that is no hold. */
    judge(criteria: readonly Criterion[], evidence: Evidence): Judgement {
        const asked = this.#probes ? criteria : criteria.filter(({ measure }) => measure.kind !== "probe");
        return asked.length === 0 ? nothingAsked : judgedBy(this.#target, asked, evidence);
    }

    /** A reader of pods' own metrics; undefined where the profile says that they show none. The caller closes it. */
    podMetrics(): PodMetrics | undefined {
        const proxyUrl = this.#target.metrics?.podProxyUrl;
        const series = podSeriesOf(this.#target.profile.metrics);
        return series && podMetrics(series, { ...defined({ proxyUrl }), timeoutMs: 500 });
    }

    /**
     * A reader of the gateway's own statistics of a revision's backend; undefined where the stack doesn't say where they are (`metrics.gatewayStatsUrl`).
     * The caller closes it.
     */
    gatewayStatistics(revision: string): GatewayStatistics | undefined {
        const { namespace, service, metrics } = this.#target;
        if (metrics?.gatewayStatsUrl === undefined || metrics.gateway?.kind !== "envoy") {
            return undefined;
        }
        return gatewayStatistics({
            urls: [metrics.gatewayStatsUrl],
            cluster: filledIn(metrics.gateway.clusterName, { namespace, service, revision }),
            ...defined({ proxyUrl: metrics.podProxyUrl }),
        });
    }

    /** Closes its connections. */
    async close(): Promise<void> {
        await this.#live.close();
    }

    /**
     * Evidence of the last minute alone: what turns bad late in a long step would be diluted by all that went well before. It only rolls back, it lets nothing
     * pass.
     */
    async #recent(step: LiveStep): Promise<Evidence | undefined> {
        return step.soakedSeconds <= recentSeconds ? undefined : this.#live.collect({ ...lookAt(step), windowSeconds: recentSeconds });
    }
}

function lookAt({ stable, candidate, enteredAt }: LiveStep): Look {
    return { stable: stable.name, candidate: candidate.name, enteredAt };
}

/** Four scrapes of 15 s. */
const recentSeconds = 60;

const nothingAsked: Judgement = { verdict: "pass", reasons: [] };

function distinct(criteria: readonly Criterion[]): readonly Criterion[] {
    return [...new Map(criteria.map((criterion) => [criterion.id, criterion])).values()];
}
