import { z } from "zod";

/** Shape of the generator's options on its command line, as JSON. */
export const generatorOptionsSchema = z.object({
    gateway: z.string(),
    host: z.string().min(1),
    requestsPerSecond: z.number().min(0).max(2_000),
    seed: z.number(),
    forSeconds: z.number().positive().max(7_200),
    headers: z.record(z.string(), z.string()),
    paths: z.array(z.string().startsWith("/")).readonly(),
    timeoutMs: z.number().positive().max(60_000),
    waitingAtMost: z.int().min(1).max(5_000),
});

/** Messages to the generator, each with a number that comes back with the answer. */
export const questionSchema = z.discriminatedUnion("kind", [
    z.object({ id: z.number(), kind: z.literal("counts") }),
    z.object({ id: z.number(), kind: z.literal("rate"), requestsPerSecond: z.number() }),
    z.object({ id: z.number(), kind: z.literal("stop") }),
]);

/** A question, see {@link questionSchema}. */
export type Question = z.infer<typeof questionSchema>;

const userCountsSchema = z.object({
    requests: z.number(),
    failures: z.number(),
    failuresByReason: z.record(z.string(), z.number()),
    latency: z.array(z.number()).readonly(),
    lastEndedAtMs: z.number(),
});

const loadCountsSchema = z.object({
    startedAtMs: z.number(),
    countedAtMs: z.number(),
    sent: z.number(),
    notSent: z.number(),
    total: userCountsSchema,
    byRevision: z.record(z.string(), userCountsSchema),
    seconds: z.array(z.object({ atMs: z.number(), byRevision: z.record(z.string(), userCountsSchema) })).readonly(),
});

/** What the generator says: that it has begun, an answer, or its final numbers, after which it ends. */
export const newsSchema = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("started") }),
    z.object({ kind: z.literal("answer"), id: z.number(), counts: loadCountsSchema }),
    z.object({ kind: z.literal("ended"), counts: loadCountsSchema }),
]);

/** News of the generator, see {@link newsSchema}. */
export type News = z.infer<typeof newsSchema>;
