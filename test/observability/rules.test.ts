import { describe, expect, it } from "vitest";

import { everyCriterion, gateBounds } from "../../observability/bounds.ts";
import { alertGroups, alertsOf, recordingGroups, ruleGroups } from "../../observability/catalogue.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { withRecordings } from "../../observability/promtool.ts";
import { type RenderedRule, renderGroup } from "../../observability/render.ts";
import { plan } from "../../service/plan.ts";

const { fullReplicas } = plan;

const alerts = alertsOf(example);
const rendered = ruleGroups(example).map((group) => renderGroup(example, group));

function alert(name: string): RenderedRule & { readonly alert: string } {
    const found = rendered.flatMap(({ rules }) => rules).find((rule) => "alert" in rule && rule.alert === name);
    if (found === undefined || !("alert" in found)) {
        throw new Error(`there is no alert ${name}`);
    }
    return found;
}

describe("the alerts", () => {
    it("are at least forty, each under a name of its own", () => {
        expect(alerts.length).toBeGreaterThanOrEqual(40);
        expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
        expect(alerts.map(({ name }) => name).filter((name) => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
    });

    it("are each shown to fire, and all but the Watchdog not to", () => {
        const fires = alerts.filter(({ cases }) => !cases.some((each) => each.fires.length > 0));
        const quiet = alerts.filter(({ cases }) => !cases.some((each) => each.fires.length === 0));
        expect(fires.map(({ name }) => name)).toEqual([]);
        expect(quiet.map(({ name }) => name)).toEqual(["Watchdog"]);
    });

    it("are looked at, in their cases, after their duration", () => {
        const early = alerts.flatMap(({ name, forSeconds, cases }) =>
            cases.filter(({ atSeconds }) => atSeconds < forSeconds).map(({ title }) => `${name} ${title}`),
        );
        expect(early).toEqual([]);
    });

    it("carry what routing needs, and the links that people need", () => {
        expect(alert("RedisServerDown")).toMatchObject({
            for: "5m",
            labels: { severity: "warning", team: "ranking", service: "video-ranking", namespace: "nova-prod", store: "redis" },
            annotations: {
                runbook_url: "https://runbooks.example.com/video-ranking/RedisServerDown.md",
                dashboard_url: "https://grafana.example.com/d/video-ranking-redis?var-namespace=nova-prod&var-service=video-ranking",
            },
        });
    });

    it("watch every criterion of the plan", () => {
        const watched = new Set(alerts.flatMap(({ criteria }) => criteria ?? []));
        expect(
            everyCriterion(example)
                .filter(({ id }) => !watched.has(id))
                .map(({ id }) => id),
        ).toEqual([]);
    });

    it("watch no criterion that the plan does not have", () => {
        const known = new Set(everyCriterion(example).map(({ id }) => id));
        expect(alerts.flatMap(({ criteria }) => criteria ?? []).filter((id) => !known.has(id))).toEqual([]);
    });

    it("page the engineer on call for everything that rolls back at once", () => {
        const [rollback] = alertGroups(example);
        expect(rollback?.alerts.map(({ severity }) => severity)).toEqual(Array.from({ length: 5 }, () => "critical"));
    });
});

describe("the gates' alerts", () => {
    it.each(plan.steps.filter(({ weightPercent }) => weightPercent > 0))(
        "hold the errors at $weightPercent % against that step's bound",
        ({ weightPercent }) => {
            const bound = gateBounds(example, "error-ratio", "candidate").find(({ step }) => step.weightPercent === weightPercent)?.bound.value;
            expect(alert("CandidateErrorsAboveGate").expr).toMatch(new RegExp(`>= ${String(bound)} and .*== ${String(weightPercent)}\\)`));
        },
    );

    it("are about candidates only: any revision but the stable one", () => {
        expect(alert("CandidateErrorsAboveGate").expr).toContain('revision!="v1-0-0"');
    });
});

describe("numbers of the plan", () => {
    it("are the alerts' own", () => {
        expect(alert("CandidateErrorsCallForRollback").expr).toContain(">= 0.05");
        expect(alert("ServiceUptimeCallsForRollback").expr).toContain("< 0.99");
        expect(alert("CandidateLatencyCallsForRollback").expr).toContain("> 1 ");
        expect(alert("StableCapacityBelowPlan").expr).toContain(`< ${String(fullReplicas)}`);
    });
});

describe("a group's own recordings", () => {
    it("are those that its alerts read, directly or through others", () => {
        const slo = alertGroups(example).find(({ name }) => name === "slo");
        const needed = slo === undefined ? [] : withRecordings(slo, recordingGroups(example));
        const names = needed.flatMap(({ recordings }) => recordings.map(({ record }) => record));
        expect(names).toContain("slo:bad_events:ratio_rate3d");
        expect(names).toContain("slo:events:rate5m");
        expect(names).not.toContain("revision:http_request_duration_seconds:p95_rate5m");
    });
});
