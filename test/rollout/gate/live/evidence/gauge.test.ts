import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { memoryOf, poolOf } from "../../../../../rollout/gate/live/evidence/gauge.ts";
import { reasonOf, valueOf } from "./setup.ts";
import type { SampledSeries, SeriesValue } from "../../../../../rollout/gate/live/prometheus/series.ts";

const memory = (pod: string, values: readonly number[]): SampledSeries => ({
    labels: { pod },
    samples: values.map((value, index) => ({ atSeconds: index, value })),
});

const names = { connections: "pool", maximum: "pool_max", waiting: "pool_waiting" };

const pool = (pod: string, inUse: number, size: number, waiting: number): readonly SeriesValue[] =>
    Object.entries({ in_use: inUse, size, waiting }).map(([gauge, value]) => ({ labels: { pod, gauge }, atSeconds: 1, value }));

describe("memory", () => {
    it("is thinned to few samples, with the highest still there and in order", () => {
        fc.assert(
            fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 2_000 }), (values) => {
                const samples = valueOf(memoryOf("process_resident_memory_bytes", [memory("a", values)], ["a"])).flatMap((series) => series.samples);
                expect(samples.length).toBeLessThanOrEqual(60);
                expect(Math.max(...samples.map(({ bytes }) => bytes))).toBe(Math.max(...values));
                expect(samples.map(({ atSeconds }) => atSeconds)).toEqual(samples.map(({ atSeconds }) => atSeconds).toSorted((x, y) => x - y));
                expect(samples.every(({ atSeconds, bytes }) => values[atSeconds] === bytes)).toBe(true);
            }),
        );
    });

    it("is missing when a pod doesn't show it, or shows less than nothing", () => {
        expect(reasonOf(memoryOf("process_resident_memory_bytes", [memory("a", [1])], ["a", "b"]))).toBe("pod b shows no process_resident_memory_bytes");
        expect(reasonOf(memoryOf("process_resident_memory_bytes", [memory("a", [-1])], ["a"]))).toBe("the memory of pod a is -1 bytes");
    });
});

describe("the connection pool", () => {
    it("is that of the pod that uses most of its own", () => {
        const gauges = { kind: "observed", value: [...pool("a", 8, 20, 0), ...pool("b", 5, 10, 2), ...pool("c", 1, 10, 0)] } as const;

        expect(poolOf(names, gauges, ["a", "b", "c"])).toEqual({ kind: "observed", value: { inUse: 5, size: 10, waiting: 2 } });
    });

    it.each([
        { what: "a pod shows none", gauges: pool("a", 1, 10, 0), reason: /pod b does not show all of/ },
        { what: "a pod shows a part", gauges: [...pool("a", 1, 10, 0), ...pool("b", 1, 10, 0).slice(1)], reason: /pod b does not show all of/ },
        {
            what: "a pod shows it twice",
            gauges: [...pool("a", 1, 10, 0), ...pool("b", 1, 10, 0), ...pool("b", 1, 10, 0)],
            reason: /pod b shows its pool more than once/,
        },
        { what: "a pool has no size", gauges: [...pool("a", 1, 10, 0), ...pool("b", 0, 0, 0)], reason: /pod b has 0 of 0/ },
    ])("is missing when $what", ({ gauges, reason }) => {
        expect(reasonOf(poolOf(names, { kind: "observed", value: gauges }, ["a", "b"]))).toMatch(reason);
    });
});
