import { describe, expect, it } from "vitest";

import { alertsOf } from "../../observability/catalogue.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { alertLabels } from "../../observability/render.ts";
import { receiverKeys, receivers } from "../../observability/routing/receivers.ts";
import { alertmanagerConfigSpec } from "../../observability/routing/resource.ts";
import { type AlertMatcher, type AlertRoute, type Inhibition, alertRouting, receiverNames } from "../../observability/routing/routing.ts";

type Labels = Readonly<Record<string, string>>;

const alerts = alertsOf(example);
const { root, inhibitions } = alertRouting(example, alerts);

/** Labels with which an alert arrives; `more` are those of its query. */
function arriving(name: string, more: Labels = {}): Labels {
    const alert = alerts.find((each) => each.name === name);
    return alert === undefined ? { alertname: name, namespace: example.namespace, ...more } : { ...more, ...alertLabels(example, alert), alertname: name };
}

function matches(matchers: readonly AlertMatcher[], labels: Labels): boolean {
    return matchers.every(({ name, value, matchType }) => {
        const found = labels[name] ?? "";
        return matchType === "=" ? found === value : matchType === "=~" ? new RegExp(`^(?:${value})$`).test(found) : false;
    });
}

/** Whether `source` mutes `target`: labels that are missing count as empty, as in Alertmanager. */
function mutes(rules: readonly Inhibition[], source: Labels, target: Labels): boolean {
    return rules.some(
        (rule) => matches(rule.source, source) && matches(rule.target, target) && rule.equal.every((label) => (source[label] ?? "") === (target[label] ?? "")),
    );
}

describe("an inhibition", () => {
    it.each<readonly [source: Labels, target: Labels]>([
        [arriving("AvailabilityBudgetBurnsFast", { slo: "availability" }), arriving("AvailabilityBudgetBurnsSlowly", { slo: "availability" })],
        [arriving("RedisPrimaryMissing"), arriving("RedisServerDown", { pod: "redis-0" })],
        [arriving("RedisPrimaryMissing"), arriving("CacheHitsBudgetBurnsFast", { slo: "cache-hit" })],
        [arriving("RedisPrimaryMissing"), arriving("CandidateCacheHitsBelowStable", { revision: "v1-1-0" })],
        [arriving("PostgresDown"), arriving("CandidateDatabaseConnectionsFail", { revision: "v1-1-0" })],
        [arriving("KafkaDown"), arriving("CandidateEventsNotRecorded", { revision: "v1-1-0" })],
        [arriving("CandidateErrorsCallForRollback", { revision: "v1-1-0" }), arriving("CandidateErrorsAboveGate", { revision: "v1-1-0" })],
        [arriving("BackupTooOld", { cronjob: "a" }), arriving("BackupLate", { cronjob: "a" })],
        [arriving("CertificateEndsSoon", { name: "a" }), arriving("CertificateNotRenewed", { name: "a" })],
        [arriving("VolumeNearlyFull", { persistentvolumeclaim: "data-0" }), arriving("VolumeFillsUp", { persistentvolumeclaim: "data-0" })],
        [arriving("RolloutInProgress"), arriving("KubePodNotReady", { pod: "a" })],
    ])("lets $0.alertname mute $1.alertname", (source, target) => {
        expect(mutes(inhibitions, source, target)).toBe(true);
    });

    it.each<readonly [source: Labels, target: Labels]>([
        [arriving("AvailabilityBudgetBurnsFast", { slo: "availability" }), arriving("CacheHitsBudgetBurnsSlowly", { slo: "cache-hit" })],
        [arriving("RedisPrimaryMissing"), arriving("PostgresDeadlocks")],
        [arriving("BackupTooOld", { cronjob: "a" }), arriving("BackupLate", { cronjob: "b" })],
        [arriving("RedisPrimaryMissing"), arriving("BackupFailed", { job_name: "a" })],
        [arriving("PostgresDown"), arriving("AvailabilityBudgetBurnsFast", { slo: "availability" })],
        [arriving("CandidateErrorsCallForRollback", { revision: "v1-1-0" }), arriving("RedisServerDown", { pod: "redis-0" })],
        [arriving("CandidateErrorsCallForRollback", { revision: "v1-1-0" }), arriving("StableErrorsAboveBaseline", { revision: "v1-0-0" })],
        [arriving("RolloutInProgress"), arriving("CandidateErrorsAboveGate", { revision: "v1-1-0" })],
        [arriving("RolloutInProgress"), arriving("AvailabilityBudgetBurnsSlowly", { slo: "availability" })],
        [{ ...arriving("RedisPrimaryMissing"), service: "another" }, arriving("RedisServerDown", { pod: "redis-0" })],
    ])("does not let $0.alertname mute $1.alertname", (source, target) => {
        expect(mutes(inhibitions, source, target)).toBe(false);
    });

    it("never mutes the Watchdog, whatever fires", () => {
        expect(alerts.filter(({ name }) => name !== "Watchdog" && mutes(inhibitions, arriving(name), arriving("Watchdog")))).toEqual([]);
    });

    it("never mutes what rolls a candidate back, but for the store that it blames", () => {
        const urgent = alerts.filter(({ name }) => name.endsWith("CallForRollback") || name === "CandidateCrashLoops");
        const muted = urgent.flatMap((target) =>
            alerts.filter((source) => mutes(inhibitions, arriving(source.name, { revision: "v1-1-0" }), arriving(target.name, { revision: "v1-1-0" }))),
        );
        expect(muted).toEqual([]);
    });

    it("asks that the label is there by which it compares", () => {
        const always = new Set(["namespace", "service", "alertname"]);
        const loose = inhibitions.flatMap(({ source, target, equal }) =>
            equal.filter((label) => !always.has(label) && ![source, target].every((matchers) => matchers.some(({ name }) => name === label))),
        );
        expect(loose).toEqual([]);
    });

    it("says why", () => {
        expect(inhibitions.filter(({ reason }) => !reason.endsWith("."))).toEqual([]);
    });
});

