import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { criteriaAt, everyCriterionAt } from "../../rollout/gate/criteria.ts";
import { defaultLimits, judge } from "../../rollout/gate/judge.ts";
import { passRisk } from "../../rollout/gate/judge/confidence.ts";
import { type Weight, stepAt, weightsOf } from "../../rollout/plan/plan.ts";
import { alarmEvidence } from "../../rollout/watch/sequential.ts";
import { fewestBelow } from "../../rollout/gate/statistics/betting.ts";
import { shownCounterTable, shownDifferences } from "../lab/counter-table.ts";
import { shownGatewayTable } from "../lab/gateway-table.ts";
import { healthyEvidence } from "../rollout/gate/judge/evidence.ts";
import { profile } from "../../service/profile.ts";
import { rollbackAtOnce } from "../../service/criteria/standing.ts";
import { plan } from "../../service/plan.ts";

const { watchLimits } = plan;

const weights = weightsOf(plan);

// Where a line ends in a page says nothing.
const page = ["gate", "gate-statistics", "quick-alarm", "gateway-counters", "gateways"]
    .map((name) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), "utf8"))
    .join("\n")
    .replaceAll(/[ \t]*\n(?=[a-z0-9])/g, " ");

/** Rows of the table between a marker and the next end, without its head. */
function rowsOf(marker: string): readonly string[] {
    const [, after = ""] = page.split(`<!-- ${marker} -->`);
    const [table = ""] = after.split("<!-- end -->");
    return table
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .slice(2);
}

/** A minimum of evidence counts for itself from 2 on: 1 means no more than that it was looked at. */
function minimumEvidence(weight: Weight): readonly string[] {
    const titles = new Map(everyCriterionAt(profile, weight).map(({ id, title }) => [id, title]));
    const own = new Set(criteriaAt(profile, weight).gate.map(({ id }) => id));
    return judge(everyCriterionAt(profile, weight), healthyEvidence(weight))
        .reasons.filter(({ criterion, neededSamples = 1 }) => neededSamples > 1 && (own.has(criterion) || weight === 10))
        .map(({ criterion, neededSamples = 1 }) => {
            const step = own.has(criterion) ? stepAt(plan, weight).name : "every step with traffic";
            return `| ${step} | \`${criterion}\` | ${titles.get(criterion) ?? ""} | ${neededSamples.toLocaleString("en-US")} |`;
        });
}

describe("the pages about the gate", () => {
    it("says of the gateway's counters what was measured in the lab", () => {
        expect(rowsOf("gateway counters")).toEqual(shownCounterTable().slice(2));
        expect(rowsOf("counters on Envoy Gateway")).toEqual(shownDifferences().slice(2));
    });

    it("says of the route's fields what was measured on each gateway", () => {
        expect(rowsOf("gateway fields")).toEqual(shownGatewayTable().slice(2));
    });

    it("has the minimum of evidence that the judge asks of each criterion", () => {
        expect(rowsOf("minimum evidence")).toEqual(weights.flatMap(minimumEvidence));
    });

    it("has the requests that each bound needs, for candidates that aren't clean", () => {
        const shown = (requests: number) => requests.toLocaleString("en-US");
        expect(rowsOf("requests by share")).toEqual(
            [0.001, 0.005, 0.01, 0.05].map((bound) => {
                const needed = [0, 0.2, 0.5, 0.9].map((part) => shown(fewestBelow(bound, passRisk, bound * part)));
                return `| ${String(bound * 100)} % | ${needed.join(" | ")} |`;
            }),
        );
    });

    it.each([
        `after ${String(watchLimits.holdMinutes)} minutes beyond the soak, the watcher rolls back`,
        `at most ${String(defaultLimits.oldestScrapeIntervals)} scrape intervals: ${String(defaultLimits.oldestScrapeIntervals * defaultLimits.scrapeIntervalSeconds)} s`,
        `| scrape interval | ${String(defaultLimits.scrapeIntervalSeconds)} s |`,
        `| distinct scrapes of each pod within the window | ${String(defaultLimits.fewestDistinctScrapes)} |`,
        `An alarm needs a sum of ${String(alarmEvidence)},`,
    ])("says what the code does: %s", (sentence) => {
        expect(page).toContain(sentence);
    });

    it("lists what takes back at once, and the one thing that a person has to say", () => {
        const [, after = ""] = page.split("| at once | bound |");
        const [table = ""] = after.split("\n\n");
        expect(table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))).toHaveLength(rollbackAtOnce.length + 1);
    });
});
