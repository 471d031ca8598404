import { fires, growing, ofObject, quiet, steady } from "../cases.ts";
import { hours, minutes, not, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, serviceContainer } from "../scope.ts";

/** Share of a container's periods in which it may be held back, as a ratio. kubernetes-mixin uses the same. */
const throttled = 0.25;
/** Restarts of one container within an hour, anywhere in the namespace, that are more than bad luck. */
const restartsAnHour = 3;

/** Pods of the whole namespace, as kube-state-metrics and the kubelets see them. All are tickets: what users feel is in the group `slo`. */
export function workloadAlerts(scope: Scope): RuleGroup {
    return {
        name: "workload",
        title: "Pods of the namespace",
        intervalSeconds: 30,
        recordings: [],
        alerts: [crashLoop(scope), restarts(scope), pending(scope), outOfMemory(scope), throttling(scope)],
    };
}

function crashLoop(scope: Scope): Alert {
    const waiting = select("kube_pod_container_status_waiting_reason", { namespace: scope.namespace, reason: "CrashLoopBackOff" });
    const text = (container: string, pod: string): string => `The container ${container} of ${pod} crashes again and again.`;
    return {
        name: "PodCrashLoops",
        severity: "warning",
        expression: `max by (pod, container) (max_over_time(${waiting}[5m])) == 1`,
        forSeconds: minutes(10),
        summary: "A container crashes again and again.",
        description: text("{{ $labels.container }}", "{{ $labels.pod }}"),
        dashboard: "on-call",
        cases: [
            fires(
                "when a store's pod is held back for a quarter of an hour",
                { [waitingSeries("redis-1", "redis", "CrashLoopBackOff")]: steady(1, 20) },
                minutes(16),
                [{ labels: { pod: "redis-1", container: "redis" }, description: text("redis", "redis-1") }],
            ),
            quiet("when it was held back once", { [waitingSeries("redis-1", "redis", "CrashLoopBackOff")]: "1x2 stale" }, minutes(16)),
        ],
    };
}

function restarts(scope: Scope): Alert {
    const text = (container: string, pod: string, measured: string): string =>
        `The container ${container} of ${pod} restarted ${measured} times within an hour.`;
    const series = ofObject("kube_pod_container_status_restarts_total", { pod: "redis-1", container: "redis", uid: "u1" });
    return {
        name: "PodRestartsOften",
        severity: "warning",
        expression: `round(sum by (pod, container) (increase(${select("kube_pod_container_status_restarts_total", { namespace: scope.namespace }, hours(1))}))) > ${String(restartsAnHour)}`,
        forSeconds: minutes(5),
        summary: "A container restarts often.",
        description: text("{{ $labels.container }}", "{{ $labels.pod }}", "{{ $value }}"),
        dashboard: "on-call",
        cases: [
            fires("when it restarts every ten minutes", { [series]: Array.from({ length: 8 }, (_, count) => `${String(count)}x9`).join(" ") }, minutes(75), [
                { labels: { pod: "redis-1", container: "redis" }, description: text("redis", "redis-1", "6") },
            ]),
            quiet("when it restarted twice", { [series]: "0x10 1x10 2x60" }, minutes(60)),
        ],
    };
}

function pending(scope: Scope): Alert {
    const text = (pod: string): string => `${pod} has waited for a place for a quarter of an hour: no node has room, or a volume is missing.`;
    const series = ofObject("kube_pod_status_phase", { pod: "video-ranking-v1-1-0-6c5f-a", phase: "Pending", uid: "u1" });
    return {
        name: "PodPending",
        severity: "warning",
        expression: `max by (pod) (${select("kube_pod_status_phase", { namespace: scope.namespace, phase: "Pending" })}) == 1`,
        forSeconds: minutes(15),
        summary: "A pod finds no place.",
        description: text("{{ $labels.pod }}"),
        dashboard: "on-call",
        cases: [
            fires("when no node has room", { [series]: steady(1, 20) }, minutes(18), [
                { labels: { pod: "video-ranking-v1-1-0-6c5f-a" }, description: text("video-ranking-v1-1-0-6c5f-a") },
            ]),
            quiet("when it starts within five minutes", { [series]: "1x5 0x20" }, minutes(18)),
        ],
    };
}

