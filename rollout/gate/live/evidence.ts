import { defined } from "../../defined.ts";
import { wordsOf } from "../../words.ts";
import { type Evidence, type Observation, type ProbeResult, type RevisionEvidence, unseenGateway } from "../evidence.ts";
import { derived, valueOf } from "./evidence/observation.ts";
import type { PodReader } from "./evidence/pod-reader.ts";
import { type SeenRevision, revisionEvidence, unseenRevision } from "./evidence/revision-evidence.ts";
import { coveredFrom, misattributed } from "./evidence/scrape-state.ts";
import { type RevisionMetrics, windowMetrics } from "./evidence/window-metrics.ts";
import { type MetricWindow, soakedSecondsOf, windowOf } from "./evidence/window.ts";
import { gatewayViews } from "./gateway/gateway-view.ts";
import type { ProbeRunner } from "./probes.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { PodSeries } from "../pod-series.ts";
import type { GatewayStatistics } from "../../settings/gateway-statistics.ts";

export type { LivePod, PodReader } from "./evidence/pod-reader.ts";

/** What evidence is about. */
export interface EvidenceScope {
    readonly namespace: string;
    readonly service: string;
    /** Name of the stable revision. */
    readonly stable: string;
    /** Name of the candidate, if there is one. */
    readonly candidate?: string;
    /** When the step was entered, by the API server's clock: ISO 8601. Metrics from before are never looked at. */
    readonly enteredAt: string;
    /** How far back to look, in seconds. Defaults to the beginning of the step. */
    readonly windowSeconds?: number;
    /**
     * How often Prometheus scrapes a pod, in seconds.
     *
     * @default 15
     */
    readonly scrapeIntervalSeconds?: number;
    /**
     * Probes to run against the candidate, before metrics are queried: the metrics are then fresh when the judge decides.
     *
     * @default none
     */
    readonly probes?: readonly string[];
}

/** Where evidence comes from. */
export interface EvidenceSources {
    readonly prometheus: PrometheusClient;
    readonly pods: PodReader;
    /** What the pods show. Undefined where the profile says that they show nothing: the gateway's view is then the only one. */
    readonly podSeries: PodSeries | undefined;
    /** Whose statistics say what users got. Without one, every view of the gateway is missing. */
    readonly gateway?: GatewayStatistics | undefined;
    /** Without one, every requested probe has failed. */
    readonly probes?: ProbeRunner;
}

/**
 * Looks at everything that a step is judged by. Never throws: what can't be seen is `missing` with its reason, and a probe that can't be run has failed.
 *
 * Counts are exact between the scrapes that lie in the window (see `evidence/counting.ts`), and those of one revision are of the same scrapes. What happened
 * after a pod's last scrape isn't seen yet. Where a ready pod isn't scraped, `scrapes` is missing and the counts are those of the other pods: enough to take a
 * rollout back, never to go on. `windowSeconds` is what the metrics cover: less than asked for where Prometheus has no data from the beginning of the window.
 */
export async function collectEvidence(scope: EvidenceScope, sources: EvidenceSources): Promise<Evidence> {
    const scrapeIntervalSeconds = scope.scrapeIntervalSeconds ?? 15;
    const probes = await probed(scope, sources.probes);
    const revisions = scope.candidate === undefined ? [scope.stable] : [scope.stable, scope.candidate];
    const [prometheusNow, serverNow, ...live] = await Promise.all([
        attempt("Prometheus", () => sources.prometheus.now()),
        attempt("the API server", async () => ({ kind: "observed", value: (await sources.pods.serverNow()).getTime() / 1_000 })),
        ...revisions.map((revision) => liveOf(revision, scope.enteredAt, sources.pods)),
    ]);
    const enteredAtSeconds = Date.parse(scope.enteredAt) / 1_000;
    const window = derived(() =>
        valueOf(
            windowOf({
                prometheusNowSeconds: valueOf(prometheusNow),
                serverNowSeconds: valueOf(serverNow),
                enteredAtSeconds,
                scrapeIntervalSeconds,
                ...defined({ windowSeconds: scope.windowSeconds }),
            }),
        ),
    );
    const { namespace, service } = scope;
    const { prometheus, gateway, podSeries } = sources;
    const [metrics, gateways] =
        window.kind === "missing"
            ? [podSeries === undefined ? showingNothing : window, window]
            : await Promise.all([
                  podSeries === undefined
                      ? showingNothing
                      : attempt("Prometheus", () => windowMetrics(prometheus, { namespace, service, revisions, series: podSeries }, window.value)),
                  gatewayViews(prometheus, { namespace, service, revisions, scrapeIntervalSeconds, gateway }, window.value),
              ]);
    const seen = live.map((one): SeenRevision => ({
        ...one,
        gateway: "kind" in gateways ? unseenGateway(gateways.reason) : (gateways.views.get(one.revision) ?? unseenGateway("the gateway was not asked")),
        metrics: metrics.kind === "waived" ? metrics : metricsOf(one.revision, metrics, live),
    }));
    const evidenceOf = (revision: string): RevisionEvidence => {
        const own = seen.find((one) => one.revision === revision);
        const evidence = derived(() =>
            own === undefined ? unseenRevision(revision, "it was not looked at") : revisionEvidence(own, podSeries, scrapeIntervalSeconds),
        );
        return evidence.kind === "observed" ? evidence.value : unseenRevision(revision, evidence.reason);
    };
    // Without the API server's clock the soak counts as nothing, so another clock will do for the time of the evidence.
    const takenAtSeconds = [serverNow, prometheusNow].find(({ kind }) => kind === "observed");
    return {
        takenAt: new Date(takenAtSeconds?.kind === "observed" ? takenAtSeconds.value * 1_000 : Date.now()).toISOString(),
        windowSeconds:
            metrics.kind === "waived" && window.kind === "observed" && !("kind" in gateways)
                ? coveredFor(window.value, gateways.coveredFromSeconds, scrapeIntervalSeconds)
                : coveredSeconds(seen, scrapeIntervalSeconds),
        soakedSeconds: serverNow.kind === "observed" && Number.isFinite(enteredAtSeconds) ? soakedSecondsOf(serverNow.value, enteredAtSeconds) : 0,
        stable: evidenceOf(scope.stable),
        ...(scope.candidate === undefined ? {} : { candidate: evidenceOf(scope.candidate) }),
        probes,
    };
}

