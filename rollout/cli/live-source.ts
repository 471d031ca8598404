import { setTimeout as sleep } from "node:timers/promises";

import { html } from "hono/html";

import { defined } from "../defined.ts";
import type { TimedRoute as LiveRouteStep } from "../kubernetes/cluster-reader.ts";
import { approvalsMissing } from "../gate/conditions/consents.ts";
import { chartFigures } from "../report/page.ts";
import { type LiveReading, liveView } from "../report/live.ts";
import type { LiveDetails } from "../report/live-page.ts";
import type { LiveView } from "../report/live-view.ts";
import { missing, observed } from "../report/observed.ts";
import { type RolloutReport, buildReport } from "../report/rollout-report.ts";
import type { Observation } from "../gate/evidence.ts";
import { largeCharts } from "../report/charts.ts";
import { shownSeconds } from "../plan/duration.ts";
import { nextMove } from "../plan/move.ts";
import { soakSecondsAt } from "../plan/schedule.ts";
import { type WatchMemory, blindnessOf, decide, nothingSeen } from "../watch/decide.ts";
import { stepReading } from "../route/live/live-step.ts";
import { Observer } from "../watch/live/observer.ts";
import { wordsOf } from "../words.ts";
import type { LiveSource } from "./live-server.ts";
import { type ReportedSession, ledgerAndCurves } from "./report-sources.ts";
import type { Session } from "./session.ts";
import type { LiveStep } from "../watch/live/watcher.ts";

/** As much of a session as the live page needs: nothing that writes. */
export interface LiveSession extends ReportedSession {
    readonly state: Session["state"];
    readonly testers: Session["testers"];
    readonly consents: Pick<Session["consents"], "read">;
}

/** How old the page's data may be, in milliseconds. However many browsers ask, the cluster is read once in that time. */
const viewMs = 2_000;
const lastMs = 5_000;
const detailsMs = 15_000;
/** How long the first screen waits for what is below it: a Prometheus that answers late must not make the page look dead. */
const detailsWithinMs = 4_000;
const newestRecords = 20;

/** Reads what the live page shows. It writes nothing, and runs no probe: a probe may leave something behind. The caller closes it. */
export function liveSource(session: LiveSession): LiveSource & { readonly close: () => Promise<void> } {
    const { service, namespace, environment, profile } = session.target;
    const observer = new Observer(session, { probes: false });
    let memory: StepMemory = { step: "", of: nothingSeen };
    const last = cached(lastMs, () => lastRollout(session));
    let lastKnown: Pick<LiveView, "at" | "step" | "health"> | undefined;
    const read = async (): Promise<LiveView> => {
        const scope = { at: new Date().toISOString(), service, namespace, environment };
        try {
            const { reading, memory: kept } = await readingOf(session, observer, last, memory);
            memory = kept;
            if (reading.kind === "unknown") {
                return liveView(profile, { ...reading, ...defined({ lastKnown }) }, scope);
            }
            const view = liveView(profile, reading, scope);
            lastKnown = view;
            return view;
        } catch (error) {
            return liveView(profile, { kind: "unknown", why: wordsOf(error), ...defined({ lastKnown }) }, scope);
        }
    };
    const details = cached(detailsMs, () => readDetails(session));
    return { view: cached(viewMs, read), details: () => withinLimit(details()), close: () => observer.close() };
}

interface StepMemory {
    readonly step: string;
    readonly of: WatchMemory;
}

async function readingOf(
    session: LiveSession,
    observer: Observer,
    last: () => Promise<Observation<RolloutReport | undefined>>,
    memory: StepMemory,
): Promise<{ readonly reading: LiveReading; readonly memory: StepMemory }> {
    const live = await session.cluster.readStep(session.target.namespace, session.target.service);
    // A candidate in the dark is looked at like a step, but not one that was rolled back: it goes nowhere.
    const users = stepReading(live);
    const reading = users.kind === "nothing" && users.rolledBack ? users : stepReading(live, true);
    switch (reading.kind) {
        case "nothing":
            return { reading: { kind: "nothing", why: reading.why, rolledBack: reading.rolledBack, last: await last() }, memory };
        case "unknown":
            return { reading: { kind: "unknown", why: reading.reason }, memory };
        case "under-way": {
            const step = `${reading.step.candidate.digest} ${reading.step.enteredAt}`;
            const looked = await lookAt(session, observer, live, reading.step, memory.step === step ? memory.of : nothingSeen);
            return { reading: looked.reading, memory: { step, of: looked.memory } };
        }
    }
}

