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

/** What stored evidence must look like. A key that is not known is an error, as everywhere in a record: a reader that skips it would show half of what was judged. */

/** Characters that a text in a record has at the most: as many as Linux lets one argument of a command have. */
export const longestText = 131_072;

/** Text for people. */
export const words = z.string().max(longestText, "is too long");

/** A number as canonical JSON has it: within what a computer counts exactly, and those that JSON doesn't know as text. */
export const numberSchema: z.ZodType<number> = z.union([
    z.number().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER),
    z.enum(["Infinity", "-Infinity", "NaN"]).transform(Number),
]);

const count = numberSchema;
const histogram: z.ZodType<LatencyHistogram> = z.strictObject({ boundsSeconds: z.array(numberSchema), counts: z.array(count) });

function observation<T>(value: z.ZodType<T>): z.ZodType<Observation<T>> {
    return z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("observed"), value }),
        z.strictObject({ kind: z.literal("missing"), reason: words }),
    ]);
}

const scrapes = observation(z.strictObject({ newestAgeSeconds: count, fewestDistinct: count, pods: count }));
const clientErrors: z.ZodType<ClientErrors> = z.strictObject({ unauthorized: count, forbidden: count, notFound: count, other: count });

const gateway: z.ZodType<GatewayView> = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("seen"),
        scrapes,
        requests: observation(z.strictObject({ total: count, failed: count, timedOut: count, unanswered: count, clientErrors, retries: count })),
        recentRequests: observation(count),
        latency: observation(histogram),
    }),
    z.strictObject({ kind: z.literal("waived"), reason: words }),
]);

const eventCounts = observation(z.strictObject({ accepted: count, recorded: count, failed: count }));

const revisionFields = {
    revision: words,
    // Records from before the gateway was looked at don't have it. Nothing passes on them again.
    gateway: gateway.default(unseenGateway("the record is from before the gateway was looked at")),
    ownMetrics: z.strictObject({ kind: z.literal("waived"), reason: words }).exactOptional(),
    scrapes,
    requests: observation(z.strictObject({ total: count, failed: count, timedOut: count.exactOptional(), clientErrors: clientErrors.exactOptional() })),
    recentRequests: observation(count),
    latency: observation(histogram),
    latencyMeanSeconds: observation(count).exactOptional(),
    latencyOnHit: observation(histogram),
    latencyOnMiss: observation(histogram),
    cache: observation(z.strictObject({ hits: count, misses: count, errors: count })),
    cpuUtilisation: observation(count),
    memory: observation(z.array(z.strictObject({ pod: words, samples: z.array(z.strictObject({ atSeconds: count, bytes: count })) }))),
    databasePool: observation(z.strictObject({ inUse: count, size: count, waiting: count })),
    databaseConnectionErrors: observation(count),
    criticalLogLines: observation(count),
    // Records from before events had this name don't have it.
    events: eventCounts.default({
        kind: "missing",
        reason: "the record is from before events had this name",
    }),
    pods: observation(
        z.array(
            z.strictObject({
                name: words,
                ready: z.boolean(),
                restarts: count,
                recentRestarts: count,
                restartsInStep: count.exactOptional(),
                waitingReason: words.exactOptional(),
            }),
        ),
    ),
    autoscaler: observation(z.strictObject({ minimum: count, maximum: count, current: count, desired: count, problems: z.array(words) })),
};

/** Records of 0.1.0 have the events under a name of their service, which is not read. */
const revisionEvidence: z.ZodType<RevisionEvidence> = z
    .record(z.string(), z.unknown())
    .refine((evidence) => Object.entries(evidence).every(([key, value]) => key in revisionFields || eventCounts.safeParse(value).success), "has an unknown key")
    .pipe(z.object(revisionFields));

const probeResult = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("passed") }), z.strictObject({ kind: z.literal("failed"), reason: words })]);

/** Evidence as a record keeps it. */
export const evidenceSchema: z.ZodType<Evidence> = z.strictObject({
    takenAt: words,
    windowSeconds: count,
    soakedSeconds: count,
    stable: revisionEvidence,
    candidate: revisionEvidence.exactOptional(),
    probes: z.record(words, probeResult),
});
