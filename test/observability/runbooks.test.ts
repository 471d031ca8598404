import { readFile, readdir } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { alertsOf, ruleGroups } from "../../observability/catalogue.ts";
import { documented as example, runbookFolder } from "../../config/observability-pages.ts";
import { parseExpression, within } from "../../observability/lint/expression.ts";
import { catalogueVocabulary } from "../../observability/lint/vocabulary.ts";
import { runbookPages, runbooksFor } from "../../observability/runbooks/index.ts";
import { ownJobs } from "../../observability/scope.ts";

const pages = runbookPages(example);
const alerts = alertsOf(example).map(({ name }) => name);

/** Fenced blocks of one language, by the page that they stand on. */
function blocks(language: string): readonly (readonly [page: string, text: string])[] {
    return [...pages].flatMap(([page, text]) =>
        [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\\n *\`\`\``, "g"))].map(([, block]): readonly [string, string] => [
            page,
            (block ?? "").trim(),
        ]),
    );
}

describe("the runbooks", () => {
    it("are one for each alert, and one alert for each", () => {
        expect(Object.keys(runbooksFor(example)).sort()).toEqual([...alerts].sort());
    });

    it("are the pages in docs/runbooks", async () => {
        expect((await readdir(runbookFolder)).sort()).toEqual([...pages.keys()].sort());
    });

    it.each([...pages])("%s is as its data says (node config/observability-pages.ts)", async (name, text) => {
        expect(await readFile(new URL(name, runbookFolder), "utf8")).toBe(text);
    });

    it("are no two the same", () => {
        const meanings = Object.values(runbooksFor(example)).map(({ meaning }) => meaning);
        expect(new Set(meanings).size).toBe(meanings.length);
    });

    it("have a command or a query to begin with", () => {
        const without = Object.entries(runbooksFor(example)).filter(([, { diagnosis }]) => !diagnosis.some((step) => typeof step !== "string"));
        expect(without.map(([name]) => name)).toEqual([]);
    });

    it("are about the service that they are written for", () => {
        const shop = { ...example, service: "shop", namespace: "shop-prod", stable: "r7", database: "shop" };
        const text = JSON.stringify(runbooksFor({ ...shop, jobs: { ...example.jobs, ...ownJobs("shop") } }));
        expect(/.{20}(video.ranking|v1-0-0|nova-prod).{20}/.exec(text)?.[0]).toBeUndefined();
    });
});

describe("the queries in the runbooks", () => {
    const recorded = new Set(ruleGroups(example).flatMap(({ recordings }) => recordings.map(({ record }) => record)));
    /** Prometheus' own, which no rule reads. */
    const elsewhere = new Set(["ALERTS", "prometheus_tsdb_head_series"]);
    const known = catalogueVocabulary();

    it("are some hundred", () => {
        expect(blocks("promql").length).toBeGreaterThan(100);
    });

    it("are PromQL on metrics that there are", () => {
        const unknown = blocks("promql").flatMap(([page, query]) =>
            [...within(parseExpression(query))].flatMap((each) =>
                each.kind !== "selector" || known.has(each.metric) || recorded.has(each.metric) || elsewhere.has(each.metric)
                    ? []
                    : [`${page}: ${each.metric}`],
            ),
        );
        expect(unknown).toEqual([]);
    });

    it("ask for labels that their metrics have", () => {
        const wrong = blocks("promql").flatMap(([page, query]) =>
            [...within(parseExpression(query))].flatMap((each) => {
                const labels = each.kind === "selector" ? known.get(each.metric)?.labels : undefined;
                return each.kind !== "selector" || labels === undefined
                    ? []
                    : each.conditions.filter(({ label }) => !labels.has(label)).map(({ label }) => `${page}: ${each.metric} has no ${label}`);
            }),
        );
        expect(wrong).toEqual([]);
    });
});

describe("the commands in the runbooks", () => {
    it("are ones that the command line has", async () => {
        const folder = new URL("../../rollout/cli/commands/", import.meta.url);
        const sources = await Promise.all((await readdir(folder)).map((name) => readFile(new URL(name, folder), "utf8")));
        const known = new Set(sources.flatMap((source) => [...source.matchAll(/subcommand\(\w+, "([\w-]+)"/g)].map(([, name]) => name)).concat("ledger"));
        const used = blocks("sh").flatMap(([page, text]) => [...text.matchAll(/(?:^|; )rollout (\w+)/gm)].map(([, name]) => [page, name] as const));
        expect(used.length).toBeGreaterThan(20);
        expect(used.filter(([, name]) => !known.has(name)).map(([page, name]) => `${page}: rollout ${name ?? ""}`)).toEqual([]);
    });
});
