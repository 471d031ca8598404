import { setTimeout as sleep } from "node:timers/promises";

import { html } from "hono/html";

import { type EvidenceSources, collectEvidence } from "../adapters/evidence.ts";
import { type OpenEvidenceSources, openEvidenceSources } from "../adapters/evidence-sources.ts";
import { chartFigures } from "../report/page.ts";
import { type LiveReading, type LiveView, liveView } from "../report/live.ts";
import type { LiveDetails } from "../report/live-page.ts";
import { buildReport } from "../report/rollout-report.ts";
import { approvalDigest, approvalPolicy, approvalsFor } from "../rollout/approval.ts";
import { criteriaAt } from "../rollout/criteria.ts";
import type { Criterion } from "../rollout/criterion.ts";
import type { Evidence, Observation } from "../rollout/evidence.ts";
import { shownSeconds } from "../rollout/duration.ts";
import { judge } from "../rollout/judge.ts";
import { nextMove } from "../rollout/move.ts";
import { type Role, finishApprovals, stepAt } from "../rollout/plan.ts";
import { soakSecondsAt } from "../rollout/schedule.ts";
import type { Judgement } from "../rollout/verdict.ts";
import { type WatchMemory, blindnessOf, decide, nothingSeen } from "../rollout/watch.ts";
import { stepReading } from "./live-step.ts";
import type { LiveSource } from "./live-server.ts";
import { type ReportedSession, ledgerAndCurves } from "./report-sources.ts";
import type { Session } from "./session.ts";
import type { LiveStep } from "./watcher.ts";

/** As much of a session as the live page needs: nothing that writes. */
export interface LiveSession extends ReportedSession {
    readonly state: EvidenceSources["pods"];
    readonly consents: Pick<Session["consents"], "read">;
}

/** How old what is shown may be, in milliseconds. However many browsers ask, the cluster is asked once in that time. */
const viewMs = 2_000;
const detailsMs = 15_000;
/** How long the first screen waits for what is below it: a Prometheus that answers late must not make the page look dead. */
const detailsWithinMs = 4_000;
const newestRecords = 20;

/** Reads what the live page shows. It writes nothing, and runs no probe: a probe leaves an event behind. Whoever opens it closes it. */
export function liveSource(session: LiveSession): LiveSource & { readonly close: () => Promise<void> } {
    const { metrics, hostname, service, namespace, environment } = session.target;
    const sources = metrics === undefined ? undefined : openEvidenceSources({ ...metrics, hostname, pods: session.state });
    let memory: { readonly step: string; readonly of: WatchMemory } = { step: "", of: nothingSeen };
    const read = async (): Promise<LiveView> => {
        const scope = { at: new Date().toISOString(), service, namespace, environment };
        try {
            const live = await session.cluster.readStep(namespace, service);
            // A candidate in the dark is looked at like a step, but not one that was taken back: it goes nowhere.
            const users = stepReading(live);
            const reading = users.kind === "nothing" && users.rolledBack ? users : stepReading(live, true);
            if (reading.kind === "nothing") {
                return liveView({ kind: "nothing", why: reading.why, takenBack: reading.rolledBack }, scope);
            }
            if (reading.kind === "unknown") {
                return liveView({ kind: "unknown", why: reading.reason }, scope);
            }
            const step = `${reading.step.candidate.digest} ${reading.step.enteredAt}`;
            const looked = await lookAt(session, sources, reading.step, memory.step === step ? memory.of : nothingSeen);
            memory = { step, of: looked.memory };
            return liveView(looked.reading, scope);
        } catch (error) {
            return liveView({ kind: "unknown", why: wordsOf(error) }, scope);
        }
    };
    const details = cached(detailsMs, () => readDetails(session));
    return { view: cached(viewMs, read), details: () => withinLimit(details()), close: async () => sources?.close() };
}

