import { readFile } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { serviceLabels, serviceMetrics, watcherMetrics } from "../../observability/metrics/service.ts";

const page = await readFile(new URL("../../docs/service-contract.md", import.meta.url), "utf8");

/** Cells of the table below a heading of the contract, without its head. */
function rows(heading: string): readonly (readonly string[])[] {
    const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
    const lines = section.split("\n").filter((line) => line.startsWith("|"));
    return lines.slice(2).map((line) =>
        line
            .split("|")
            .slice(1, -1)
            .map((cell) => cell.trim()),
    );
}

/** Names in backticks, without what stands in brackets. */
function names(cell: string | undefined): readonly string[] {
    return [...(cell ?? "").replaceAll(/\([^)]*\)/g, "").matchAll(/`(\w+)`/g)].map(([, name]) => name ?? "");
}

describe("the service's metrics as rules know them", () => {
    it("are those of the contract, with type and labels", () => {
        const documented = rows("Metrics").flatMap(([metric, types, labels]) =>
            names(metric).map((name, index) => {
                const listed = types?.split(",").map((type) => type.trim().replace(/, always 1$/, "")) ?? [];
                return { name, type: listed[names(metric).length > 1 ? index : 0], labels: names(labels) };
            }),
        );
        const known = serviceMetrics.map(({ name, type, labels }) => ({
            name,
            type,
            labels: labels.filter((label) => !serviceLabels.some((scraped) => scraped === label)),
        }));
        expect(known).toEqual(documented);
    });

    it("carry the labels that the scrape adds", () => {
        expect(rows("Labels that the scrape adds").flatMap(([label]) => names(label))).toEqual([...serviceLabels]);
    });

    it("have the plan's latencies among the bounds of their buckets", () => {
        const buckets = /Buckets \(seconds\): ([\d. ]+)\./.exec(page)?.[1]?.split(" ") ?? [];
        expect(buckets).toEqual(expect.arrayContaining(["0.1", "0.3", "0.4", "0.5", "1"]));
    });
});

describe("the watcher's metrics as rules know them", () => {
    it("are those of the contract", () => {
        const documented = rows("Metrics of the watcher").map(([metric, labels]) => ({ name: names(metric)[0], labels: names(labels) }));
        const scraped = ["namespace", "service", "job", "instance"];
        expect(watcherMetrics.map(({ name, labels }) => ({ name, labels: labels.filter((label) => !scraped.includes(label)) }))).toEqual(documented);
    });
});
