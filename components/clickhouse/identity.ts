import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import { recommendedLabels, selectorLabels } from "../../rollout/pulumi/labels.ts";

/** How one part of the cluster is labelled, and found. */
export interface PartIdentity {
    readonly labels: Record<string, string>;
    readonly selector: Record<string, string>;
}

/** The part that `component` plays in `service`. */
export function identityOf(
    service: string,
    component: "clickhouse" | "clickhouse-keeper" | "clickhouse-migration" | "clickhouse-backup" | "clickhouse-restore-check",
): PartIdentity {
    return { labels: recommendedLabels({ service, component }), selector: selectorLabels({ service, component }) };
}

/** A Service that gives pods names, also before they are ready: they find each other by them. Its ports are called as the pods' are. */
export function headlessService(
    name: string,
    namespace: Input<string>,
    { labels, selector }: PartIdentity,
    ports: Readonly<Record<string, number>>,
): { metadata: types.input.meta.v1.ObjectMeta; spec: types.input.core.v1.ServiceSpec } {
    return {
        metadata: { name, namespace, labels },
        spec: {
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector,
            ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number, targetPort: port })),
        },
    };
}
