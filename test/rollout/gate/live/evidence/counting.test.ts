import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type CounterReading, type ReadingPoint, incrementsOf, pointsOf } from "../../../../../rollout/gate/live/evidence/counting.ts";
import { processesOf } from "../../../../../rollout/gate/live/evidence/process.ts";
import { reasonOf, valueOf } from "./setup.ts";
import type { SampledSeries } from "../../../../../rollout/gate/live/prometheus/series.ts";

/** One process: seconds since the epoch, and since its start for what happens in it. */
interface Life {
    readonly startsAt: number;
    readonly requests: readonly { readonly after: number; readonly code: "200" | "500" }[];
    /** Gaps between scrapes: some are missed. */
    readonly scrapeGaps: readonly number[];
    /** How wrong the start time is that it shows at each scrape, in seconds. */
    readonly jitter: number;
}

interface Pod {
    readonly name: string;
    readonly lives: readonly Life[];
}

/** Lengths of time in seconds, of whole milliseconds as Prometheus has them. */
const seconds = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min: min * 1_000, max: max * 1_000 }).map((ms) => ms / 1_000);

const life = fc.record({
    pause: seconds(2, 100),
    requests: fc.array(fc.record({ after: seconds(0, 300), code: fc.constantFrom("200" as const, "500" as const) }), { maxLength: 30 }),
    scrapeGaps: fc.array(seconds(1, 60), { maxLength: 8 }),
    jitter: fc.constantFrom(-0.4, 0, 0.4),
});

