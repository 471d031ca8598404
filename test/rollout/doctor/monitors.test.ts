import { describe, expect, it } from "vitest";

import { judgeMonitors } from "../../../rollout/doctor/monitors.ts";

const labels = { release: "prometheus" };
const own = { name: "shop", labels: { "kubernetes.io/metadata.name": "shop" } };
const takesAll = { podMonitorSelector: {}, podMonitorNamespaceSelector: {}, ruleSelector: {}, ruleNamespaceSelector: {} };
const prometheus = (spec: object): object => ({ metadata: { namespace: "monitoring", name: "main" }, spec: { ...takesAll, ...spec } });

describe("the monitors and rules of a program", () => {
    it.each([
        { what: "a Prometheus takes all", instances: [prometheus({})], state: "ok" },
        {
            what: "it selects by their label",
            instances: [prometheus({ podMonitorSelector: { matchLabels: labels }, ruleSelector: { matchLabels: labels } })],
            state: "ok",
        },
        { what: "it selects monitors by another", instances: [prometheus({ podMonitorSelector: { matchLabels: { release: "other" } } })], state: "problem" },
        {
            what: "it selects rules by another",
            instances: [prometheus({ ruleSelector: { matchExpressions: [{ key: "role", operator: "Exists" }] } })],
            state: "problem",
        },
        { what: "it has no selector, which takes none", instances: [prometheus({ podMonitorSelector: undefined })], state: "problem" },
        { what: "it looks in its own namespace alone", instances: [prometheus({ podMonitorNamespaceSelector: undefined })], state: "problem" },
        { what: "one of two takes them", instances: [prometheus({ ruleSelector: undefined }), prometheus({})], state: "ok" },
        { what: "no operator's Prometheus is there", instances: [], state: "unknown" },
    ])("are $state where $what", ({ instances, state }) => {
        const finding = judgeMonitors(instances, labels, own);
        expect(finding.state, finding.text).toBe(state);
    });
});
