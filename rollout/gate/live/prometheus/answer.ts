import { z } from "zod";

import { defined } from "../../../defined.ts";
import { wordsOf } from "../../../words.ts";
import type { Observation } from "../../evidence.ts";
import type { LoadedRule, Sample, SampledSeries, ScrapeTarget, SeriesValue } from "./series.ts";

const texts = z.array(z.string());
const textRecord = z.record(z.string(), z.string());

/** What every answer is wrapped in. https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview */
const envelope = z.discriminatedUnion("status", [
    z.object({ status: z.literal("success"), data: z.unknown(), warnings: texts.optional(), infos: texts.optional() }),
    z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

const pair = z.tuple([z.number(), z.string()]);
const scalarData = z.object({ resultType: z.literal("scalar"), result: pair });
const vectorData = z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: textRecord, value: pair })) });
const matrixData = z.object({ resultType: z.literal("matrix"), result: z.array(z.object({ metric: textRecord, values: z.array(pair) })) });

const targetsData = z.object({
    activeTargets: z.array(
        z.object({
            labels: textRecord,
            health: z.enum(["up", "down", "unknown"]),
            lastError: z.string(),
            lastScrape: z.string(),
            scrapeInterval: z.string(),
        }),
    ),
});

const rule = z.object({
    type: z.enum(["alerting", "recording"]),
    name: z.string(),
    query: z.string(),
    health: z.enum(["ok", "err", "unknown"]),
    lastError: z.string().default(""),
    state: z.enum(["inactive", "pending", "firing"]).optional(),
    labels: textRecord.default({}),
    annotations: textRecord.default({}),
});
const rulesData = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(rule) })) });
const alertmanagersData = z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) });
const buildData = z.object({ version: z.string().min(1) });

/** What Prometheus says of the rate of a counter by whose name it can't tell that it is one. It says nothing of the data. */
const aboutNames = "PromQL info: metric might not be a counter, name does not end in ";

/** What an answer says that is no usable answer. */
class UnusableError extends Error {}

/**
 * Reads an answer of the HTTP API.
 *
 * Warnings make it unusable, since the rest may be partial (a store that Thanos could not reach); so do infos, since no expression of this program deserves
 * one, but for a word on names: Envoy's counters don't end in `_total`.
 *
 * @param read gives the value that the data holds; throws when it holds none.
 */
export function readAnswer<T>(status: number, body: string, read: (data: unknown) => T): Observation<T> {
    try {
        return { kind: "observed", value: read(dataOf(status, body)) };
    } catch (error) {
        return {
            kind: "missing",
            reason: error instanceof UnusableError ? error.message : `Prometheus answered in a form that it should not have: ${formOf(error)}`,
        };
    }
}

function dataOf(status: number, body: string): unknown {
    const answer = envelope.safeParse(jsonOf(body));
    if (!answer.success) {
        throw new UnusableError(`Prometheus answered ${String(status)} with something that is no answer of its API`);
    }
    if (answer.data.status === "error") {
        throw new UnusableError(`Prometheus refused (${String(status)}): ${answer.data.errorType}: ${answer.data.error}`);
    }
    const doubts = [...(answer.data.warnings ?? []), ...(answer.data.infos ?? []).filter((info) => !info.startsWith(aboutNames))];
    if (doubts.length > 0) {
        throw new UnusableError(`Prometheus' answer may be partial: ${doubts.join("; ")}`);
    }
    if (status !== 200) {
        throw new UnusableError(`Prometheus answered ${String(status)}`);
    }
    return answer.data.data;
}

function jsonOf(body: string): unknown {
    try {
        return JSON.parse(body);
    } catch {
        return undefined;
    }
}

function formOf(error: unknown): string {
    if (error instanceof z.ZodError) {
        const [first] = error.issues;
        return first === undefined ? "unknown" : `${first.path.join(".")}: ${first.message}`;
    }
    return wordsOf(error);
}