const pods: fc.Arbitrary<readonly Pod[]> = fc
    .array(fc.array(life, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
    .map((all) => all.map((lives, index) => ({ name: `pod-${String(index)}`, lives: inSequence(lives) })));

function inSequence(lives: readonly (Omit<Life, "startsAt"> & { readonly pause: number })[]): readonly Life[] {
    let free = 1_000_000;
    return lives.map(({ pause, ...rest }) => {
        const startsAt = ms(free + pause);
        free = startsAt + 400;
        return { ...rest, startsAt, scrapeGaps: withinLife(rest.scrapeGaps) };
    });
}

/** A scrape after 400 s would be of the next process. */
function withinLife(gaps: readonly number[]): readonly number[] {
    let at = 0;
    return gaps.filter((gap) => (at += gap) < 399);
}

/** Sums of lengths are of whole milliseconds too. */
function ms(value: number): number {
    return Math.round(value * 1_000) / 1_000;
}

function scrapesOf({ startsAt, scrapeGaps }: Life): readonly number[] {
    let at = startsAt;
    return scrapeGaps.map((gap) => (at = ms(at + gap)));
}

function startSeries(all: readonly Pod[], from: number, to: number): readonly SampledSeries[] {
    return all
        .map(({ name, lives }) => ({
            labels: { __name__: "process_start_time_seconds", revision: "v2", pod: name, instance: name, job: "service" },
            samples: lives.flatMap((one) =>
                scrapesOf(one)
                    .filter((at) => at >= from && at <= to)
                    .map((at, index) => ({ atSeconds: at, value: one.startsAt + (index % 2) * one.jitter })),
            ),
        }))
        .filter(({ samples }) => samples.length > 0);
}

/** CPU time, which falls with each restart. */
function cpuSeries(all: readonly Pod[], from: number, to: number): readonly SampledSeries[] {
    return all.map(({ name, lives }) => ({
        labels: { __name__: "process_cpu_seconds_total", revision: "v2", pod: name, instance: name, job: "service" },
        samples: lives.flatMap((one, index) =>
            scrapesOf(one)
                .filter((at) => at >= from && at <= to)
                .map((at) => ({ atSeconds: at, value: 1_000 * (lives.length - index) + at - one.startsAt })),
        ),
    }));
}

/** What the counters show at a scrape. A series of failures exists from the first failure on. */
function readingAt(all: readonly Pod[], { source, atSeconds }: ReadingPoint): CounterReading {
    const one = all.find(({ name }) => name === source.pod)?.lives.findLast(({ startsAt }) => startsAt < atSeconds);
    const counted = (code: string): number =>
        (one?.requests ?? []).filter((request) => request.code === code && ms((one?.startsAt ?? 0) + request.after) <= atSeconds).length;
    const series = (code: string): CounterReading["counters"][number] => ({
        labels: { __name__: "http_requests_total", ...source, code },
        atSeconds,
        value: counted(code),
    });
    return { source, atSeconds, counters: [series("200"), ...(counted("500") > 0 ? [series("500")] : [])] };
}

function countedBy(all: readonly Pod[], from: number, to: number): ReadonlyMap<string, number> {
    const { processes, problems } = processesOf(startSeries(all, from, to), cpuSeries(all, from, to));
    expect(problems).toEqual([]);
    const readings = processes.map((process) => {
        const { before, after } = pointsOf(process, from);
        return { after: readingAt(all, after), ...(before === undefined ? {} : { before: readingAt(all, before) }) };
    });
    const increments = processes.length === 0 ? [] : valueOf(incrementsOf("http_requests_total", readings));
    return new Map(increments.map(({ labels, amount }) => [labels.code ?? "", amount]));
}

/** Requests one by one: those after the first scrape within the window, or after the start within it, until the last scrape. */
function truth(all: readonly Pod[], from: number, to: number, code: string): number {
    const ofLife = (one: Life): number => {
        const scrapes = scrapesOf(one).filter((at) => at >= from && at <= to);
        const [first, last] = [scrapes[0], scrapes.at(-1)];
        const since = one.startsAt >= from ? -Infinity : first;
        return one.requests.filter((request) => {
            const at = ms(one.startsAt + request.after);
            return request.code === code && since !== undefined && last !== undefined && at > since && at <= last;
        }).length;
    };
    return all.flatMap(({ lives }) => lives).reduce((sum, one) => sum + ofLife(one), 0);
}

const windows = fc.record({ from: seconds(1_000_000, 1_001_500), length: seconds(1, 1_500) }).map(({ from, length }) => ({ from, to: ms(from + length) }));

describe("counts of a revision", () => {
    it("are those of its requests one by one, whatever restarts, comes, goes and is not scraped", () => {
        fc.assert(
            fc.property(pods, windows, (all, { from, to }) => {
                const counts = countedBy(all, from, to);
                expect([counts.get("200") ?? 0, counts.get("500") ?? 0]).toEqual([truth(all, from, to, "200"), truth(all, from, to, "500")]);
            }),
            { numRuns: 500 },
        );
    });

    it("hold nothing from before the window", () => {
        fc.assert(
            fc.property(pods, windows, (all, { from, to }) => {
                const within = all.flatMap(({ lives }) =>
                    lives.flatMap(({ startsAt, requests }) => requests.filter(({ after }) => ms(startsAt + after) >= from)),
                );
                const counted = [...countedBy(all, from, to).values()].reduce((sum, amount) => sum + amount, 0);
                expect(counted).toBeLessThanOrEqual(within.length);
            }),
        );
    });

    it("do not depend on the order in which series come", () => {
        fc.assert(
            fc.property(pods, windows, (all, { from, to }) => {
                expect(countedBy(all.toReversed(), from, to)).toEqual(countedBy(all, from, to));
            }),
        );
    });
});

describe("a start time that moves", () => {
    const scrapes = Array.from({ length: 60 }, (_, index) => 1_000_000 + 15 * index);
    const labels = { revision: "v2", pod: "a", instance: "a", job: "j" };
    const startAt = (start: (at: number, index: number) => number): readonly SampledSeries[] => [
        { labels: { __name__: "process_start_time_seconds", ...labels }, samples: scrapes.map((at, index) => ({ atSeconds: at, value: start(at, index) })) },
    ];
    const cpu = (seconds: (index: number) => number): readonly SampledSeries[] => [
        { labels: { __name__: "process_cpu_seconds_total", ...labels }, samples: scrapes.map((at, index) => ({ atSeconds: at, value: seconds(index) })) },
    ];
    const rising = cpu((index) => 5 + index / 10);

    it.each([
        { what: "jitters by seconds", start: (_: number, index: number) => 1_000_001 + (index % 3) * 4 },
        { what: "drifts slowly", start: (_: number, index: number) => 1_000_001 + index * 0.7 },
        { what: "moves with the clock", start: (at: number) => at - 5 },
        { what: "jumps once, far", start: (_: number, index: number) => (index < 30 ? 1_000_001 : 1_000_440) },
    ])("and $what is no restart while the CPU time only grows, and counts nothing twice", ({ start }) => {
        const { processes } = processesOf(startAt(start), rising);
        expect(processes).toHaveLength(1);
        const [process] = processes;
        // What it counted before its first scrape is not known to be of the window.
        expect(process === undefined ? undefined : pointsOf(process, 1_000_000).before?.atSeconds).toBe(1_000_000);
    });

    it("is a restart where the CPU time fell as well", () => {
        const { processes } = processesOf(
            startAt((_, index) => (index < 30 ? 999_000 : 1_000_445)),
            cpu((index) => (index < 30 ? 50 + index : index / 10)),
        );
        expect(processes.map(({ scrapedAtSeconds }) => scrapedAtSeconds.length)).toEqual([30, 30]);
    });

    it("is no restart without CPU time to tell by: then a counter that fell makes the counts missing", () => {
        expect(
            processesOf(
                startAt((_, index) => (index < 30 ? 999_000 : 1_000_445)),
                [],
            ).processes,
        ).toHaveLength(1);
    });
});

describe("increments", () => {
    const source = { revision: "v2", pod: "a", instance: "a", job: "j" };
    const reading = (values: Readonly<Record<string, number>>): CounterReading => ({
        source,
        atSeconds: 1,
        counters: Object.entries(values).map(([code, value]) => ({ labels: { __name__: "http_requests_total", code }, atSeconds: 1, value })),
    });

    it.each([
        { what: "a counter falls", before: { 200: 5, 500: 1 }, after: { 200: 4, 500: 1 }, reason: /a counter fell without a restart.*code="200"/ },
        { what: "a counter goes away", before: { 200: 5, 500: 1 }, after: { 200: 6 }, reason: /a counter went away without a restart.*code="500"/ },
        { what: "the metric isn't shown at the end", before: { 200: 5 }, after: {}, reason: /pod a of revision v2 shows no http_requests_total/ },
        { what: "the metric isn't shown at the beginning", before: {}, after: { 200: 5 }, reason: /pod a of revision v2 shows no http_requests_total/ },
    ])("are missing when $what", ({ before, after, reason }) => {
        expect(reasonOf(incrementsOf("http_requests_total", [{ before: reading(before), after: reading(after) }]))).toMatch(reason);
    });

    it("are missing without any process, rather than none", () => {
        expect(incrementsOf("http_requests_total", [])).toMatchObject({ kind: "missing" });
    });
});
