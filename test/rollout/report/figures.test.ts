import { describe, expect, it } from "vitest";

import { figuresOf, observedShare, p95Of } from "../../../rollout/report/figures.ts";
import { type Evidence, unseenGateway } from "../../../rollout/gate/evidence.ts";
import { evidenceOf } from "./fixture.ts";

const evidence = evidenceOf("2025-10-26T08:00:00.000Z", 600, 25, { errorRatio: 0.02 });
const gone = { kind: "missing", reason: "no pod was scraped" } as const;

function candidateOf(changed: Partial<NonNullable<Evidence["candidate"]>>, means = new Map()) {
    const { candidate } = evidence;
    if (candidate === undefined) {
        throw new Error("the fixture has a candidate");
    }
    return figuresOf({ ...evidence, candidate: { ...candidate, ...changed } }, means).find(({ role }) => role === "candidate")?.values;
}

describe("the figures of a step", () => {
    it("are those of the evidence", () => {
        expect(candidateOf({})).toMatchObject({
            "error-ratio": { kind: "observed", value: 0.02 },
            "requests-per-second": { kind: "observed", value: 30 },
            "cpu-utilisation": { kind: "observed", value: 0.32 },
            "cache-hit-ratio": { kind: "observed", value: 0.965 },
        });
    });

    it("have what users got at the gateway beside it, whatever the pods say", () => {
        const gateway = {
            kind: "seen",
            scrapes: gone,
            requests: {
                kind: "observed",
                value: {
                    total: 200,
                    failed: 90,
                    timedOut: 60,
                    unanswered: 30,
                    clientErrors: { unauthorized: 1, forbidden: 2, notFound: 3, other: 4 },
                    retries: 0,
                },
            },
            recentRequests: gone,
            latency: { kind: "observed", value: { boundsSeconds: [0.25, 0.5, Infinity], counts: [90, 10, 0] } },
        } as const;

        expect(candidateOf({ gateway })).toMatchObject({
            "users-error-ratio": { kind: "observed", value: 0.45 },
            "users-client-error-ratio": { kind: "observed", value: 0.05 },
            "users-latency-p95": { kind: "observed", value: 0.375 },
            "error-ratio": { kind: "observed", value: 0.02 },
        });
    });

    it.each([
        {
            what: "a record from before the gateway was looked at",
            gateway: unseenGateway("the record is from before the gateway was looked at"),
            reason: "the record is from before the gateway was looked at",
        },
        { what: "a lab without a gateway", gateway: { kind: "waived", reason: "this lab has no gateway" }, reason: "not looked at: this lab has no gateway" },
    ] as const)("say why what users got is not known: $what", ({ gateway, reason }) => {
        const values = candidateOf({ gateway });
        for (const name of ["users-error-ratio", "users-client-error-ratio", "users-latency-p95"] as const) {
            expect(values?.[name]).toEqual({ kind: "missing", reason });
        }
        expect(values?.["error-ratio"]).toEqual({ kind: "observed", value: 0.02 });
    });

    it("take the mean latency and the millicores from Prometheus alone", () => {
        const means = new Map([["v1-1-0", { averageLatencySeconds: { kind: "observed", value: 0.042 }, cpuMillicores: { kind: "observed", value: 120 } }]]);
        expect(candidateOf({}, means)).toMatchObject({ "average-latency": { value: 0.042 }, "cpu-millicores": { value: 120 } });
        expect(candidateOf({})?.["average-latency"]).toMatchObject({ kind: "missing" });
    });

    it.each([
        { what: "requests that were not seen", changed: { requests: gone }, figure: "error-ratio", reason: "no pod was scraped" },
        {
            what: "no requests",
            changed: { requests: { kind: "observed", value: { total: 0, failed: 0, timedOut: 0 } } },
            figure: "error-ratio",
            reason: "there were no requests",
        },
        {
            what: "no lookups",
            changed: { cache: { kind: "observed", value: { hits: 0, misses: 0, errors: 4 } } },
            figure: "cache-hit-ratio",
            reason: "there were no lookups in the cache",
        },
        { what: "no samples of memory", changed: { memory: { kind: "observed", value: [] } }, figure: "memory", reason: "NaN is no measurement" },
        {
            what: "an infinite use of CPU",
            changed: { cpuUtilisation: { kind: "observed", value: Infinity } },
            figure: "cpu-utilisation",
            reason: "Infinity is no measurement",
        },
    ] as const)("are missing with the reason, never 0: $what", ({ changed, figure, reason }) => {
        expect(candidateOf(changed)?.[figure]).toEqual({ kind: "missing", reason });
    });

    it.each([
        { what: "in the middle of a bucket", counts: [92, 4, 4], p95: { kind: "observed", value: 0.1 + 0.4 * 0.75 } },
        { what: "in the first bucket", counts: [100, 0, 0], p95: { kind: "observed", value: 0.095 } },
        { what: "above every bound", counts: [90, 0, 10], p95: { kind: "missing", reason: "it lies above 0.5 s, the highest bound of the histogram" } },
        { what: "without requests", counts: [0, 0, 0], p95: { kind: "missing", reason: "there were no requests" } },
        { what: "of negative counts", counts: [-1, 2, 0], p95: { kind: "missing", reason: "the histogram counts -1, 2, 0, which is no measurement" } },
    ])("have the p95 of the histogram: $what", ({ counts, p95 }) => {
        expect(p95Of({ boundsSeconds: [0.1, 0.5, Infinity], counts })).toEqual(p95);
    });

    it("have the share of requests that reached the candidate, where both were seen", () => {
        expect(observedShare(evidence)).toEqual({ kind: "observed", value: 0.25 });
        expect(observedShare({ ...evidence, stable: { ...evidence.stable, requests: gone } })).toEqual(gone);
    });
});
