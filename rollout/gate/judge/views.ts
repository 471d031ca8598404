import type { Criterion } from "../criterion.ts";
import type { Evidence, GatewayView, Observation, RevisionEvidence } from "../evidence.ts";
import { disagreementOf } from "./disagreement.ts";
import { type JudgeFinding, unseen } from "./finding.ts";
import type { JudgeLimits } from "./limits.ts";

/**
 * Whether both views are judged: what users got (the gateway), and what the revision says of itself (its pods). A gateway knows nothing of a cache, of
 * processes and of stores.
 */
export function isSeenByGateway({ measure }: Pick<Criterion, "measure">): boolean {
    switch (measure.kind) {
        case "error-ratio":
        case "availability":
        case "timeout-ratio":
        case "error-ratio-against-stable":
        case "latency-against-stable":
        case "client-errors-against-stable":
            return true;
        case "latency-p95":
            return measure.cache === undefined;
        default:
            return false;
    }
}

/**
 * Judges a criterion by every view that knows something of it: the worse counts, and the reason says what both saw. Where the stack waives the gateway's view,
 * the pods' counts alone, and the reason says so. Where the pods say nothing by the profile, the gateway's alone.
 *
 * @param judgeBy judges the evidence of one view.
 */
export function judgeViews(criterion: Criterion, evidence: Evidence, limits: JudgeLimits, judgeBy: (evidence: Evidence) => JudgeFinding): JudgeFinding {
    const silent = silenceOf(evidence);
    const waived = waiverOf(evidence);
    if (silent !== undefined && (isSeenByGateway(criterion) || criterion.measure.kind === "observed-split")) {
        if (waived !== undefined) {
            return unseen(`nothing is seen of requests: ${silent}, and the gateway's view is waived: ${waived}`);
        }
        const users = judgeBy(asUsersGot(evidence));
        return { ...users, text: `${users.text} (by the gateway alone: ${silent})` };
    }
    const pods = judgeBy(evidence);
    if (!isSeenByGateway(criterion)) {
        return pods;
    }
    if (waived !== undefined) {
        return { ...pods, text: `${pods.text} (by the pods alone: ${waived})` };
    }
    const gateway = judgeBy(asUsersGot(evidence));
    const disagreement = disagreementOf(criterion, evidence, limits);
    const [worse, ...said] =
        rank(gateway) >= rank(pods) ? [gateway, `users: ${gateway.text}`, `pods: ${pods.text}`] : [pods, `pods: ${pods.text}`, `users: ${gateway.text}`];
    const same = gateway.text === pods.text;
    const text = [...(same ? [worse.text] : said), ...(disagreement === undefined ? [] : [disagreement.text])].join("; ");
    return disagreement?.impossible === true && worse.verdict === "pass" ? { ...worse, verdict: "hold", shortfall: "unseen", text } : { ...worse, text };
}

/** What is known of both revisions when the gateway's view replaces the pods'. */
function asUsersGot({ takenAt, windowSeconds, soakedSeconds, stable, candidate }: Evidence): Evidence {
    const both = { stable: byGateway(stable), ...(candidate === undefined ? {} : { candidate: byGateway(candidate) }) };
    return { takenAt, windowSeconds, soakedSeconds, ...both, probes: {} };
}

function byGateway(revision: RevisionEvidence): RevisionEvidence {
    // The instances of a gateway have no pods of the revision: how many there are is not known, and one must be scraped.
    return { ...revision, ...seenParts(revision.gateway), pods: { kind: "observed", value: [] } };
}

function seenParts(view: GatewayView): Pick<RevisionEvidence, "scrapes" | "requests" | "recentRequests" | "latency"> {
    if (view.kind === "seen") {
        const { scrapes, requests, recentRequests, latency } = view;
        return { scrapes, requests, recentRequests, latency };
    }
    const nothing: Observation<never> = { kind: "missing", reason: "the gateway's view is waived for one revision and not for the other" };
    return { scrapes: nothing, requests: nothing, recentRequests: nothing, latency: nothing };
}

/** Why the stack does without the gateway's view, where it does for all that is there. */
function waiverOf({ stable, candidate = stable }: Evidence): string | undefined {
    return stable.gateway.kind === "waived" && candidate.gateway.kind === "waived" ? stable.gateway.reason : undefined;
}

/** Why the pods say nothing of themselves, where the profile says so of all that is there. */
function silenceOf({ stable, candidate = stable }: Evidence): string | undefined {
    return stable.ownMetrics !== undefined && candidate.ownMetrics !== undefined ? stable.ownMetrics.reason : undefined;
}

/** Worse findings are greater: a rollback, a breach, what can't be seen, what isn't shown yet, a pass. */
function rank({ verdict, shortfall }: JudgeFinding): number {
    switch (verdict) {
        case "rollback":
            return 4;
        case "hold":
            return shortfall === "breached" ? 3 : shortfall === "unseen" ? 2 : 1;
        case "pass":
            return 0;
    }
}
