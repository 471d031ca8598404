import { defined } from "../../defined.ts";
import type { TimedRoute } from "../../kubernetes/cluster-reader.ts";
import type { GiveAllResult, RollBackResult } from "./writer.ts";
import { referenceTo, revisionObjectName } from "../revision.ts";
import type { RevisionReference } from "../revision.ts";
import { type NamedRevisions, wayBack } from "../way-back.ts";
import type { Session } from "../../cli/session.ts";

/** What a person asks for. */
export interface WayBackOptions {
    readonly reason: string;
    /** The revision that gets everything, where the route does not say which one is stable. */
    readonly to?: string;
}

/** What came of a rollback by hand. */
export type GoneBack =
    | {
          readonly kind: "back";
          /** Absent where the content of the revision is not known. */
          readonly stable?: RevisionReference;
          readonly candidate?: RevisionReference;
          readonly fromPercent: number;
          readonly result: RollBackResult | GiveAllResult;
          readonly text: string;
          readonly warnings: readonly string[];
      }
    /** There was nothing to do. */
    | { readonly kind: "nothing"; readonly why: string }
    /** It is not known where users are, or they are where they were. */
    | { readonly kind: "refused" | "failed"; readonly why: string };

/**
 * Puts all traffic back on the stable revision, by the route alone: it needs nothing but the API server.
 *
 * Where the route's record can't be read, the revision is the one that {@link wayBack} says, and the record is written anew where that revision's content is
 * known. Never throws.
 */
export async function goneBack(session: Session, options: WayBackOptions): Promise<GoneBack> {
    const { namespace, service } = session.target;
    const live = await session.cluster.readStep(namespace, service);
    switch (live.kind) {
        case "absent":
            return { kind: "refused", why: `there is no HTTPRoute ${namespace}/${service}` };
        case "unreachable":
            return { kind: "failed", why: `${live.reason}. ${fixFailed}` };
        case "damaged":
            return giveAll(session, live, options);
        case "found":
            return fromRecord(session, live.present, options);
    }
}

async function fromRecord(session: Session, present: Extract<TimedRoute, { kind: "found" }>["present"], { reason, to }: WayBackOptions): Promise<GoneBack> {
    const { namespace, service } = session.target;
    const { record, routedPercent, tampering } = present;
    const { stable } = record;
    if (to !== undefined && to !== stable.name) {
        return { kind: "refused", why: `the route's record says that ${stable.name} is stable, not ${to}: leave --to out` };
    }
    if (record.kind === "steady") {
        return routedPercent === 0 && tampering === undefined
            ? { kind: "nothing", why: "there is no candidate: the stable revision has all traffic already" }
            : sent(session, { name: stable.name, stable, why: "the route's record has it as stable" }, { reason, fromPercent: routedPercent });
    }
    const { candidate } = record;
    const result = await session.route.rollBack({ namespace, name: service, stable, candidate, reason });
    switch (result.kind) {
        case "failed":
            return { kind: "failed", why: `${result.reason}. ${fixFailed}` };
        case "overtaken":
            return { kind: "failed", why: `another change of the route came first: ${result.reason}. What to do: see 'rollout status'` };
        case "already":
        case "rolled-back": {
            const text =
                result.kind === "already"
                    ? `${stable.name} has all traffic already; ${candidate.name} is marked as rolled back`
                    : `${stable.name} has all traffic, after ${String(Math.round(result.tookMs))} ms`;
            return { kind: "back", stable, candidate, fromPercent: routedPercent, result, text, warnings: testersStayIn(result) };
        }
    }
}

/** The way back on a route whose record can't be read. */
async function giveAll(session: Session, live: Extract<TimedRoute, { kind: "damaged" }>, { reason, to: named }: WayBackOptions): Promise<GoneBack> {
    const { stable, candidate, revisions } = live;
    const declared = declaredBy(session);
    const way = wayBack({
        recorded: defined({ stable, candidate }),
        revisions: revisions.filter((name) => !name.startsWith("'")),
        ...defined({ declared, named }),
    });
    if (way.kind === "refused") {
        return { kind: "refused", why: `the route can't be read (${live.reason}), and ${way.reason}` };
    }
    // With no record, what users really get is only known in part: as much as possible is assumed.
    return sent(session, way, { reason, fromPercent: 100 });
}

async function sent(
    session: Session,
    way: NamedRevisions & { readonly name: string; readonly why: string },
    { reason, fromPercent }: { readonly reason: string; readonly fromPercent: number },
): Promise<GoneBack> {
    const { namespace, service } = session.target;
    const { name: to, why, stable, candidate } = way;
    const ready = await session.cluster.readyEndpoints(namespace, revisionObjectName(service, to)).catch(() => undefined);
    if (ready === 0) {
        return { kind: "refused", why: `${to} has no ready pod, so users would get nothing but errors: see 'kubectl get pods -n ${namespace}'` };
    }
    const known = defined({ stable, candidate });
    const result = await session.route.giveAll({ namespace, name: service, to, reason, ...known });
    if (result.kind === "failed") {
        return { kind: "failed", why: `${result.reason}. ${fixFailed}` };
    }
    return {
        kind: "back",
        ...known,
        fromPercent,
        result,
        text: `${to} has all traffic, after ${String(Math.round(result.tookMs))} ms: ${why}`,
        warnings: [
            ...testersStayIn(result),
            ...(ready === undefined ? [`whether pods of ${to} are ready could not be read`] : []),
            result.repaired
                ? `the route's record is written anew, with ${to} as stable`
                : `the route's record is still damaged, since the content of ${to} is not known here: 'pulumi up' with rolloutPercent 0 writes it anew`,
            ...(candidate === undefined ? ["no revision is marked as rolled back, since the candidate is not known"] : []),
        ],
    };
}

function testersStayIn({ testersStay }: { readonly testersStay?: string }): readonly string[] {
    return testersStay === undefined ? [] : [testersStay];
}

/** What the stack's file declares; undefined where there is none, or none that can be read: a way back waits for no file. */
function declaredBy({ stack }: Session): NamedRevisions | undefined {
    try {
        const config = stack?.file.config(process.env);
        return config === undefined
            ? undefined
            : { stable: referenceTo(config.stable), ...(config.candidate === undefined ? {} : { candidate: referenceTo(config.candidate) }) };
    } catch {
        return undefined;
    }
}

const fixFailed = "What to do: set rolloutPercent to 0 and run 'pulumi up', or run this again";
