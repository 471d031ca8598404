import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";

import { restrictedContainer, restrictedPodSpec } from "../../rollout/pulumi/restricted.ts";
import { spreadOverZones } from "../store.ts";
import type { RedisAccount } from "./acl.ts";
import { redisMetricsPort, redisPort, sentinelPort } from "./configuration.ts";
import { resourcesOf } from "../../rollout/pulumi/workload.ts";

/** What a Redis pod is made of. */
export interface RedisPodArgs {
    readonly labels: Record<string, string>;
    readonly selector: Record<string, string>;
    readonly images: { readonly redis: Input<string>; readonly exporter: Input<string> };
    readonly serviceAccountName: Input<string>;
    /** Domain of the pods' names: `<headless service>.<namespace>.svc`. */
    readonly domain: Input<string>;
    readonly maxMemoryMi: number;
    /** ConfigMap with the configuration files and the scripts. */
    readonly configurationName: Input<string>;
    /** Secret with the ACL files. */
    readonly usersName: Input<string>;
    /** Secret with the passwords that the pod itself needs. */
    readonly credentialsName: Input<string>;
    /** Secret with the certificate. Defaults to no TLS. */
    readonly certificateName?: Input<string>;
}

/** Seconds that a pod has to hand over the primary role (about 2; longer where no replica is in step), answer what is under way, and write its file. */
const gracePeriodSeconds = 60;

/** Account of the exporter, one of those in acl.ts. */
const exporterUser: RedisAccount = "exporter";

