import { fields, list } from "../../route/fields.ts";

/**
 * When a report says itself that it was made, as the tool wrote it: the newest of its times, as ISO 8601. Undefined where it says nothing of it.
 *
 * JUnit's suites have `timestamp`, Trivy `CreatedAt`, Grype `descriptor.timestamp`, SARIF `invocations`.
 */
export function statedTime(text: string): string | undefined {
    return newest(text.trimStart().startsWith("<") ? timesInXml(text) : timesInJson(text));
}

/** The newest of some times, as ISO 8601; undefined where none of them is one. A time without a zone counts as UTC. */
export function newest(times: readonly unknown[]): string | undefined {
    const known = times.map(millisecondsOf).filter((time) => Number.isFinite(time));
    return known.length === 0 ? undefined : new Date(Math.max(...known)).toISOString();
}

function millisecondsOf(time: unknown): number {
    return typeof time === "string" && /^\d{4}-\d\d-\d\dT/.test(time) ? Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`) : Number.NaN;
}

function timesInXml(text: string): readonly string[] {
    return [...text.matchAll(/<testsuites?\b[^>]*?\btimestamp="([^"]+)"/g)].map(([, time = ""]) => time);
}

function timesInJson(text: string): readonly unknown[] {
    let json: Readonly<Record<string, unknown>>;
    try {
        json = fields(JSON.parse(text));
    } catch {
        return [];
    }
    const invocations = list(json.runs)
        .flatMap((run) => list(fields(run).invocations))
        .map((one) => fields(one).endTimeUtc);
    return [json.CreatedAt, fields(json.descriptor).timestamp, ...invocations];
}
