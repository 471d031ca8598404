import type { Criterion } from "../../rollout/gate/criterion.ts";
import { boundIn, broken, criteriaOn, gateOn, madeOf, standingOn } from "../bounds.ts";
import { type CaseSeries, fires, growing, ofObject, ofPod, quiet, steady } from "../cases.ts";
import { example } from "../example.ts";
import { hours, minutes, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofStable, ofStableContainers } from "../scope.ts";
import { answered, got, restartsOf } from "./traffic-cases.ts";

const stable = example.stable;
const stablePod = `${example.service}-${stable}-6c5f-a`;
const mebibyte = 2 ** 20;

/**
 * The stable revision by the numbers of the baseline: no rollout is begun on a service that is unwell, and a finished one is judged by them for two days.
 * Latency, cache hits and availability are in the group `slo`.
 */
export function stableAlerts(scope: Scope): RuleGroup {
    const baseline = (kind: Criterion["measure"]["kind"], make: (scope: Scope, criterion: Criterion) => Alert): readonly Alert[] =>
        madeOf(gateOn(scope, 0, kind, "stable"), (criterion) => make(scope, criterion));
    return {
        name: "stable",
        title: "The revision that users have",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            ...baseline("error-ratio", errors),
            ...baseline("cpu-utilisation", cpu),
            ...baseline("memory", memory),
            ...madeOf(gateOn(scope, 100, "memory-growth", "candidate"), (criterion) => memoryGrowth(scope, criterion)),
            restarts(scope),
            ...madeOf(standingOn(scope, "investigate", "critical-log-lines"), (criterion) => criticalLines(scope, criterion)),
        ],
    };
}

function errors(scope: Scope, criterion: Criterion): Alert {
    const text = (measured: string, view: string): string =>
        `${scope.stable} fails ${measured} of its requests, as the ${view} counted them. The baseline asks for ${criterion.title}.`;
    return {
        name: "StableErrorsAboveBaseline",
        severity: "warning",
        expression: `${select(recorded.errorRatio, ofStable(scope))} ${broken(boundIn(criterion))}`,
        forSeconds: minutes(15),
        labels: { rollout_scope: "stable" },
        summary: "The stable revision fails more requests than the baseline allows.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.view }}"),
        dashboard: "overview",
        criteria: criteriaOn(scope, "error-ratio", "stable"),
        cases: [
            fires("when 2 of 1000 fail for half an hour", answered(stable, 9_980, 20, 35), minutes(30), [
                { labels: { revision: stable, view: "pods" }, description: text("0.2%", "pods") },
            ]),
            fires(
                "when users get 2 of 1000 answers from no pod for half an hour, and the pods count none of them",
                { ...answered(stable, 9_980, 0, 35), ...got(stable, { "200": 9_980, "503": 20 }, 35) },
                minutes(30),
                [{ labels: { revision: stable, view: "gateway" }, description: text("0.2%", "gateway") }],
            ),
            quiet("when 5 of 10,000 fail, by either view", { ...answered(stable, 9_995, 5, 35), ...got(stable, { "200": 9_995, "503": 5 }, 35) }, minutes(30)),
        ],
    };
}

function cpu(scope: Scope, criterion: Criterion): Alert {
    const text = (measured: string): string => `${scope.stable} uses ${measured} of the CPU that its pods request. The baseline asks for ${criterion.title}.`;
    const used = (cpuSeconds: number): CaseSeries => ({
        [ofPod("process_cpu_seconds_total", stable)]: growing(cpuSeconds, 50),
        [ofPod("service_info", stable, { version: "1.0.0" })]: steady(1, 50),
        [ofObject("kube_pod_container_resource_requests", { pod: stablePod, container: "api", resource: "cpu", unit: "core", uid: "u1", node: "n1" })]: steady(
            0.25,
            50,
        ),
    });
    return {
        name: "StableCpuAboveBaseline",
        severity: "warning",
        expression: `${select(recorded.cpuUtilisation, ofStable(scope))} ${broken(boundIn(criterion))}`,
        forSeconds: minutes(30),
        labels: { rollout_scope: "stable" },
        summary: "The stable revision uses more CPU than the baseline allows.",
        description: text("{{ $value | humanizePercentage }}"),
        dashboard: "overview",
        criteria: criteriaOn(scope, "cpu-utilisation", "stable"),
        cases: [
            fires("when it uses 80 % for most of an hour", used(12), minutes(45), [{ labels: { revision: stable }, description: text("80%") }]),
            quiet("when it uses 40 %", used(6), minutes(45)),
        ],
    };
}

