import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";

import { closed, listening } from "../../../../helpers/listening.ts";
import type { WorldSeries } from "./world.ts";
import type { SeriesLabels } from "../../../../../rollout/gate/live/prometheus/series.ts";

/** An answer in place of the right one: a whole body, or what becomes of the right one. */
export type Tampering = (query: string, answer: Readonly<Record<string, unknown>>) => { readonly status?: number; readonly body: unknown } | undefined;

/** A server that plays Prometheus over a world: it evaluates the forms of expressions that evidence asks for, and nothing else. */
export class PrometheusPlayer {
    readonly #server: Server = createServer((request, response) => {
        void this.#reply(request, response);
    });
    /** Queries in the order in which they came. */
    readonly queries: string[] = [];
    series: readonly WorldSeries[] = [];
    nowSeconds = 0;
    tamper: Tampering = () => undefined;

    async start(): Promise<string> {
        return `http://127.0.0.1:${String(await listening(this.#server))}`;
    }

    async stop(): Promise<void> {
        await closed(this.#server);
    }

    async #reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const form = new URLSearchParams(await text(request));
        const query = form.get("query") ?? "";
        this.queries.push(query);
        const right = { status: "success", data: this.#evaluated(query, Number(form.get("time") ?? this.nowSeconds)) };
        const { status = 200, body } = this.tamper(query, right) ?? { body: right };
        response.writeHead(status, { "content-type": "application/json" }).end(typeof body === "string" ? body : JSON.stringify(body));
    }

    #evaluated(query: string, at: number): unknown {
        if (query === "time()") {
            return { resultType: "scalar", result: [this.nowSeconds, String(this.nowSeconds)] };
        }
        const range = /^(?<selector>\{.*\})\[(?<ms>\d+)ms\]$/.exec(query)?.groups;
        if (range !== undefined) {
            const from = at - Number(range.ms) / 1_000;
            const result = this.#selected(range.selector ?? "").map(({ labels, samples }) => ({
                metric: labels,
                values: samples.filter(([t]) => t > from && t <= at),
            }));
            return { resultType: "matrix", result: result.filter(({ values }) => values.length > 0) };
        }
        const result = query.split(" or ").flatMap((part) => this.#vector(part, at));
        return { resultType: "vector", result: result.map(({ metric, value }) => ({ metric, value: [at, value] })) };
    }

    #vector(expression: string, at: number): readonly { readonly metric: SeriesLabels; readonly value: string }[] {
        const { by, sum, moment } = /^sum by \((?<by>.*)\) \((?<sum>\{.*\}) @ (?<moment>[\d.]+)\)$/.exec(expression)?.groups ?? {};
        if (by !== undefined && sum !== undefined && moment !== undefined) {
            return grouped(by, this.#at(this.#selected(sum), Number(moment), 300), (values) => values.reduce((all, value) => all + value, 0));
        }
        const { labels, counted } = /^count by \((?<labels>.*)\) \((?<counted>.*)\)$/.exec(expression)?.groups ?? {};
        if (labels !== undefined && counted !== undefined) {
            return grouped(labels, this.#at(this.#selected(counted), at, 300), (values) => values.length);
        }
        const { mean, selector, ms, gauge } =
            /^label_replace\((?<mean>avg|max)_over_time\((?<selector>.*)\[(?<ms>\d+)ms\]\), "gauge", "(?<gauge>\w+)", "", ""\)$/.exec(expression)?.groups ?? {};
        if (mean !== undefined && selector !== undefined && ms !== undefined && gauge !== undefined) {
            return this.#selected(selector).flatMap(({ labels, samples }) => {
                const metric = Object.fromEntries(Object.entries(labels).filter(([label]) => label !== "__name__"));
                const values = samples.filter(([t]) => t > at - Number(ms) / 1_000 && t <= at).map(([, value]) => Number(value));
                const value = mean === "max" ? Math.max(...values) : values.reduce((all, one) => all + one, 0) / values.length;
                return values.length === 0 ? [] : [{ metric: { ...metric, gauge }, value: String(value) }];
            });
        }
        throw new Error(`this world can't evaluate ${expression}`);
    }

    /** The newest sample of each series that is at most `lookBack` seconds old. */
    #at(series: readonly WorldSeries[], at: number, lookBack: number): readonly { readonly labels: SeriesLabels; readonly value: string }[] {
        return series.flatMap(({ labels, samples }) => {
            const sample = samples.findLast(([t]) => t <= at + 1e-6 && t > at - lookBack);
            return sample === undefined ? [] : [{ labels, value: sample[1] }];
        });
    }

    #selected(selector: string): readonly WorldSeries[] {
        const { name = "", matchers = "" } = /^(?<name>\w*)\{(?<matchers>.*)\}$/.exec(selector)?.groups ?? {};
        const conditions = [...matchers.matchAll(/(\w+)(=~|=)("(?:[^"\\]|\\.)*")/g)].map(([, label = "", operator, quoted = '""']) => {
            const value: unknown = JSON.parse(quoted);
            const wanted = operator === "=~" ? new RegExp(`^(?:${String(value)})$`) : undefined;
            return ({ [label]: present = "" }: SeriesLabels) => (wanted === undefined ? present === value : wanted.test(present));
        });
        return this.series.filter(({ labels }) => (name === "" || labels.__name__ === name) && conditions.every((holds) => holds(labels)));
    }
}

function grouped(
    by: string,
    series: readonly { readonly labels: SeriesLabels; readonly value: string }[],
    aggregate: (values: readonly number[]) => number,
): readonly { readonly metric: SeriesLabels; readonly value: string }[] {
    const kept = by.split(", ");
    const metricOf = (labels: SeriesLabels): SeriesLabels =>
        Object.fromEntries(kept.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])));
    return [...Map.groupBy(series, ({ labels }) => JSON.stringify(metricOf(labels))).values()].flatMap((group) =>
        group[0] === undefined ? [] : [{ metric: metricOf(group[0].labels), value: textOf(aggregate(group.map(({ value }) => Number(value)))) }],
    );
}

/** Numbers as Go writes them. */
function textOf(value: number): string {
    return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