/** The pod of a Redis cluster: a server, the Sentinel that watches all servers, and the exporter of the server's metrics. */
export function redisPod(args: RedisPodArgs): types.input.core.v1.PodTemplateSpec {
    return {
        metadata: { labels: args.labels },
        spec: {
            ...restrictedPodSpec(args.serviceAccountName),
            terminationGracePeriodSeconds: gracePeriodSeconds,
            ...spreadOverZones(args.selector),
            initContainers: [names(args)],
            containers: [server(args), sentinel(args), exporter(args)],
            volumes: [
                { name: "configuration", configMap: { name: args.configurationName } },
                { name: "users", secret: { secretName: args.usersName, defaultMode: 0o440 } },
                { name: "credentials", secret: { secretName: args.credentialsName, defaultMode: 0o440 } },
                // In memory: the file that is put together here holds the replication password.
                { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
                ...(args.certificateName === undefined ? [] : [{ name: "tls", secret: { secretName: args.certificateName, defaultMode: 0o440 } }]),
            ],
        },
    };
}

/** Makes the file that server and Sentinel have as /etc/hosts: the kubelet's own can't be written to. */
function names(args: RedisPodArgs): types.input.core.v1.Container {
    return {
        name: "names",
        image: args.images.redis,
        imagePullPolicy: "IfNotPresent",
        command: ["cp", "/etc/hosts", "/run/redis/hosts"],
        resources: resourcesOf("20m", { requestMi: 16, limitMi: 32 }),
        securityContext: restrictedContainer,
        volumeMounts: [{ name: "run", mountPath: "/run/redis" }],
    };
}

const namesMount: types.input.core.v1.VolumeMount = { name: "run", mountPath: "/etc/hosts", subPath: "hosts" };

function server(args: RedisPodArgs): types.input.core.v1.Container {
    return {
        name: "redis",
        image: args.images.redis,
        imagePullPolicy: "IfNotPresent",
        command: script("start-server.sh"),
        env: environment(args),
        ports: [{ name: "redis", containerPort: redisPort }],
        // A fork that rewrites the append-only file copies the pages that change meanwhile: half the data again, and room for buffers.
        resources: resourcesOf("100m", { requestMi: args.maxMemoryMi + 128, limitMi: Math.ceil(args.maxMemoryMi * 1.5) + 128 }),
        securityContext: restrictedContainer,
        volumeMounts: [...mounts(args), { name: "data", mountPath: "/data" }, { name: "run", mountPath: "/run/redis" }, namesMount],
        startupProbe: { ...check("is-alive.sh"), periodSeconds: 5, failureThreshold: 60 },
        livenessProbe: { ...check("is-alive.sh"), periodSeconds: 10, failureThreshold: 6 },
        readinessProbe: { ...check("is-ready.sh"), periodSeconds: 5, failureThreshold: 2 },
        lifecycle: { preStop: { exec: { command: script("hand-over.sh") } } },
    };
}

function sentinel(args: RedisPodArgs): types.input.core.v1.Container {
    return {
        name: "sentinel",
        image: args.images.redis,
        imagePullPolicy: "IfNotPresent",
        command: script("start-sentinel.sh"),
        env: environment(args),
        ports: [{ name: "sentinel", containerPort: sentinelPort }],
        resources: resourcesOf("20m", { requestMi: 32, limitMi: 64 }),
        securityContext: restrictedContainer,
        volumeMounts: [...mounts(args), { name: "data", mountPath: "/data" }, namesMount],
        startupProbe: { ...check("is-sentinel-alive.sh"), periodSeconds: 2, failureThreshold: 60 },
        livenessProbe: { ...check("is-sentinel-alive.sh"), periodSeconds: 10, failureThreshold: 6 },
        readinessProbe: { ...check("is-sentinel-alive.sh"), periodSeconds: 5, failureThreshold: 2 },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
    };
}

function exporter(args: RedisPodArgs): types.input.core.v1.Container {
    const tls = args.certificateName !== undefined;
    const health = { httpGet: { path: "/health", port: "metrics" } };
    return {
        name: "exporter",
        image: args.images.exporter,
        imagePullPolicy: "IfNotPresent",
        env: Object.entries(exporterEnvironment(tls)).map(([name, value]) => ({ name, value })),
        ports: [{ name: "metrics", containerPort: redisMetricsPort }],
        resources: resourcesOf("20m", { requestMi: 32, limitMi: 64 }),
        securityContext: restrictedContainer,
        volumeMounts: [
            { name: "credentials", mountPath: "/credentials/exporter.json", subPath: "exporter.json", readOnly: true },
            ...(tls ? [{ name: "tls", mountPath: "/tls", readOnly: true }] : []),
        ],
        startupProbe: { ...health, periodSeconds: 2, failureThreshold: 30 },
        livenessProbe: { ...health, periodSeconds: 20, failureThreshold: 3 },
        readinessProbe: { ...health, periodSeconds: 10, failureThreshold: 2 },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
    };
}

/** The exporter's settings: which server to ask, as which user, and not to read the configuration, which holds a password. */
export function exporterEnvironment(tls: boolean): Readonly<Record<string, string>> {
    return {
        REDIS_ADDR: exporterAddress(tls),
        REDIS_EXPORTER_CONFIG_COMMAND: "-",
        ...(tls ? { REDIS_EXPORTER_TLS_CA_CERT_FILE: "/tls/ca.crt" } : {}),
        REDIS_EXPORTER_WEB_LISTEN_ADDRESS: `:${String(redisMetricsPort)}`,
        REDIS_PASSWORD_FILE: "/credentials/exporter.json",
        REDIS_USER: exporterUser,
    };
}

/**
 * The exporter's file of passwords, for the server at `address`. Older exporters look a password up by the address alone; newer ones put the user's name into it first, and
 * without that entry every scrape says that Redis is down.
 *
 * @see https://github.com/oliver006/redis_exporter/pull/983
 */
export function exporterPasswords(address: string, password: string): string {
    return JSON.stringify({ [address]: password, [address.replace("://", `://${exporterUser}@`)]: password });
}

/** Address that the exporter reads. */
export function exporterAddress(tls: boolean): string {
    return `${tls ? "rediss" : "redis"}://localhost:${String(redisPort)}`;
}

function script(file: string): string[] {
    return ["sh", `/configuration/${file}`];
}

/** A probe by script. The scripts give up after 5 s by themselves, with a message. */
function check(file: string): types.input.core.v1.Probe {
    return { exec: { command: script(file) }, timeoutSeconds: 6 };
}

function environment(args: RedisPodArgs): types.input.core.v1.EnvVar[] {
    return [
        { name: "DOMAIN", value: args.domain },
        { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "TLS_FLAGS", value: args.certificateName === undefined ? "" : "--tls --cacert /tls/ca.crt" },
    ];
}

function mounts(args: RedisPodArgs): types.input.core.v1.VolumeMount[] {
    return [
        { name: "configuration", mountPath: "/configuration", readOnly: true },
        { name: "credentials", mountPath: "/credentials", readOnly: true },
        ...(args.certificateName === undefined ? [] : [{ name: "tls", mountPath: "/tls", readOnly: true }]),
        { name: "users", mountPath: "/users", readOnly: true },
    ];
}
