import { z } from "zod";

/** Name and version of the form. A report of another form is refused: its numbers may mean something else. */
export const baselineForm = "progressive-rollout/baseline/1";

const ratio = z.number().min(0).max(1);
const count = z.int().min(0);
const seconds = z.number().min(0);

/** The form of {@link BaselineReport}. */
const baselineSchema = z.strictObject({
    schema: z.literal(baselineForm),
    /** When Prometheus was asked, by its clock: ISO 8601. */
    queriedAt: z.iso.datetime(),
    environment: z.string().min(1),
    namespace: z.string().min(1),
    service: z.string().min(1),
    /** Name of the revision that was measured. */
    revision: z.string().min(1),
    /** Its image, by digest. */
    image: z.string().regex(/@sha256:[0-9a-f]{64}$/, "has no digest"),
    window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime(), hours: z.number().positive() }),
    /** How much of the window Prometheus has data of. */
    coverage: z.strictObject({
        /** Time between two looks, in seconds. */
        stepSeconds: z.number().positive(),
        /** Looks that found data, as a share of all. */
        ratio,
        longestGapSeconds: seconds,
        /** Age of the newest scrape of the pod or gateway that is furthest behind. */
        newestAgeSeconds: seconds,
    }),
    requests: count,
    requestsPerSecond: z.number().min(0),
    errorRatio: ratio,
    /** Requests that ran into a time limit. Absent where neither the gateway nor the pods count them. */
    timeoutRatio: ratio.exactOptional(),
    latencyP50Seconds: seconds,
    latencyP95Seconds: seconds,
    latencyP99Seconds: seconds.exactOptional(),
    latencyP95HitSeconds: seconds.exactOptional(),
    latencyP95MissSeconds: seconds.exactOptional(),
    cacheHitRatio: ratio.exactOptional(),
    cpuUtilisationRatio: z.number().min(0).exactOptional(),
    /** Of the fullest pod. */
    memoryBytes: z.number().min(0).exactOptional(),
    /** Of the pod that grew most, where a trend is shown; 0 where none is. */
    memoryGrowthBytesPerHour: z.number().exactOptional(),
    restarts: count.exactOptional(),
    /** Result of each functional probe. */
    probes: z.record(z.string(), z.enum(["passed", "failed"])),
    /** The window in equal parts, oldest first: what grows or degrades over the day shows in them. */
    parts: z
        .array(
            z.strictObject({
                from: z.iso.datetime(),
                to: z.iso.datetime(),
                requests: z.number().min(0),
                errorRatio: ratio,
                latencyP95Seconds: seconds,
            }),
        )
        .min(2),
});

/**
 * How one revision did over some time, as `rollout baseline` asks Prometheus. Ratios are from 0 to 1, times in seconds. Where both the gateway and the pods say
 * something, the worse counts. What is absent was not shown, which is never a zero.
 */
export type BaselineReport = Readonly<z.infer<typeof baselineSchema>>;

/** Reads a report. @throws with everything that is wrong with it. */
export function baselineReport(value: unknown): BaselineReport {
    const parsed = baselineSchema.safeParse(value);
    if (!parsed.success) {
        throw new Error(`not a report of 'rollout baseline': ${z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, " ")}`);
    }
    return parsed.data;
}