async function probed({ candidate, probes = [] }: EvidenceScope, runner: ProbeRunner | undefined): Promise<Evidence["probes"]> {
    if (candidate === undefined || probes.length === 0) {
        return {};
    }
    const failed = (reason: string): ProbeResult => ({ kind: "failed", reason });
    if (runner === undefined) {
        return Object.fromEntries(probes.map((name) => [name, failed("it could not be run: the gateway's address is not configured")]));
    }
    try {
        const results = await runner.run(candidate, probes);
        return Object.fromEntries(probes.map((name) => [name, results[name] ?? failed("it gave no result")]));
    } catch (error) {
        return Object.fromEntries(probes.map((name) => [name, failed(`it could not be run: ${wordsOf(error)}`)]));
    }
}

type LiveRevision = Omit<SeenRevision, "metrics" | "gateway">;

/** What the API server has of a revision. */
async function liveOf(revision: string, enteredAt: string, reader: PodReader): Promise<LiveRevision> {
    const [pods, autoscaler] = await Promise.all([
        attempt("the API server", async (): Promise<SeenRevision["pods"]> => ({ kind: "observed", value: await reader.pods(revision, enteredAt) })),
        attempt("the API server", async (): Promise<SeenRevision["autoscaler"]> => {
            const found = await reader.autoscaler(revision);
            return found === undefined ? { kind: "missing", reason: `revision ${revision} has no autoscaler` } : { kind: "observed", value: found };
        }),
    ]);
    return { revision, pods, autoscaler };
}

/** The metrics of one revision, unless the API server has one of their pods under another revision. */
function metricsOf(
    revision: string,
    all: Observation<ReadonlyMap<string, Observation<RevisionMetrics>>>,
    live: readonly LiveRevision[],
): Observation<RevisionMetrics> {
    const own = all.kind === "missing" ? all : (all.value.get(revision) ?? { kind: "missing", reason: `Prometheus was not asked for revision ${revision}` });
    if (own.kind === "missing") {
        return own;
    }
    const others = live.flatMap((one) => (one.revision !== revision && one.pods.kind === "observed" ? [{ revision: one.revision, pods: one.pods.value }] : []));
    const reason = misattributed(revision, own.value.processes, others);
    return reason === undefined ? own : { kind: "missing", reason };
}

/** What the metrics cover, in whole seconds: as much as those of the revision seen for the shortest time. A gap of up to two scrapes at the start is tolerated. */
function coveredSeconds(seen: readonly SeenRevision[], scrapeIntervalSeconds: number): number {
    const covered = seen.map(({ metrics }) => {
        return metrics.kind === "observed" ? coveredFor(metrics.value.window, coveredFrom(metrics.value), scrapeIntervalSeconds) : 0;
    });
    return Math.min(...covered);
}

function coveredFor({ fromSeconds, atSeconds }: MetricWindow, sinceSeconds: number, scrapeIntervalSeconds: number): number {
    return Math.floor(Math.max(0, atSeconds - (sinceSeconds - fromSeconds <= 2 * scrapeIntervalSeconds ? fromSeconds : sinceSeconds)));
}

/** The pods of a service that has the gateway alone. */
const showingNothing = { kind: "waived", reason: "the profile says that the pods show no metrics (metrics.kind is gateway-alone)" } as const;

/** What `look` finds. What it throws is the reason why that is missing. */
async function attempt<T>(whom: string, look: () => Promise<Observation<T>>): Promise<Observation<T>> {
    try {
        return await look();
    } catch (error) {
        return { kind: "missing", reason: `${whom} could not be asked: ${wordsOf(error)}` };
    }
}
