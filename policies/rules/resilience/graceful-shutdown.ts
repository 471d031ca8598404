import { missing, podRule, wrong } from "../../engine/rule.ts";
import { has, number } from "../../engine/value.ts";
import { listens, serves } from "../../shapes/probes.ts";
import { pathInPod } from "../../shapes/pod-security.ts";
import { documentation } from "../../shapes/references.ts";

/** Proxies hear of a pod's end some seconds after it was decided. A pod that stops at once drops the requests of those seconds. */
export const gracefulShutdown = podRule({
    name: "graceful-shutdown",
    title: "A container that listens goes on serving for a while after its end was decided, and the grace period covers that.",
    severity: "high",
    level: "mandatory",
    references: [documentation("concepts/workloads/pods/pod-lifecycle/#pod-termination")],
    settings: { drainSeconds: { type: "integer", default: 5, minimum: 0, description: "Shortest sleep before the end, in seconds" } },
    *check(pod, { settings }) {
        const graceSeconds = number(pod.spec, "terminationGracePeriodSeconds") ?? 30;
        for (const container of pod.containers) {
            if (!serves(container) || !listens(container)) {
                continue;
            }
            const path = `${pathInPod(container)}.lifecycle.preStop`;
            const sleepSeconds = number(container.body, "lifecycle", "preStop", "sleep", "seconds");
            if (!has(container.body, "lifecycle", "preStop")) {
                yield missing(
                    path,
                    `container "${container.name}" stops at once when its end is decided`,
                    `add preStop.sleep of at least ${String(settings.drainSeconds)} s`,
                );
            } else if (sleepSeconds !== undefined && sleepSeconds < settings.drainSeconds) {
                yield wrong(
                    `${path}.sleep.seconds`,
                    `container "${container.name}" drains for ${String(sleepSeconds)} s only`,
                    `sleep at least ${String(settings.drainSeconds)} s`,
                );
            } else if (graceSeconds <= (sleepSeconds ?? 0)) {
                yield wrong(
                    "terminationGracePeriodSeconds",
                    `container "${container.name}" is killed after ${String(graceSeconds)} s, before its drain ends`,
                    "make the grace period longer than the drain plus the longest request",
                );
            }
        }
    },
});
