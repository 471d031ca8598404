import { type EvidenceSources, collectEvidence } from "../adapters/evidence.ts";
import { type PodMetrics, podMetrics } from "../adapters/pod-metrics.ts";
import { probeRunner } from "../adapters/probes.ts";
import { prometheusClient } from "../adapters/prometheus.ts";
import { criteriaAt, everyCriterionAt } from "../rollout/criteria.ts";
import type { Criterion, ProbeName } from "../rollout/criterion.ts";
import type { Evidence } from "../rollout/evidence.ts";
import { judge } from "../rollout/judge.ts";
import type { Session } from "./session.ts";
import type { Examination, LiveStep } from "./watcher.ts";

/** Looks at the live evidence of a step, and has it judged. */
export class Observer {
    readonly #session: Session;
    readonly #sources: EvidenceSources | undefined;
    readonly #scrapeIntervalSeconds: number;
    readonly #probeEveryMs: number;
    #probed: { readonly step: string; readonly atMs: number; readonly results: Evidence["probes"] } | undefined;

    constructor(session: Session) {
        const { metrics, hostname, timeScale } = session.target;
        this.#session = session;
        this.#scrapeIntervalSeconds = metrics?.scrapeIntervalSeconds ?? 15;
        // Once a minute of the plan: a probe writes an engagement event, which must not drown those of users.
        this.#probeEveryMs = Math.max(3_000, 60_000 * timeScale);
        this.#sources =
            metrics === undefined
                ? undefined
                : {
                      prometheus: prometheusClient({ url: metrics.prometheusUrl }),
                      pods: session.state,
                      probes: probeRunner({ gatewayUrl: metrics.gatewayUrl, hostname, pods: session.state, ...this.#proxy() }),
                  };
    }

    /** Evidence of the step so far, and what the judge says of it. */
    async examine(step: LiveStep): Promise<Examination | { readonly blind: string }> {
        const sources = this.#sources;
        if (sources === undefined) {
            return { blind: "the stack names no Prometheus: set metrics.prometheusUrl" };
        }
        const { gate, investigate, atOnce } = criteriaAt(step.weightPercent);
        const evidence = await this.#evidence(step, sources);
        const limits = { scrapeIntervalSeconds: this.#scrapeIntervalSeconds, timeScale: this.#session.target.timeScale };
        return { evidence, gate: judge(distinct([...gate, ...investigate]), evidence, limits), atOnce: judgeAtOnce(atOnce, evidence, limits) };
    }

    /** A reader of pods' own metrics. */
    podMetrics(): PodMetrics {
        return podMetrics({ ...this.#proxy(), timeoutMs: 500 });
    }

    async #evidence(step: LiveStep, sources: EvidenceSources): Promise<Evidence> {
        const { namespace, service } = this.#session.target;
        const key = `${step.candidate.digest} ${step.enteredAt}`;
        const known = this.#probed?.step === key && performance.now() - this.#probed.atMs < this.#probeEveryMs ? this.#probed.results : undefined;
        const evidence = await collectEvidence(
            {
                namespace,
                service,
                stable: step.stable.name,
                candidate: step.candidate.name,
                enteredAt: step.enteredAt,
                scrapeIntervalSeconds: this.#scrapeIntervalSeconds,
                ...(known === undefined ? { probes: probesOf(everyCriterionAt(step.weightPercent)) } : {}),
            },
            sources,
        );
        if (known !== undefined) {
            return { ...evidence, probes: known };
        }
        this.#probed = { step: key, atMs: performance.now(), results: evidence.probes };
        return evidence;
    }

    #proxy(): { readonly proxyUrl?: string } {
        const proxyUrl = this.#session.target.metrics?.podProxyUrl;
        return proxyUrl === undefined ? {} : { proxyUrl };
    }
}

/** At weight 0 nothing can be taken back, and no criterion asks for it. */
function judgeAtOnce(criteria: readonly Criterion[], evidence: Evidence, limits: Parameters<typeof judge>[2]): Examination["atOnce"] {
    return criteria.length === 0 ? { verdict: "pass", reasons: [] } : judge(criteria, evidence, limits);
}

function distinct(criteria: readonly Criterion[]): readonly Criterion[] {
    return [...new Map(criteria.map((criterion) => [criterion.id, criterion])).values()];
}

function probesOf(criteria: readonly Criterion[]): readonly ProbeName[] {
    return criteria.flatMap(({ measure }) => (measure.kind === "probe" ? [measure.probe] : []));
}
