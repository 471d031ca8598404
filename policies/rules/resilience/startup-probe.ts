import { containerRule, wrong } from "../../engine/rule.ts";
import { number } from "../../engine/value.ts";
import { hasProbe } from "../../shapes/probes.ts";
import { documentation } from "../../shapes/references.ts";

/** A long initial delay guesses how long a start takes: too short restarts a slow start for ever, too long leaves a hung process alone. */
export const startupProbe = containerRule({
    name: "startup-probe",
    title: "A container that starts slowly has a startup probe instead of a long initial delay.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/configuration/liveness-readiness-startup-probes")],
    settings: {
        longestDelaySeconds: {
            type: "integer",
            default: 30,
            minimum: 0,
            description: "Longest initial delay of a liveness probe without a startup probe, in seconds",
        },
    },
    *check(container, { settings }) {
        const delaySeconds = number(container.body, "livenessProbe", "initialDelaySeconds") ?? 0;
        if (delaySeconds > settings.longestDelaySeconds && !hasProbe(container, "startupProbe")) {
            yield wrong(
                "livenessProbe.initialDelaySeconds",
                `container "${container.name}" is not watched for its first ${String(delaySeconds)} s`,
                "add a startupProbe and remove the delay",
            );
        }
    },
});
