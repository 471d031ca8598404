import { z } from "zod";

import {
    type ClientErrors,
    type Evidence,
    type GatewayView,
    type LatencyHistogram,
    type Observation,
    type RevisionEvidence,
    unseenGateway,
} from "../gate/evidence.ts";

/** What stored evidence must look like. A key that is not known is passed over: evidence may grow, and a judgement is kept beside it. */

/** A number as canonical JSON has it: those that JSON doesn't know are text. */
export const numberSchema: z.ZodType<number> = z.union([z.number(), z.enum(["Infinity", "-Infinity", "NaN"]).transform(Number)]);

const count = numberSchema;
const histogram: z.ZodType<LatencyHistogram> = z.object({ boundsSeconds: z.array(numberSchema), counts: z.array(count) });

function observation<T>(value: z.ZodType<T>): z.ZodType<Observation<T>> {
    return z.discriminatedUnion("kind", [z.object({ kind: z.literal("observed"), value }), z.object({ kind: z.literal("missing"), reason: z.string() })]);
}

const scrapes = observation(z.object({ newestAgeSeconds: count, fewestDistinct: count, pods: count }));
const clientErrors: z.ZodType<ClientErrors> = z.object({ unauthorized: count, forbidden: count, notFound: count, other: count });

const gateway: z.ZodType<GatewayView> = z.discriminatedUnion("kind", [
    z.object({
        kind: z.literal("seen"),
        scrapes,
        requests: observation(z.object({ total: count, failed: count, timedOut: count, unanswered: count, clientErrors, retries: count })),
        recentRequests: observation(count),
        latency: observation(histogram),
    }),
    z.object({ kind: z.literal("waived"), reason: z.string() }),
]);

const revisionEvidence: z.ZodType<RevisionEvidence> = z.object({
    revision: z.string(),
    // Records from before the gateway was looked at don't have it. Nothing passes on them again.
    gateway: gateway.default(unseenGateway("the record is from before the gateway was looked at")),
    ownMetrics: z.object({ kind: z.literal("waived"), reason: z.string() }).exactOptional(),
    scrapes,
    requests: observation(z.object({ total: count, failed: count, timedOut: count.exactOptional(), clientErrors: clientErrors.exactOptional() })),
    recentRequests: observation(count),
    latency: observation(histogram),
    latencyOnHit: observation(histogram),
    latencyOnMiss: observation(histogram),
    cache: observation(z.object({ hits: count, misses: count, errors: count })),
    cpuUtilisation: observation(count),
    memory: observation(z.array(z.object({ pod: z.string(), samples: z.array(z.object({ atSeconds: count, bytes: count })) }))),
    databasePool: observation(z.object({ inUse: count, size: count, waiting: count })),
    databaseConnectionErrors: observation(count),
    criticalLogLines: observation(count),
    // Records from before events had this name don't have it.
    events: observation(z.object({ accepted: count, recorded: count, failed: count })).default({
        kind: "missing",
        reason: "the record is from before events had this name",
    }),
    pods: observation(
        z.array(
            z.object({
                name: z.string(),
                ready: z.boolean(),
                restarts: count,
                recentRestarts: count,
                restartsInStep: count.exactOptional(),
                waitingReason: z.string().exactOptional(),
            }),
        ),
    ),
    autoscaler: observation(z.object({ minimum: count, maximum: count, current: count, desired: count, problems: z.array(z.string()) })),
});

const probeResult = z.discriminatedUnion("kind", [z.object({ kind: z.literal("passed") }), z.object({ kind: z.literal("failed"), reason: z.string() })]);

/** Evidence as a record keeps it. */
export const evidenceSchema: z.ZodType<Evidence> = z.object({
    takenAt: z.string(),
    windowSeconds: count,
    soakedSeconds: count,
    stable: revisionEvidence,
    candidate: revisionEvidence.exactOptional(),
    probes: z.record(z.string(), probeResult),
});
