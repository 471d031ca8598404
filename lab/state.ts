import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { LabLayout } from "./layout.ts";
import { labLayout } from "./layout.ts";
import { identitySchema } from "./process.ts";
import { writeSecretFile } from "./secret-file.ts";

/** Name of the lab's context in its kubeconfig, the same in every checkout. */
export const kubeContext = "nova-lab";

/** The ports a lab listens on, all on 127.0.0.1. */
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
] as const;

/** One of the lab's ports. */
export type PortName = (typeof portNames)[number];

/** The processes of a lab, in the order in which they need each other. */
export const serviceNames = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "postgres", "kafka"] as const;

/** One of the lab's processes. */
export type ServiceName = (typeof serviceNames)[number];

/** A port for each name. */
export const portsSchema = z.record(z.enum(portNames), z.int().min(1).max(65_535));

const stateSchema = z.object({
    version: z.literal(1),
    /** Identity of this cluster: new with each new set of data, so that Pulumi never takes one lab's cluster for another's. */
    clusterId: z.string(),
    ports: portsSchema,
    /** The Pulumi CLI that the lab uses: this machine's own with downloaded plugins, or the lab's own with its stand-ins; and why. */
    pulumi: z.object({ kind: z.enum(["installed", "built"]), path: z.string(), reason: z.string() }),
    /** Administrator of PostgreSQL. */
    postgres: z.object({ user: z.string(), password: z.string() }),
    /** Bearer tokens of the control plane's users. */
    tokens: z.object({ admin: z.string(), controllerManager: z.string(), scheduler: z.string() }),
    /** What was started and not stopped since. An entry may be dead: check with isRunning. */
    processes: z.partialRecord(z.enum(serviceNames), identitySchema),
});

/** What is known of a lab between two commands. Holds secrets: its file is readable by its owner only. */
export type LabState = z.infer<typeof stateSchema>;

/**
 * State of the lab of a checkout (default: this one); undefined where none was started.
 * @throws Error where the file is damaged, with what to do.
 */
export function readLabState(layout: LabLayout = labLayout()): LabState | undefined {
    let text: string;
    try {
        text = readFileSync(layout.stateFile, "utf8");
    } catch {
        return undefined;
    }
    try {
        return stateSchema.parse(JSON.parse(text));
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
export function newLabState(ports: LabState["ports"], pulumi: LabState["pulumi"]): LabState {
    return {
        version: 1,
        clusterId: `nova-lab-${randomBytes(4).toString("hex")}`,
        ports,
        pulumi,
        postgres: { user: "lab_admin", password: secret() },
        tokens: { admin: secret(), controllerManager: secret(), scheduler: secret() },
        processes: {},
    };
}

function secret(): string {
    return randomBytes(24).toString("base64url");
}
