import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { isRecord } from "../../rollout/settings/tree.ts";
import type { Environment } from "../../rollout/settings/environment.ts";

/** What `make lab-up` would put into the environment. */
export const labVariables = {
    NOVA_LAB_POSTGRES_HOST: "127.0.0.1",
    NOVA_LAB_POSTGRES_PORT: "15432",
    NOVA_LAB_POSTGRES_USER: "postgres",
    NOVA_LAB_POSTGRES_PASSWORD: "lab-password",
    NOVA_LAB_KAFKA_BOOTSTRAP: "127.0.0.1:19092",
    NOVA_LAB_KAFKA_PODS: "10.245.0.1:19094",
    NOVA_LAB_KUBECONTEXT: "nova-lab-1",
    NOVA_LAB_CLUSTER_ID: "nova-lab-1",
    NOVA_LAB_PROMETHEUS_URL: "http://127.0.0.1:19090",
    NOVA_LAB_GATEWAY_URL: "http://127.0.0.1:18080",
    NOVA_LAB_GATEWAY_STATS_URL: "http://127.0.0.1:18092/stats/prometheus",
    NOVA_LAB_POD_PROXY: "http://127.0.0.1:18090",
} as const;

/** The committed file of a stack, or `Pulumi.yaml` where no stack is named. */
export function readProjectFile(environment?: Environment): Readonly<Record<string, unknown>> {
    const file = environment === undefined ? "Pulumi.yaml" : `Pulumi.${environment}.yaml`;
    const content: unknown = parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));
    if (!isRecord(content)) {
        throw new TypeError(`${file} is not a YAML object`);
    }
    return content;
}

/** A committed stack's keys of this project, without the project's name, secrets as the CLI would hand them over. */
export function readStack(environment: Environment): Readonly<Record<string, unknown>> {
    const { config } = readProjectFile(environment);
    const entries = Object.entries(isRecord(config) ? config : {}).filter(([key]) => key.startsWith("video-ranking:"));
    return Object.fromEntries(
        entries.map(([key, value]) => [key.slice("video-ranking:".length), isRecord(value) && "secure" in value ? "secret-value" : value]),
    );
}

/** A stack that runs ClickHouse itself, which the committed ones leave to others. */
export function withOwnEventStore(stack: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const clickhouse = { kind: "in-cluster", tlsIssuer: "internal-certificates", backupVolumeSize: "100Gi" };
    return { ...stack, stores: { ...(isRecord(stack.stores) ? stack.stores : {}), clickhouse } };
}