/** The newest rollout by the ledger alone: what decided a rollback is there, and no series of Prometheus adds to it. */
async function lastRollout({ target, schedule, ledger }: LiveSession): Promise<Observation<RolloutReport | undefined>> {
    const { profile, environment, namespace, service } = target;
    try {
        const outcome = buildReport({
            now: new Date().toISOString(),
            profile,
            environment,
            namespace,
            service,
            schedule,
            ledger: await ledger.read(),
            measurements: { curves: missing("Prometheus is not asked for it"), means: new Map() },
        });
        return observed(outcome.kind === "report" ? outcome.report : undefined);
    } catch (error) {
        return missing(wordsOf(error));
    }
}

async function lookAt(
    session: LiveSession,
    observer: Observer,
    live: LiveRouteStep,
    step: LiveStep,
    memory: WatchMemory,
): Promise<{ readonly reading: LiveReading; readonly memory: WatchMemory }> {
    const { schedule } = session;
    const { weightPercent, soakedSeconds, stable, candidate } = step;
    // Without users there is nothing to roll back: a watcher does not watch a candidate in the dark.
    const limit = (minutes: number): number => (weightPercent === 0 ? Number.POSITIVE_INFINITY : minutes * 60);
    const times = {
        soakSeconds: soakSecondsAt(schedule, weightPercent),
        holdSeconds: limit(schedule.limits.holdMinutes),
        blindSeconds: limit(schedule.limits.blindMinutes),
    };
    const atSeconds = performance.now() / 1_000;
    const common = { kind: "under-way", stable, candidate, weightPercent, soakedSeconds, soakSeconds: times.soakSeconds } as const;
    const lacking = await approvalsMissing(session, nextMove(session.target.profile.plan, { kind: "rolling", ...step }), live);
    const seen = await observer.examine(step);
    if ("blind" in seen) {
        const { decision, memory: kept } = decide(memory, { kind: "blind", atSeconds, reason: seen.blind }, times);
        return { reading: { ...common, decision, approvalsMissing: lacking }, memory: kept };
    }
    const blindness = blindnessOf(seen.evidence);
    const look = { kind: "judged", atSeconds, soakedSeconds, gate: seen.gate, atOnce: seen.atOnce, ...defined({ blindness }) } as const;
    const { decision, memory: kept } = decide(memory, look, times);
    return { reading: { ...common, decision, approvalsMissing: lacking, seen }, memory: kept };
}

async function readDetails(session: LiveSession): Promise<LiveDetails> {
    const at = new Date().toISOString();
    try {
        const sources = await ledgerAndCurves(session);
        const outcome = buildReport({ ...sources, checklist: { kind: "missing", reason: "it is not asked for here" } });
        const records = sources.ledger.records.slice(-newestRecords).toReversed();
        return {
            at,
            charts: outcome.kind === "report" ? await chartFigures(largeCharts(outcome.report)) : html`<p>${outcome.why}</p>`,
            records: records.map(({ at, kind, actor, text }) => ({ at, kind, identity: `${actor.identity}${actor.verified ? "" : " (unverified)"}`, text })),
        };
    } catch (error) {
        return { at, charts: html`<p>The curves can't be drawn: ${wordsOf(error)}</p>`, records: [] };
    }
}

/** The details, or a word that they take longer: they are shown by the first look after they came. */
async function withinLimit(details: Promise<LiveDetails>): Promise<LiveDetails> {
    const late: LiveDetails = {
        at: new Date().toISOString(),
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

/** One answer for all requests within `forMs`, and one reading under way at a time. */
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