async function lookAt(
    session: LiveSession,
    sources: OpenEvidenceSources | undefined,
    step: LiveStep,
    memory: WatchMemory,
): Promise<{ readonly reading: LiveReading; readonly memory: WatchMemory }> {
    const { schedule, target } = session;
    const { namespace, service, metrics } = target;
    const { weightPercent, soakedSeconds, stable, candidate, enteredAt } = step;
    // Without users there is nothing to take back: a watcher does not watch a candidate in the dark.
    const limit = (minutes: number): number => (weightPercent === 0 ? Number.POSITIVE_INFINITY : minutes * 60);
    const times = {
        soakSeconds: soakSecondsAt(schedule, weightPercent),
        holdSeconds: limit(schedule.limits.holdMinutes),
        blindSeconds: limit(schedule.limits.blindMinutes),
    };
    const atSeconds = performance.now() / 1_000;
    const common = { kind: "under-way", stable, candidate, weightPercent, soakedSeconds, soakSeconds: times.soakSeconds } as const;
    const approvalsMissing = await missingApprovals(session, step);
    if (sources === undefined || metrics === undefined) {
        const look = { kind: "blind", atSeconds, reason: "the stack names no Prometheus: set metrics.prometheusUrl" } as const;
        const { decision, memory: kept } = decide(memory, look, times);
        return { reading: { ...common, decision, approvalsMissing }, memory: kept };
    }
    const { scrapeIntervalSeconds } = metrics;
    const evidence = await collectEvidence({ namespace, service, stable: stable.name, candidate: candidate.name, enteredAt, scrapeIntervalSeconds }, sources);
    const { gate, investigate, atOnce } = criteriaAt(weightPercent);
    const asked = (criteria: readonly Criterion[]): Judgement => judged(criteria, evidence, { timeScale: target.timeScale, scrapeIntervalSeconds });
    const seen = { evidence, gate: asked([...gate, ...investigate]), atOnce: asked(atOnce) };
    const blindness = blindnessOf(evidence);
    const look = { kind: "judged", atSeconds, soakedSeconds, gate: seen.gate, atOnce: seen.atOnce, ...(blindness === undefined ? {} : { blindness }) } as const;
    const { decision, memory: kept } = decide(memory, look, times);
    return { reading: { ...common, decision, approvalsMissing, seen }, memory: kept };
}

/** Judges what can be judged without a probe. Nothing asked is no hold. */
function judged(criteria: readonly Criterion[], evidence: Evidence, limits: { readonly timeScale: number; readonly scrapeIntervalSeconds: number }): Judgement {
    const distinct = new Map(criteria.filter(({ measure }) => measure.kind !== "probe").map((criterion) => [criterion.id, criterion]));
    return distinct.size === 0 ? { verdict: "pass", reasons: [] } : judge([...distinct.values()], evidence, limits);
}

async function missingApprovals({ consents, target, schedule }: LiveSession, step: LiveStep): Promise<Observation<readonly Role[]>> {
    const move = nextMove({ kind: "rolling", ...step });
    try {
        const { approvals, now } = await consents.read();
        const state = approvalsFor({
            roles: move.to === "finished" ? finishApprovals : stepAt(move.to).approvals,
            digest: approvalDigest(move),
            approvals,
            now,
            policy: approvalPolicy(target.approvals, schedule.limits, process.env.NOVA_CHANGE_AUTHOR),
        });
        return { kind: "observed", value: state.missing.map(({ role }) => role) };
    } catch (error) {
        return { kind: "missing", reason: wordsOf(error) };
    }
}

async function readDetails(session: LiveSession): Promise<LiveDetails> {
    try {
        const sources = await ledgerAndCurves(session);
        const outcome = buildReport({ ...sources, checklist: { kind: "missing", reason: "it is not asked for here" } });
        const records = sources.ledger.records.slice(-newestRecords).toReversed();
        return {
            charts: outcome.kind === "report" ? await chartFigures(outcome.report) : html`<p>${outcome.why}</p>`,
            records: records.map(({ at, kind, actor, text }) => ({ at, kind, identity: `${actor.identity}${actor.verified ? "" : " (unverified)"}`, text })),
        };
    } catch (error) {
        return { charts: html`<p>The curves can't be drawn: ${wordsOf(error)}</p>`, records: [] };
    }
}

/** The details, or a word that they take longer: they are shown by the first look after they came. */
async function withinLimit(details: Promise<LiveDetails>): Promise<LiveDetails> {
    const late: LiveDetails = {
        charts: html`<p>Ledger and curves are not read yet: that takes longer than ${shownSeconds(detailsWithinMs / 1_000)}.</p>`,
        records: [],
    };
    const limit = new AbortController();
    try {
        return await Promise.race([details, sleep(detailsWithinMs, late, { signal: limit.signal })]);
    } finally {
        limit.abort();
    }
}

/** One answer for everybody who asks within `forMs`, and one reading under way at a time. */
function cached<T>(forMs: number, read: () => Promise<T>): () => Promise<T> {
    let newest: { readonly untilMs: number; readonly answer: Promise<T> } | undefined;
    return () => {
        if (newest === undefined || performance.now() > newest.untilMs) {
            const answer = read();
            newest = { untilMs: Number.POSITIVE_INFINITY, answer };
            const settled = (): void => {
                newest = { untilMs: performance.now() + forMs, answer };
            };
            answer.then(settled, settled);
        }
        return newest.answer;
    };
}

function wordsOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