describe("the routes", () => {
    const all = (route: AlertRoute): readonly AlertRoute[] => [route, ...(route.routes ?? []).flatMap(all)];

    it("group by labels that every alert has", () => {
        const missing = alerts.filter((alert) => (root.groupBy ?? []).some((label) => arriving(alert.name)[label] === undefined));
        expect(missing).toEqual([]);
        expect(root.groupBy).not.toContain("...");
    });

    it("hand the Watchdog to the dead man's switch before anything else, at once and every few minutes", () => {
        expect(root.routes?.[0]).toMatchObject({ receiver: "dead-mans-switch", groupWaitSeconds: 0, repeatIntervalSeconds: 120 });
    });

    it("name only receivers that there are", () => {
        const known = receivers({ name: "keys", channel: "#alerts" }).map(({ name }) => name);
        expect(known).toEqual([...receiverNames]);
        expect(all(root).filter(({ receiver }) => !known.includes(receiver))).toEqual([]);
    });
});

describe("the AlertmanagerConfig", () => {
    const spec = alertmanagerConfigSpec({ root, inhibitions }, receivers({ name: "video-ranking-receivers", channel: "#alerts" }));

    it("has no key in it: only references to a Secret", () => {
        const text = JSON.stringify(spec);
        expect([...text.matchAll(/"name":"video-ranking-receivers","key":"([^"]+)"/g)].map(([, key]) => key).sort()).toEqual(
            Object.values(receiverKeys).sort(),
        );
        expect(text).not.toMatch(/https?:/);
    });

    it("writes durations and matchers as the custom resource wants them", () => {
        expect(spec).toMatchObject({
            route: {
                receiver: "tickets",
                groupWait: "30s",
                routes: [{ matchers: [{ name: "alertname", value: "Watchdog", matchType: "=" }], groupWait: "0s", repeatInterval: "2m" }, {}, {}, {}],
            },
        });
    });
});
