import type { Criterion } from "../criterion.ts";
import type { Evidence, RevisionEvidence } from "../evidence.ts";
import type { JudgeLimits } from "./limits.ts";
import { revisionsOf } from "./subject.ts";
import { amount } from "./wording.ts";

/** What the gateway and the pods counted differently, beyond the requests under way. */
export interface Disagreement {
    readonly text: string;
    /** The pods counted more than the gateway sent them: one of the two is wrong, or a client calls past the gateway. */
    readonly impossible: boolean;
}

/** How long a request may be under way while one side has counted it and the other has not, in seconds: the longest bound that the plan has on one. */
const underWaySeconds = 1;

/** Standard deviations of what arrives in that time by chance. */
const deviations = 4;

/** Compares how many requests, and how many failed ones, the two views counted of each revision that the criterion is about. Undefined where they agree. */
export function disagreementOf({ subject, measure }: Criterion, evidence: Evidence, limits: JudgeLimits): Disagreement | undefined {
    const revisions = revisionsOf(measure.kind.endsWith("-against-stable") ? "service" : subject, evidence);
    if (revisions.kind === "missing") {
        return undefined;
    }
    const found = revisions.value.flatMap((revision) => ofRevision(revision, evidence.windowSeconds, limits));
    return found.length === 0 ? undefined : { text: found.map(({ text }) => text).join("; "), impossible: found.some(({ impossible }) => impossible) };
}

function ofRevision(revision: RevisionEvidence, windowSeconds: number, limits: JudgeLimits): readonly Disagreement[] {
    const { gateway, requests: own } = revision;
    if (gateway.kind === "waived" || gateway.requests.kind === "missing" || own.kind === "missing") {
        return [];
    }
    const [users, pods] = [gateway.requests.value, own.value];
    // Pods count an attempt that was repeated, and users did not see it.
    const sent = users.total + users.retries;
    const atMost = requestsUnderWay(revision, windowSeconds, limits, Math.max(sent, pods.total));
    const beyond = (difference: number): boolean => !(Math.abs(difference) <= atMost);
    const counted = (what: string, atGateway: number, byPods: number): string =>
        `${revision.revision}: the gateway counted ${amount(atGateway)} ${what} and the pods ${amount(byPods)}`;
    return [
        ...(beyond(sent - pods.total)
            ? [
                  pods.total > sent
                      ? { text: `${counted("requests", sent, pods.total)}, more than it sent them`, impossible: true }
                      : { text: counted("requests", sent, pods.total), impossible: false },
              ]
            : []),
        ...(beyond(users.failed - pods.failed) ? [{ text: counted("failed", users.failed, pods.failed), impossible: false }] : []),
    ];
}

/**
 * Requests that one view may have counted and the other not yet, at both ends of the window: each begins with its first scrape within the window and ends with
 * its last one.
 */
function requestsUnderWay({ scrapes, gateway }: RevisionEvidence, windowSeconds: number, { scrapeIntervalSeconds }: JudgeLimits, total: number): number {
    const ages = [scrapes, ...(gateway.kind === "seen" ? [gateway.scrapes] : [])].map((one) =>
        one.kind === "observed" ? one.value.newestAgeSeconds : scrapeIntervalSeconds,
    );
    const share = Math.min(1, (2 * scrapeIntervalSeconds + Math.max(...ages) + underWaySeconds) / windowSeconds);
    const expected = total * share;
    return expected + deviations * Math.sqrt(expected) + 1;
}
