import { isDeepStrictEqual } from "node:util";

import { containerRule, wrong } from "../../engine/rule.ts";
import { number } from "../../engine/value.ts";
import { handlerOf } from "../../shapes/probes.ts";
import { documentation } from "../../shapes/references.ts";

/** When both probes ask the same and give up equally soon, a busy pod is restarted where leaving it without traffic would do, and the load moves to the next one. */
export const probesDiffer = containerRule({
    name: "probes-differ",
    title: "Readiness and liveness ask different things, or liveness waits longer.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/configuration/liveness-readiness-startup-probes")],
    *check(container) {
        const [readiness, liveness] = [handlerOf(container, "readinessProbe"), handlerOf(container, "livenessProbe")];
        const secondsOf = (probe: string) => (number(container.body, probe, "periodSeconds") ?? 10) * (number(container.body, probe, "failureThreshold") ?? 3);
        if (readiness !== undefined && isDeepStrictEqual(readiness, liveness) && secondsOf("livenessProbe") <= secondsOf("readinessProbe")) {
            yield wrong(
                "livenessProbe",
                `container "${container.name}" restarts for the same reason and as soon as it is taken out of traffic`,
                "probe something else for liveness, or let it fail much later",
            );
        }
    },
});
