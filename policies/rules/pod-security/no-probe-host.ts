import { containerRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { kubernetesMinor } from "../../shapes/pod-security.ts";
import { podSecurity } from "../../shapes/references.ts";

const handlers = [["livenessProbe"], ["readinessProbe"], ["startupProbe"], ["lifecycle", "postStart"], ["lifecycle", "preStop"]] as const;

/** A probe with a host makes the kubelet call an address of the manifest's choice, from the node's network. In the standard since 1.34. */
export const noProbeHost = containerRule({
    name: "no-probe-host",
    title: "No probe or lifecycle handler names a host: the node would call it.",
    severity: "high",
    level: "mandatory",
    references: [podSecurity("baseline", "Host Probes / Lifecycle Hooks (v1.34+)")],
    settings: kubernetesMinor,
    *check(container, { settings }) {
        if (settings.kubernetesMinor < 34) {
            return;
        }
        for (const handler of handlers) {
            for (const action of ["httpGet", "tcpSocket"]) {
                if ((text(container.body, ...handler, action, "host") ?? "") !== "") {
                    yield wrong(
                        `${handler.join(".")}.${action}.host`,
                        `container "${container.name}" lets the node call another host`,
                        "remove host: the pod itself is called",
                    );
                }
            }
        }
    },
});