function memory(scope: Scope, criterion: Criterion): Alert {
    const text = (measured: string): string => `A pod of ${scope.stable} uses ${measured}B of memory. The baseline asks for ${criterion.title}.`;
    const used = (bytes: number): CaseSeries => ({ [ofPod("process_resident_memory_bytes", stable)]: steady(bytes, 30) });
    return {
        name: "StableMemoryAboveBaseline",
        severity: "warning",
        expression: `${select(recorded.memory, ofStable(scope))} ${broken(boundIn(criterion))}`,
        forSeconds: minutes(15),
        labels: { rollout_scope: "stable" },
        summary: "A pod of the stable revision uses more memory than the baseline allows.",
        description: text("{{ $value | humanize1024 }}"),
        dashboard: "overview",
        criteria: criteriaOn(scope, "memory", "stable"),
        cases: [
            fires("when a pod uses 320 MiB", used(320 * mebibyte), minutes(25), [{ labels: { revision: stable }, description: text("320Mi") }]),
            quiet("when a pod uses 299 MiB", used(299 * mebibyte), minutes(25)),
        ],
    };
}

function memoryGrowth(scope: Scope, criterion: Criterion): Alert {
    const text = (measured: string): string => `Memory of a pod of ${scope.stable} grows by ${measured}B each hour, hour after hour: it leaks.`;
    const used = (bytesEachMinute: number): CaseSeries => ({
        [ofPod("process_resident_memory_bytes", stable)]: `${String(150 * mebibyte)}+${String(bytesEachMinute)}x400`,
    });
    return {
        name: "StableMemoryGrows",
        severity: "warning",
        expression: `${select(recorded.memoryGrowth, ofStable(scope))} ${broken(boundIn(criterion))}`,
        forSeconds: hours(3),
        labels: { rollout_scope: "stable" },
        summary: "The memory of the stable revision grows steadily.",
        description: text("{{ $value | humanize1024 }}"),
        dashboard: "overview",
        criteria: criteriaOn(scope, "memory-growth", "stable"),
        cases: [
            fires("when a pod grows by 15 MiB an hour for five hours", used(mebibyte / 4), hours(5), [
                { labels: { revision: stable }, description: text("15Mi") },
            ]),
            quiet("when a pod grows by less than 2 MiB an hour", used(mebibyte / 32), hours(5)),
        ],
    };
}

function restarts(scope: Scope): Alert {
    const restarted = select("kube_pod_container_status_restarts_total", ofStableContainers(scope), hours(1));
    const text = (pod: string): string => `${pod} restarted within the last hour. The baseline asks for no restarts.`;
    return {
        name: "StableRestarted",
        severity: "warning",
        expression: `sum by (pod) (increase(${restarted})) > 0`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "stable" },
        summary: "A pod of the stable revision restarted.",
        description: text("{{ $labels.pod }}"),
        dashboard: "overview",
        criteria: criteriaOn(scope, "restarts", "stable"),
        cases: [
            fires("when a container restarted once", { [restartsOf(stablePod)]: "0x5 1x10" }, minutes(10), [
                { labels: { pod: stablePod }, description: text(stablePod) },
            ]),
            quiet("when it restarted more than an hour ago", { [restartsOf(stablePod)]: "0x5 1x90" }, minutes(80)),
        ],
    };
}

/** A finished rollout's log is read for two days. Checklist, 'Continuous Checks': error log review. */
function criticalLines(scope: Scope, criterion: Criterion): Alert {
    const text = (measured: string): string => `${scope.stable} has written ${measured} critical lines within five minutes.`;
    return {
        name: "StableLogsCriticalLines",
        severity: "warning",
        expression: `${select(recorded.criticalLineCount, ofStable(scope))} ${broken(boundIn(criterion))}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "stable" },
        summary: "The stable revision wrote a critical line to its log.",
        description: text("{{ $value | humanize }}"),
        dashboard: "overview",
        criteria: [],
        cases: [
            fires("when two are written each minute", { [ofPod("log_messages_total", stable, { level: "critical" })]: growing(2, 15) }, minutes(10), [
                { labels: { revision: stable }, description: text("10") },
            ]),
            quiet("when only errors are written", { [ofPod("log_messages_total", stable, { level: "error" })]: growing(2, 15) }, minutes(10)),
        ],
    };
}
