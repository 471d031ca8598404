import { containerRule, missing } from "../../engine/rule.ts";
import { hasProbe, serves } from "../../shapes/probes.ts";
import { documentation } from "../../shapes/references.ts";

/** A process that hangs does not end by itself. */
export const livenessProbe = containerRule({
    name: "liveness-probe",
    title: "Each container that runs until it is stopped has a liveness probe.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/configuration/liveness-readiness-startup-probes")],
    *check(container) {
        if (serves(container) && !hasProbe(container, "livenessProbe")) {
            yield missing("livenessProbe", `container "${container.name}" would hang unnoticed`, "probe an endpoint that fails only when a restart helps");
        }
    },
});