/**
 * Reads an instant vector.
 *
 * @param atSeconds time of evaluation that was asked for: an answer for another one, such as a cached one, is refused.
 */
export function vectorOf(data: unknown, atSeconds?: number): readonly SeriesValue[] {
    const { result } = vectorData.parse(data);
    return result.map(({ metric, value }) => {
        const sample = sampleOf(value, metric);
        if (atSeconds !== undefined && Math.abs(sample.atSeconds - atSeconds) > 0.001) {
            throw new UnusableError(`Prometheus answered for ${String(sample.atSeconds)} and the query was for ${String(atSeconds)}`);
        }
        return { labels: metric, ...sample };
    });
}

/** Reads the one number that an instant vector or a scalar holds. */
export function numberOf(data: unknown, atSeconds?: number): number {
    const scalar = scalarData.safeParse(data);
    if (scalar.success) {
        return sampleOf(scalar.data.result, {}).value;
    }
    const [only, ...others] = vectorOf(data, atSeconds);
    if (only === undefined) {
        throw new UnusableError("no series: nothing is measured under this name and these labels");
    }
    if (others.length > 0) {
        throw new UnusableError(`${String(others.length + 1)} series where one is expected, the first ${nameOf(only.labels)}`);
    }
    return only.value;
}

/** Reads series with several samples each. */
export function seriesOf(data: unknown): readonly SampledSeries[] {
    return matrixData.parse(data).result.map(({ metric, values }) => ({ labels: metric, samples: values.map((value) => sampleOf(value, metric)) }));
}

/** Reads the targets that are scraped. */
export function targetsOf(data: unknown): readonly ScrapeTarget[] {
    return targetsData.parse(data).activeTargets.map(({ lastScrape, scrapeInterval, ...rest }) => ({
        ...rest,
        // Go's zero time stands for never.
        ...(lastScrape.startsWith("0001-") ? {} : { lastScrape }),
        scrapeIntervalSeconds: secondsOf(scrapeInterval),
    }));
}

/** Reads the rules of all groups. */
export function rulesOf(data: unknown): readonly LoadedRule[] {
    return rulesData
        .parse(data)
        .groups.flatMap(({ name: group, rules }) =>
            rules.map(({ type, query, state, ...rest }) => ({ kind: type, group, expression: query, ...rest, ...defined({ state }) })),
        );
}

/** Reads the URLs of the Alertmanagers. */
export function alertmanagersOf(data: unknown): readonly string[] {
    return alertmanagersData.parse(data).activeAlertmanagers.map(({ url }) => url);
}

/** Reads the version. */
export function versionOf(data: unknown): string {
    return buildData.parse(data).version;
}

function sampleOf([atSeconds, text]: readonly [number, string], labels: Readonly<Record<string, string>>): Sample {
    // An empty text is 0 for Number().
    const value = text.trim() === "" ? NaN : Number(text);
    if (!Number.isFinite(value)) {
        throw new UnusableError(`${nameOf(labels)} is ${text === "" ? "empty" : text}, which is no finite number`);
    }
    return { atSeconds, value };
}

/** A series as people know it from Prometheus. */
export function nameOf({ __name__: name = "", ...labels }: Readonly<Record<string, string>>): string {
    const inside = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return `${name}{${inside.join(",")}}`;
}

const secondsPerUnit: ReadonlyMap<string, number> = new Map([
    ["ms", 0.001],
    ["s", 1],
    ["m", 60],
    ["h", 3_600],
    ["d", 86_400],
    ["w", 604_800],
    ["y", 31_536_000],
]);

/** Seconds of a duration such as `1m30s`. https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
function secondsOf(duration: string): number {
    if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(duration)) {
        throw new UnusableError(`'${duration}' is no duration`);
    }
    return [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * (secondsPerUnit.get(unit ?? "") ?? NaN), 0);
}
