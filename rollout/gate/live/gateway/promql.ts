import type { Source } from "../evidence/process.ts";
import { quoted, range } from "../evidence/promql.ts";
import type { CounterSelector, GatewaySeries } from "./series.ts";

/** Series of a counter. */
export function selectorOf({ metric, labels }: CounterSelector, more: Readonly<Record<string, string>> = {}): string {
    return `${metric}{${Object.entries({ ...labels, ...more })
        .map(([label, value]) => `${label}=${quoted(value)}`)
        .join(",")}}`;
}

/** Raw samples of the counter that is read at every scrape. */
export function markerExpression({ marker }: GatewaySeries, windowSeconds: number): string {
    return `${selectorOf(marker)}${range(windowSeconds)}`;
}

/** Raw samples of what Prometheus notes of each scrape of these targets: 1 when it went well. */
export function upExpression(instances: readonly string[], windowSeconds: number): string {
    return `up{instance=~${quoted(instances.map((one) => one.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join("|"))}}${range(windowSeconds)}`;
}

/** All counters of one instance at exactly one of its scrapes, told apart by the label `counter`. */
export function countersExpression({ counters, labels }: GatewaySeries, { instance, job }: Source, atSeconds: number): string {
    return Object.entries(counters)
        .map(([name, counter]) => {
            const sum = `sum by (${labels.join(", ")}) (${selectorOf(counter, { instance, job })} @ ${atSeconds.toFixed(3)})`;
            return `label_replace(${sum}, "counter", "${name}", "", "")`;
        })
        .join(" or ");
}
