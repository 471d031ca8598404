import { containerRule, missing } from "../../engine/rule.ts";
import { hasProbe, listens, serves } from "../../shapes/probes.ts";
import { documentation } from "../../shapes/references.ts";

/** Without it, a pod gets traffic before it can serve, and keeps it when it no longer can. */
export const readinessProbe = containerRule({
    name: "readiness-probe",
    title: "Each container that listens has a readiness probe.",
    severity: "high",
    level: "mandatory",
    references: [documentation("concepts/configuration/liveness-readiness-startup-probes")],
    *check(container) {
        if (serves(container) && listens(container) && !hasProbe(container, "readinessProbe")) {
            yield missing(
                "readinessProbe",
                `container "${container.name}" listens and has no readiness probe`,
                "probe an endpoint that fails while the container can't serve",
            );
        }
    },
});
