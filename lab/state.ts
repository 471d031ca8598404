import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { z } from "zod";
import { nodeServices } from "./nodes/plan.ts";
import type { LabLayout } from "./layout.ts";
import { labLayout } from "./layout.ts";
import { identitySchema } from "./process.ts";
import { writeSecretFile } from "./secret-file.ts";

/** Name of the lab's context in its kubeconfig, the same in every checkout. */
export const kubeContext = "nova-lab";

/**
 * The ports a lab listens on, all on 127.0.0.1. Those of the API server, PostgreSQL, Kafka, Alertmanager, Contour's xDS and Prometheus are the same within the lab's network
 * as on the machine.
 */
export const portNames = [
    "etcd",
    "etcdPeer",
    "kubeApiserver",
    "kubeControllerManager",
    "kubeScheduler",
    "kwok",
    "postgres",
    "kafka",
    "kafkaController",
    "contourXds",
    "contourHealth",
    "contourDebug",
    "alertmanager",
    "prometheus",
    "gateway",
    /** Users of the second gateway, which is started on demand. */
    "secondGateway",
    "podProxy",
    "resourceMetrics",
    "certManager",
    /** Kafka for pods of real nodes: clients there come encrypted and with a name. */
    "kafkaPods",
    "volumes",
] as const;

/** One of the lab's ports. */
export type PortName = (typeof portNames)[number];

/** The processes of a lab, in the order in which they need each other. */
export const serviceNames = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "postgres",
    "kafka",
    "contour",
    "cert-manager",
    "alertmanager",
    "crossing",
    "envoy",
    "prometheus",
    "resource-metrics",
    "workload",
    ...nodeServices,
    "metrics-server",
    "volumes",
    "envoy-gateway",
    "envoy-gateway-proxy",
] as const;

/** One of the lab's processes. */
export type ServiceName = (typeof serviceNames)[number];

/** What a lab's nodes are: `real` ones run containers, `simulated` ones are objects that kwok calls ready. */
export const nodeKinds = ["real", "simulated"] as const;

/** One of {@link nodeKinds}. */
export type NodeKind = (typeof nodeKinds)[number];

/** What a new lab's nodes are to be. */
export type NodeChoice = Pick<LabState, "nodes" | "enforcesPolicies">;

/** A port for each name. */
export const portsSchema = z.record(z.enum(portNames), z.int().min(1).max(65_535));

/** Grows when a lab that an older checkout started can't be gone on with. */
const stateVersion = 5;

const stateSchema = z.object({
    version: z.literal(stateVersion),
    /** Identity of this cluster: new with each new set of data, so that Pulumi never takes one lab's cluster for another's. */
    clusterId: z.string(),
    /** Whether containers run on its nodes, or are only said to. */
    nodes: z.enum(nodeKinds),
    /** Whether real nodes enforce NetworkPolicies. */
    enforcesPolicies: z.boolean(),
    ports: portsSchema,
    /** The Pulumi CLI that the lab uses: this machine's own with downloaded plugins, or the lab's own with its stand-ins; and why. */
    pulumi: z.object({ kind: z.enum(["installed", "built"]), path: z.string(), reason: z.string() }),
    /** Administrator of PostgreSQL. */
    postgres: z.object({ user: z.string(), password: z.string() }),
    /** Bearer tokens of the control plane's users. */
    tokens: z.object({
        admin: z.string(),
        controllerManager: z.string(),
        scheduler: z.string(),
        certManager: z.string(),
        prometheus: z.string(),
        kubeProxy: z.string(),
        kubeRouter: z.string(),
        metricsServer: z.string(),
        nodes: z.record(z.enum(nodeServices), z.string()),
    }),
    /** What was started and not stopped since. An entry may be dead: check with isRunning. */
    processes: z.partialRecord(z.enum(serviceNames), identitySchema),
});

/** What is known of a lab between two commands. Holds secrets: its file is readable by its owner only. */
export type LabState = z.infer<typeof stateSchema>;

/**
 * State of the lab of a checkout (default: this one); undefined where none was started.
 * @throws Error where the file is damaged or written by an older version of this program, with what to do.
 */
export function readLabState(layout: LabLayout = labLayout()): LabState | undefined {
    const text = readStateFile(layout);
    return text === undefined ? undefined : parseState(text, layout);
}

/**
 * The processes of a lab, whichever version of this program started it; undefined where none was started. For an orderly end.
 * @throws Error where the file is damaged, with what to do.
 */
export function readLabProcesses(layout: LabLayout): LabState["processes"] | undefined {
    const text = readStateFile(layout);
    return text === undefined ? undefined : orDamaged(layout, () => z.object({ processes: stateSchema.shape.processes }).parse(JSON.parse(text)).processes);
}

function parseState(text: string, layout: LabLayout): LabState {
    const { version } = orDamaged(layout, () => z.object({ version: z.int() }).parse(JSON.parse(text)));
    if (version !== stateVersion) {
        throw new Error(
            `the lab in ${layout.checkout} was started by another version of this program: end it with 'make lab-down', then 'make lab-up' starts a new one`,
        );
    }
    return orDamaged(layout, () => stateSchema.parse(JSON.parse(text)));
}

function readStateFile(layout: LabLayout): string | undefined {
    try {
        return readFileSync(layout.stateFile, "utf8");
    } catch {
        return undefined;
    }
}

function orDamaged<T>(layout: LabLayout, parse: () => T): T {
    try {
        return parse();
    } catch (error) {
        throw new Error(`${layout.stateFile} is not a lab's state. If no process of the lab runs any more, delete the folder ${layout.root} and start again.`, {
            cause: error,
        });
    }
}

/** Writes the state so that a crash in between leaves the old one whole. */
export function writeLabState(layout: LabLayout, state: LabState): void {
    mkdirSync(layout.root, { recursive: true });
    writeSecretFile(layout.stateFile, `${JSON.stringify(state, undefined, 2)}\n`);
}

/** A new lab's state: fresh identity and credentials, nothing running. */
export function newLabState(ports: LabState["ports"], pulumi: LabState["pulumi"], { nodes, enforcesPolicies }: NodeChoice): LabState {
    return {
        version: stateVersion,
        clusterId: `nova-lab-${randomBytes(4).toString("hex")}`,
        nodes,
        enforcesPolicies,
        ports,
        pulumi,
        postgres: { user: "lab_admin", password: secret() },
        tokens: {
            admin: secret(),
            controllerManager: secret(),
            scheduler: secret(),
            certManager: secret(),
            prometheus: secret(),
            kubeProxy: secret(),
            kubeRouter: secret(),
            metricsServer: secret(),
            nodes: { "node-a": secret(), "node-b": secret(), "node-c": secret() },
        },
        processes: {},
    };
}

function secret(): string {
    return randomBytes(24).toString("base64url");
}
