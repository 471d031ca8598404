import { describe, expect, it } from "vitest";

import type { Criterion } from "../../../../rollout/gate/criterion.ts";
import type { MemorySeries } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import type { JudgeLimits } from "../../../../rollout/gate/judge/limits.ts";
import { healthyEvidence, seen, unseen, withCandidate } from "./evidence.ts";

const mebi = 2 ** 20;
const hour = 3_600;

/** Memory of the pod that the evidence has at 10 %, by a function of the sample's number. */
function pod(samples: number, bytesAt: (index: number) => number, name = "v2-1"): MemorySeries {
    return { pod: name, samples: Array.from({ length: samples }, (_, index) => ({ atSeconds: 15 * index, bytes: bytesAt(index) })) };
}

/** A saw-tooth of 8 Mi, as of a heap that is collected. */
const sawTooth = (index: number) => (index % 7) * 1.3 * mebi;

function reasonFor(kind: "memory" | "memory-growth", series: readonly MemorySeries[], limits: Partial<JudgeLimits> = {}) {
    const measure = kind === "memory" ? { kind, below: 300 * mebi } : { kind, below: (150 * mebi) / 48 };
    const criterion: Criterion = { id: kind, title: kind, subject: "candidate", measure, onBreach: "hold", source: "Sustained Monitoring" };
    const [reason] = judge([criterion], withCandidate(healthyEvidence(10), { memory: seen(series) }), limits).reasons;
    return reason;
}

describe("memory of the fullest pod", () => {
    it.each([
        { bytes: 300 * mebi - 1, verdict: "pass" },
        { bytes: 300 * mebi, verdict: "hold" },
        { bytes: 300 * mebi + 1, verdict: "hold" },
    ])("says $verdict to $bytes bytes", ({ bytes, verdict }) => {
        expect(reasonFor("memory", [pod(60, () => bytes)])).toMatchObject({ verdict });
    });

    it("counts its highest sample, and of several pods the highest", () => {
        const spike = (index: number) => (index === 30 ? 310 : 100) * mebi;
        expect(reasonFor("memory", [pod(60, () => 100 * mebi), pod(60, spike, "v2-2")])).toMatchObject({
            verdict: "hold",
            shortfall: "breached",
            text: "310.0 Mi in v2-2, bound 300.0 Mi",
        });
    });
});

describe("growth of memory", () => {
    it.each([
        { what: "a constant", bytesAt: () => 180 * mebi },
        { what: "a saw-tooth", bytesAt: (index: number) => 180 * mebi + sawTooth(index) },
        { what: "one that fills its caches first", bytesAt: (index: number) => 180 * mebi - 80 * mebi * Math.exp(-index / 8) + sawTooth(index) },
        { what: "one that shrinks", bytesAt: (index: number) => 250 * mebi - index * mebi },
    ])("is not shown by $what", ({ bytesAt }) => {
        expect(reasonFor("memory-growth", [pod(120, bytesAt)])).toMatchObject({ verdict: "pass", neededSamples: 20 });
    });

    it("is shown by a leak of 60 Mi an hour under a saw-tooth", () => {
        const leaking = (index: number) => 180 * mebi + (index * 15 * 60 * mebi) / hour + sawTooth(index);
        expect(reasonFor("memory-growth", [pod(120, () => 180 * mebi), pod(120, leaking, "v2-2")])).toMatchObject({
            verdict: "hold",
            shortfall: "breached",
            text: expect.stringMatching(/^v2-2 grows by (5[5-9]|6[0-5])\.\d Mi an hour, bound 3\.1 Mi an hour$/) as string,
        });
    });

    it("is measured in hours of the plan, so a lab that is ten times as fast sees a tenth", () => {
        const leaking = pod(120, (index) => 180 * mebi + (index * 15 * 60 * mebi) / hour);
        expect(reasonFor("memory-growth", [leaking], { timeScale: 0.1 })?.value).toBeCloseTo(6 * mebi, -3);
    });

    it("passes growth that would not fill a pod within two days", () => {
        const slow = pod(480, (index) => 180 * mebi + (index * 15 * 2.5 * mebi) / hour);
        expect(reasonFor("memory-growth", [slow])).toMatchObject({ verdict: "pass" });
    });

    it("passes a rise of less than 1 Mi, however steady: a process asks for memory in pages", () => {
        const pages = pod(24, (index) => 180 * mebi + index * 2 * 4_096);
        expect(reasonFor("memory-growth", [pages])).toMatchObject({ verdict: "pass", value: expect.closeTo(1.875 * mebi, -2) as number });
        const steep = pod(24, (index) => 180 * mebi + index * 16 * 4_096);
        expect(reasonFor("memory-growth", [steep])).toMatchObject({ verdict: "pass", value: expect.closeTo(15 * mebi, -2) as number });
    });

    it.each([
        { samples: 19, verdict: "hold" },
        { samples: 20, verdict: "pass" },
        { samples: 21, verdict: "pass" },
    ])("says $verdict to $samples samples, where 20 are needed", ({ samples, verdict }) => {
        expect(reasonFor("memory-growth", [pod(60, () => 180 * mebi), pod(samples, () => 180 * mebi, "v2-2")])).toMatchObject({ verdict });
    });
});

describe("memory that is no measurement", () => {
    const good = pod(60, () => 180 * mebi);

    it.each<{ readonly what: string; readonly series: readonly MemorySeries[] }>([
        { what: "no pod", series: [] },
        { what: "a ready pod that shows none", series: [{ ...good, pod: "another" }] },
        { what: "a pod without samples", series: [{ pod: "v2-1", samples: [] }] },
        { what: "NaN", series: [pod(60, (index) => (index === 59 ? Number.NaN : 180 * mebi))] },
        { what: "less than nothing", series: [pod(60, () => -1)] },
        { what: "one sample twice", series: [{ pod: "v2-1", samples: [...good.samples, ...good.samples.slice(-1)] }] },
    ])("holds: $what", ({ series }) => {
        expect(reasonFor("memory", series)).toMatchObject({ verdict: "hold", shortfall: "unseen" });
        expect(reasonFor("memory-growth", series)).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });

    it("holds when it could not be seen", () => {
        const criterion: Criterion = {
            id: "memory",
            title: "memory",
            subject: "candidate",
            measure: { kind: "memory", below: 1 },
            onBreach: "hold",
            source: "x",
        };
        expect(judge([criterion], withCandidate(healthyEvidence(10), { memory: unseen("two series") })).reasons).toMatchObject([{ text: "v2: two series" }]);
    });
});
