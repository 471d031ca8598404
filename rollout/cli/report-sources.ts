import { defined } from "../defined.ts";
import { repository } from "../preflight/live/repository.ts";
import { podSeriesOf } from "../gate/pod-series.ts";
import { stackPrometheus } from "../gate/live/stack-prometheus.ts";
import { readMeasurements } from "../gate/live/step-metrics.ts";
import { factSources } from "../gate/conditions/assembly.ts";
import { collectFacts } from "../gate/conditions/checklist-facts.ts";
import { type Measurements, type ReportSources, type ReportedRollout, rolloutIn } from "../report/rollout-report.ts";
import type { Checklist } from "../checklist/box.ts";
import { evaluate } from "../checklist/evaluate.ts";
import type { BoxState } from "../checklist/state.ts";
import type { Observation } from "../gate/evidence.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { wordsOf } from "../words.ts";
import type { Session } from "./session.ts";

/** As much of a session as a report without the checklist needs. */
export interface ReportedSession extends Pick<Session, "target" | "schedule"> {
    readonly cluster: Pick<Session["cluster"], "readStep">;
    readonly ledger: Pick<Session["ledger"], "read">;
}

/** Which rollout is read. */
export interface ReportSubject {
    /** Name of the candidate. @default that of the newest rollout */
    readonly revision?: string;
}

/**
 * Reads what a report is made of: the ledger, what Prometheus has, and the checklist. Changes nothing.
 *
 * @throws {Error} when the ledger can't be read: without it there is nothing to report. All else may be missing, and says so.
 */
export async function reportSources(session: Session, subject: ReportSubject = {}): Promise<ReportSources> {
    const sources = await ledgerAndCurves(session, subject);
    const rollout = rolloutIn(sources.profile.plan, sources.ledger.counting, sources.now, subject.revision);
    const commitTimes = await timesOf(sources.ledger.counting, session.stack?.folder);
    const { checklist } = sources.profile;
    if (checklist === undefined) {
        return { ...sources, commitTimes };
    }
    return { ...sources, commitTimes, checklist: "why" in rollout ? missing(rollout.why) : await evaluated(session, checklist, rollout) };
}

/** {@link reportSources} without the checklist and the times of commits, which take their time. @throws {Error} as it does. */
export async function ledgerAndCurves(session: ReportedSession, { revision }: ReportSubject = {}): Promise<Omit<ReportSources, "checklist">> {
    const { profile, environment, namespace, service } = session.target;
    const [ledger, now] = await Promise.all([session.ledger.read(), serverTime(session)]);
    const rollout = rolloutIn(profile.plan, ledger.counting, now, revision);
    const measurements = "why" in rollout ? noMeasurements(rollout.why) : await measured(session, rollout, now);
    const { schedule } = session;
    return { profile, now, environment, namespace, service, ledger, schedule, measurements, ...defined({ revision }) };
}

/** When the records' commits were made. A clone that lacks some, as a shallow one does, leaves them out. */
async function timesOf(records: readonly LedgerRecord[], folder: string | undefined): Promise<ReadonlyMap<string, string>> {
    if (folder === undefined) {
        return new Map();
    }
    const git = repository(folder);
    const commits = [...new Set(records.flatMap(({ commit }) => (commit === undefined ? [] : [commit])))];
    const times = await Promise.all(commits.map(async (commit) => [commit, await git.committedAt(commit)] as const));
    return new Map(times.flatMap(([commit, at]) => (at === undefined ? [] : [[commit, at] as const])));
}

/** Now by the API server's clock where a step is under way, else by this machine's. */
async function serverTime({ cluster, target }: ReportedSession): Promise<string> {
    const live = await cluster.readStep(target.namespace, target.service).catch(() => undefined);
    return live?.kind === "found" && live.clock.kind === "known" ? live.clock.now : new Date().toISOString();
}

async function measured({ target }: ReportedSession, rollout: ReportedRollout, now: string): Promise<Measurements> {
    const { metrics, namespace, service } = target;
    if (metrics === undefined) {
        return noMeasurements("the stack names no Prometheus: set metrics.prometheusUrl");
    }
    const { scrapeIntervalSeconds, gateway } = metrics;
    const scope = { namespace, service, scrapeIntervalSeconds, ...defined({ gateway, podSeries: podSeriesOf(target.profile.metrics) }) };
    try {
        return await readMeasurements(stackPrometheus(metrics), scope, rollout, now);
    } catch (error) {
        return noMeasurements(wordsOf(error));
    }
}

async function evaluated(session: Session, checklist: Checklist, { candidate }: ReportedRollout): Promise<Observation<readonly BoxState[]>> {
    try {
        return { kind: "observed", value: evaluate(checklist, await collectFacts(checklist, factSources(session), { candidate })) };
    } catch (error) {
        return missing(wordsOf(error));
    }
}

function noMeasurements(reason: string): Measurements {
    return { curves: missing(reason), means: new Map() };
}

function missing(reason: string): { readonly kind: "missing"; readonly reason: string } {
    return { kind: "missing", reason };
}
