import { readFileSync } from "node:fs";
import { join } from "node:path";

const page = readFileSync(join(import.meta.dirname, "../../docs/service-contract.md"), "utf8");

/** A metric of the service as docs/service-contract.md has it. */
export interface ContractMetric {
    readonly name: string;
    readonly type: string;
    /** Labels, each with the values that the page lists, if any: `cache` (`hit`, `miss`). */
    readonly labels: readonly { readonly label: string; readonly values: readonly string[] }[];
}

/** The metrics that a service must show. */
export const contractMetrics: readonly ContractMetric[] = rowsOf("| metric ").flatMap(([names = "", types = "", labels = ""]) =>
    quoted(names).map((name, index, all) => ({
        name,
        type: (all.length === 1 ? types.replace(/,.*/, "") : (types.split(", ")[index] ?? "")).trim(),
        labels: [...labels.replaceAll(/\bsee\b.*/g, "").matchAll(/`([a-z_]+)`(?: \(([^)]*)\))?/g)].map(([, label = "", values = ""]) => ({
            label,
            values: quoted(values),
        })),
    })),
);

/** Upper bounds of the histogram's buckets, in seconds, as the page writes them. */
export const contractBuckets: readonly string[] = (/Buckets \(seconds\): ([\d. ]+)\. /.exec(page)?.[1] ?? "").split(" ");

/** The requests that a service must answer, each with the label of its route, or `not counted`. */
export const contractRequests = rowsOf("| request ").flatMap(([requests = "", , label = ""]) =>
    quoted(requests)
        .filter((request) => /^(GET|POST) |^\/health/.test(request))
        .map((request) => {
            const [, method = "GET", path = request] = /^(GET|POST) (.*)$/.exec(request) ?? [];
            return { request, method, path, label: quoted(label)[0] ?? "not counted" };
        }),
);

/** What is wrong with a page of metrics that holds testers' requests too; empty: nothing. */
export function metricsProblems(text: string): readonly string[] {
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name ?? ""} ${type ?? ""}`);
    const declared = contractMetrics.map(({ name, type }) => `${name} ${type}`);
    return [
        ...declared.filter((one) => !shown.includes(one)).map((one) => `${one} is missing`),
        ...shown.filter((one) => !declared.includes(one)).map((one) => `${one} is not in the contract`),
        ...contractMetrics.flatMap((metric) => labelProblems(metric, text)),
        ...bucketProblems(text),
    ];
}

function labelProblems({ name, labels }: ContractMetric, text: string): readonly string[] {
    const series = text.split("\n").filter((line) => new RegExp(`^${name}(_bucket|_sum|_count)?[{ ]`).test(line));
    const names = new Set(series.flatMap((line) => [...line.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label)));
    names.delete("le");
    const wanted = labels.map(({ label }) => label).toSorted();
    return [
        ...(series.length === 0 ? [`${name} has no series`] : []),
        ...([...names].toSorted().join() === wanted.join() ? [] : [`${name} has the labels ${[...names].toSorted().join(", ")}, not ${wanted.join(", ")}`]),
        ...labels.flatMap(({ label, values }) => {
            const seen = new Set(series.flatMap((line) => [...line.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, "g"))].map(([, value]) => value)));
            return values.filter((value) => value !== "..." && !seen.has(value)).map((value) => `${name} has no series with ${label}="${value}"`);
        }),
    ];
}

function bucketProblems(text: string): readonly string[] {
    const shown = [...text.matchAll(/http_request_duration_seconds_bucket\{le="([^"]+)",route="feed",cache="hit"\}/g)].map(([, bound]) => bound);
    return shown.join() === [...contractBuckets, "+Inf"].join() ? [] : [`the buckets are ${shown.join(" ")}`];
}

/** Cells of the rows of the page's table whose header begins like this. */
function rowsOf(header: string): readonly (readonly string[])[] {
    const lines = page.split("\n");
    const start = lines.findIndex((line) => line.startsWith(header)) + 2;
    const end = lines.findIndex((line, index) => index >= start && !line.startsWith("|"));
    return lines.slice(start, end).map((line) =>
        line
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim()),
    );
}

/** Words between backquotes. */
function quoted(text: string): readonly string[] {
    return [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}
