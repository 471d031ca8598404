import type { types } from "@pulumi/kubernetes";
import { type Input, interpolate } from "@pulumi/pulumi";

import { restrictedContainer, restrictedPodSpec } from "../../rollout/pulumi/restricted.ts";
import { spreadOverZones } from "../store.ts";
import { clickhousePorts, keeperPorts } from "./ports.ts";
import { startScriptFile } from "./start-script.ts";
import { resourcesOf } from "../../rollout/pulumi/workload.ts";

/** What the pods of servers and Keepers have in common. */
interface PodArgs {
    readonly labels: Record<string, string>;
    readonly selector: Record<string, string>;
    readonly image: Input<string>;
    readonly serviceAccountName: Input<string>;
    /** ConfigMap with the configuration. */
    readonly configurationName: Input<string>;
    /** Secret with the certificate. Defaults to no TLS. */
    readonly certificateName?: Input<string>;
}

/** What a server's pod is made of. */
export interface ServerPodArgs extends PodArgs {
    readonly shard: number;
    /** Domain of the pods' names: `<headless service>.<namespace>.svc`. */
    readonly domain: Input<string>;
    /** Secret with the accounts, and with what servers show each other. */
    readonly credentialsName: Input<string>;
    /** Memory limit, in MiB. */
    readonly memoryMi: number;
}

/** Seconds that a server has to finish the queries that run, and a Keeper to hand over its leadership. */
const gracePeriodSeconds = 90;
/** How long a pod goes on serving after its end was decided, in seconds: clients need to hear of it. */
const drainSeconds = 10;

/** The pod of a server. */
export function serverPod(args: ServerPodArgs): types.input.core.v1.PodTemplateSpec {
    const tls = args.certificateName !== undefined;
    const ports = tls ? clickhousePorts.encrypted : clickhousePorts.plain;
    const ping = { httpGet: { path: "/ping", port: "http", scheme: tls ? "HTTPS" : "HTTP" } };
    return pod(args, {
        name: "clickhouse",
        command: start,
        env: [
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            // Kubernetes puts in the name, which is why it is listed before.
            { name: "REPLICA_HOST", value: interpolate`$(POD_NAME).${args.domain}` },
            { name: "SHARD", value: String(args.shard) },
        ],
        ports: [
            { name: "http", containerPort: ports.http },
            { name: "native", containerPort: ports.native },
            { name: "interserver", containerPort: ports.interserver },
            { name: "metrics", containerPort: clickhousePorts.metrics },
        ],
        resources: resourcesOf("500m", { requestMi: args.memoryMi, limitMi: args.memoryMi }),
        dataPath: "/var/lib/clickhouse",
        configuration: [
            { configMap: { name: args.configurationName, items: filesOf("config.yaml") } },
            {
                secret: {
                    name: args.credentialsName,
                    items: [
                        { key: "credentials.yaml", path: "config.d/credentials.yaml" },
                        { key: "users.yaml", path: "users.yaml" },
                    ],
                },
            },
        ],
        // Parts of a large table are loaded before the first answer.
        startupProbe: { ...ping, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 60 },
        readinessProbe: { ...ping, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
        livenessProbe: { tcpSocket: { port: "native" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    });
}

/** The pod of a Keeper. */
export function keeperPod(args: PodArgs): types.input.core.v1.PodTemplateSpec {
    return pod(args, {
        name: "keeper",
        command: start,
        env: [
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "KEEPER_ID", valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } } },
        ],
        ports: [
            { name: "client", containerPort: args.certificateName === undefined ? keeperPorts.plain : keeperPorts.encrypted },
            { name: "raft", containerPort: keeperPorts.raft },
            { name: "control", containerPort: keeperPorts.control },
            { name: "metrics", containerPort: clickhousePorts.metrics },
        ],
        resources: resourcesOf("100m", { requestMi: 512, limitMi: 1_024 }),
        dataPath: "/var/lib/clickhouse-keeper",
        configuration: [{ configMap: { name: args.configurationName, items: filesOf("keeper.yaml") } }],
        startupProbe: { tcpSocket: { port: "raft" }, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 },
        // Ready is to be one of a majority with a leader.
        readinessProbe: { httpGet: { path: "/ready", port: "control" }, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
        livenessProbe: { tcpSocket: { port: "client" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    });
}

/** How each pod starts. */
const start = ["sh", `/configuration/${startScriptFile}`];

/** The files that a pod takes from its ConfigMap. */
function filesOf(configuration: string): types.input.core.v1.KeyToPath[] {
    return [configuration, startScriptFile].map((file) => ({ key: file, path: file }));
}

interface Parts {
    readonly name: string;
    readonly command: string[];
    readonly env: types.input.core.v1.EnvVar[];
    readonly ports: types.input.core.v1.ContainerPort[];
    readonly resources: types.input.core.v1.ResourceRequirements;
    /** Where the volume is mounted. */
    readonly dataPath: string;
    readonly configuration: types.input.core.v1.VolumeProjection[];
    readonly startupProbe: types.input.core.v1.Probe;
    readonly readinessProbe: types.input.core.v1.Probe;
    readonly livenessProbe: types.input.core.v1.Probe;
}

function pod(args: PodArgs, { dataPath, configuration, ...container }: Parts): types.input.core.v1.PodTemplateSpec {
    const certificate = args.certificateName;
    return {
        metadata: { labels: args.labels },
        spec: {
            ...restrictedPodSpec(args.serviceAccountName),
            terminationGracePeriodSeconds: gracePeriodSeconds,
            ...spreadOverZones(args.selector),
            containers: [
                {
                    ...container,
                    image: args.image,
                    imagePullPolicy: "IfNotPresent",
                    securityContext: restrictedContainer,
                    lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
                    volumeMounts: [
                        { name: "configuration", mountPath: "/configuration", readOnly: true },
                        { name: "data", mountPath: dataPath },
                        ...(certificate === undefined ? [] : [{ name: "tls", mountPath: "/tls", readOnly: true }]),
                    ],
                },
            ],
            volumes: [
                { name: "configuration", projected: { defaultMode: 0o440, sources: configuration } },
                ...(certificate === undefined ? [] : [{ name: "tls", secret: { secretName: certificate, defaultMode: 0o440 } }]),
            ],
        },
    };
}
