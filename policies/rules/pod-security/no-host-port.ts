import { containerRule, wrong } from "../../engine/rule.ts";
import { list, number } from "../../engine/value.ts";
import { cis, podSecurity } from "../../shapes/references.ts";

/** A port of the node goes past every NetworkPolicy, and lets one pod a node run. */
export const noHostPort = containerRule({
    name: "no-host-port",
    title: "No container takes a port of the node.",
    severity: "high",
    level: "mandatory",
    references: [podSecurity("baseline", "Host Ports"), cis("5.2.13")],
    *check(container) {
        for (const [index, port] of list(container.body, "ports").entries()) {
            const hostPort = number(port, "hostPort") ?? 0;
            if (hostPort !== 0) {
                yield wrong(
                    `ports[${String(index)}].hostPort`,
                    `container "${container.name}" takes port ${String(hostPort)} of the node`,
                    "remove hostPort and put a Service in front",
                );
            }
        }
    },
});
