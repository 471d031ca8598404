import type { ApiServer } from "../../kubernetes/api-server.ts";
import type { PrometheusClient } from "../../gate/live/prometheus.ts";
import { stackPrometheus } from "../../gate/live/stack-prometheus.ts";
import { revisionObjectName } from "../../route/revision.ts";
import type { PreflightContext } from "./context.ts";
import { type Connections, connectionsOf } from "./connections.ts";
import type { Redaction } from "./redaction.ts";
import { type PreflightConfig, preflightSchema } from "../../settings/preflight.ts";

/** What the checks of one run share. */
export interface Tools {
    readonly context: PreflightContext;
    readonly redaction: Redaction;
    readonly api: ApiServer;
    /** The config's section, with its defaults where it is left out. */
    readonly preflight: PreflightConfig;
    /** Undefined where the stack names no Prometheus. */
    readonly prometheus: PrometheusClient | undefined;
    /** How the stable revision's pods reach their stores. Read once. */
    readonly connections: () => Promise<Connections>;
}

/** The tools of a run. They send no request yet. */
export function toolsFor(context: PreflightContext, redaction: Redaction): Tools {
    const { config, api } = context;
    let read: Promise<Connections> | undefined;
    return {
        context,
        redaction,
        api,
        preflight: config.preflight ?? preflightSchema.parse({}),
        prometheus: config.metrics === undefined ? undefined : stackPrometheus(config.metrics),
        connections: async () => {
            read ??= connectionsOf(api, config.namespace, revisionObjectName(config.serviceName, config.stable.name));
            const connections = await read;
            // A URL's password is a secret by itself too.
            for (const [name, value] of Object.entries(connections.files)) {
                const password = URL.parse(value)?.password ?? "";
                redaction.note(decodeURIComponent(password));
                if (name.endsWith("password") || name.endsWith("url")) {
                    redaction.note(value);
                }
            }
            return connections;
        },
    };
}
