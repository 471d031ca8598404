import { containerRule, wrong } from "../../engine/rule.ts";
import { list, number, numberOrText, text } from "../../engine/value.ts";
import { listens, probeNames } from "../../shapes/probes.ts";

/** A probe of a port that is not there fails for ever, and the pod never gets ready. */
export const probePort = containerRule({
    name: "probe-port",
    title: "Probes ask at a port that the container declares.",
    severity: "medium",
    level: "mandatory",
    *check(container) {
        if (!listens(container)) {
            return;
        }
        const ports = list(container.body, "ports").flatMap((port): (string | number | undefined)[] => [text(port, "name"), number(port, "containerPort")]);
        for (const probe of probeNames) {
            for (const action of ["httpGet", "tcpSocket", "grpc"]) {
                const port = numberOrText(container.body, probe, action, "port");
                if (port !== undefined && !ports.includes(port)) {
                    yield wrong(
                        `${probe}.${action}.port`,
                        `container "${container.name}" is probed at port ${String(port)}, which it does not declare`,
                        "declare the port, or name a declared one",
                    );
                }
            }
        }
    },
});
