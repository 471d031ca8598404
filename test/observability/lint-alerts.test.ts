import { describe, expect, it } from "vitest";

import { ruleGroups } from "../../observability/catalogue.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { checkAlert, checkRules } from "../../observability/lint/alerts.ts";
import { catalogueVocabulary } from "../../observability/lint/vocabulary.ts";
import type { Alert, Recording, RuleGroup } from "../../observability/rule.ts";

const own = 'namespace="n",service="s"';
/** The same without what testers asked. */
const users = `${own},audience!="testers"`;
const good: Alert = {
    name: "CandidateFails",
    severity: "warning",
    expression: `sum by (revision) (rate(http_requests_total{${users},revision!="v1",code=~"5.."}[5m])) > 1`,
    forSeconds: 60,
    labels: { rollout_scope: "canary" },
    summary: "It fails.",
    description: "{{ $labels.revision }} fails {{ $value }} requests each second.",
    dashboard: "canary",
    cases: [],
};

function group(change: Partial<RuleGroup>): RuleGroup {
    return { name: "group", title: "A group", intervalSeconds: 30, recordings: [], alerts: [], ...change };
}

describe("the lint of alerts", () => {
    it("takes a good one", () => {
        expect(checkAlert(good, catalogueVocabulary())).toEqual([]);
    });

    it.each<readonly [string, Partial<Alert>, string]>([
        [
            "fires for every series there is",
            { expression: `sum by (revision) (rate(http_requests_total{${users},revision!="v1"}[5m]))` },
            "it compares nothing",
        ],
        ["is a number", { expression: "1 > 0" }, "it gives a number and no series"],
        ["fires at the first sample", { forSeconds: 0 }, "it has no duration"],
        ["shows a label that the query does not give", { description: "{{ $labels.pod }} fails." }, "shows the label 'pod', which the query does not give"],
        ["has values in its summary", { summary: "{{ $value }} fail." }, "the summary has values in it"],
        ["decides about its own routing", { labels: { rollout_scope: "canary", team: "others" } }, "it sets 'team', which is the same for all alerts"],
        ["does not say whom it is about", { labels: {} }, "has no rollout_scope"],
        [
            "loses the revision on the way",
            { expression: `sum by (pod) (rate(http_requests_total{${users},revision!="v1"}[5m])) > 1`, description: "{{ $labels.pod }} fails." },
            "its aggregation drops 'revision'",
        ],
        ["is about a candidate and selects none", { expression: `sum by (revision) (rate(http_requests_total{${users}}[5m])) > 1` }, "selects no revision"],
        ["fires on absence in secret", { expression: `absent(sum(up{${own},job="s"}))`, description: "Gone.", labels: {} }, "it fires on absence: say so"],
        ["claims to fire on absence", { onAbsence: [{ labels: {} }] }, "it says that it fires on absence, and asks for none"],
        ["has a query that can't be read", { expression: "sum(" }, "no PromQL"],
    ])("refuses one that %s", (_, change, problem) => {
        expect(checkAlert({ ...good, ...change }, catalogueVocabulary()).join("\n")).toContain(problem);
    });

    it("knows what was recorded before, and nothing else", () => {
        const recordings: readonly Recording[] = [
            { record: "revision:requests:rate5m", expression: `sum by (namespace, service, revision) (rate(http_requests_total{${users}}[5m]))` },
        ];
        const alerts = [{ ...good, expression: `revision:requests:rate5m{${own},revision!="v1"} > 1` }];
        expect(checkRules([group({ recordings }), group({ alerts })])).toEqual([]);
        expect(checkRules([group({ alerts }), group({ recordings })]).map(({ problem }) => problem)).toContainEqual(
            expect.stringContaining("no metric is called 'revision:requests:rate5m'"),
        );
    });

    it("refuses a recording whose name does not say what it is", () => {
        const recordings = [{ record: "requests", expression: `sum(rate(http_requests_total{${users}}[5m]))` }];
        expect(checkRules([group({ recordings })])).toEqual([{ rule: "requests", problem: "the name is not level:metric:operations" }]);
    });
});

describe("the project's own rules", () => {
    it("have no problem", () => {
        expect(checkRules(ruleGroups(example))).toEqual([]);
    });

    it("have none for a service of another name either", () => {
        expect(checkRules(ruleGroups({ ...example, service: "shop", namespace: "shop-staging", stable: "r7" }))).toEqual([]);
    });
});