function outOfMemory(scope: Scope): Alert {
    const killed = select("kube_pod_container_status_last_terminated_reason", { namespace: scope.namespace, reason: "OOMKilled" });
    const restarted = select("kube_pod_container_status_restarts_total", { namespace: scope.namespace }, minutes(10));
    const text = (container: string, pod: string): string => `The container ${container} of ${pod} used more memory than its limit and was killed.`;
    const at = { pod: "video-ranking-v1-1-0-6c5f-a", container: serviceContainer, uid: "u1" };
    return {
        name: "ContainerOutOfMemory",
        severity: "warning",
        expression: `max by (pod, container) (${killed}) == 1 and sum by (pod, container) (increase(${restarted})) > 0`,
        forSeconds: minutes(1),
        keepFiringForSeconds: minutes(15),
        summary: "A container was killed for its memory.",
        description: text("{{ $labels.container }}", "{{ $labels.pod }}"),
        dashboard: "on-call",
        cases: [
            fires(
                "when it was killed five minutes ago",
                {
                    [ofObject("kube_pod_container_status_last_terminated_reason", { ...at, reason: "OOMKilled" })]: "_x4 1x10",
                    [ofObject("kube_pod_container_status_restarts_total", at)]: "0x4 1x10",
                },
                minutes(9),
                [{ labels: { pod: at.pod, container: at.container }, description: text(at.container, at.pod) }],
            ),
            quiet(
                "when it was killed yesterday",
                {
                    [ofObject("kube_pod_container_status_last_terminated_reason", { ...at, reason: "OOMKilled" })]: steady(1, 20),
                    [ofObject("kube_pod_container_status_restarts_total", at)]: steady(1, 20),
                },
                minutes(15),
            ),
        ],
    };
}

function throttling(scope: Scope): Alert {
    const rate = (metric: string): string =>
        `sum by (pod, container) (rate(${select(metric, { namespace: scope.namespace, container: not("") }, minutes(5))}))`;
    const text = (container: string, pod: string, measured: string): string =>
        `The container ${container} of ${pod} is held back in ${measured} of its periods, more than ${percent(throttled)}: its CPU limit is too low.`;
    const at = { pod: "redis-0", container: "exporter", image: "i", node: "n1" };
    return {
        name: "ContainerCpuThrottled",
        severity: "warning",
        expression: `${rate("container_cpu_cfs_throttled_periods_total")} / ${rate("container_cpu_cfs_periods_total")} > ${String(throttled)}`,
        forSeconds: minutes(15),
        summary: "A container is held back by its CPU limit.",
        description: text("{{ $labels.container }}", "{{ $labels.pod }}", "{{ $value | humanizePercentage }}"),
        dashboard: "on-call",
        cases: [
            fires(
                "when it is held back in half of its periods",
                {
                    [ofObject("container_cpu_cfs_throttled_periods_total", at)]: growing(300, 30),
                    [ofObject("container_cpu_cfs_periods_total", at)]: growing(600, 30),
                },
                minutes(25),
                [{ labels: { pod: at.pod, container: at.container }, description: text(at.container, at.pod, "50%") }],
            ),
            quiet(
                "when it is held back in a fifth",
                {
                    [ofObject("container_cpu_cfs_throttled_periods_total", at)]: growing(120, 30),
                    [ofObject("container_cpu_cfs_periods_total", at)]: growing(600, 30),
                },
                minutes(25),
            ),
        ],
    };
}

function waitingSeries(pod: string, container: string, reason: string): string {
    return ofObject("kube_pod_container_status_waiting_reason", { pod, container, reason, uid: "u1" });
}
