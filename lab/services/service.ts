import type { LabLayout } from "../layout.ts";
import type { Command } from "../process.ts";
import type { Tool } from "../toolchain/recipes.ts";
import type { LabState, NodeKind, ServiceName } from "../state.ts";

/** The lab that a service belongs to. */
export interface Lab {
    readonly layout: LabLayout;
    readonly state: LabState;
}

/** One process of the lab: how it is prepared, started and checked. Services know nothing of each other but their names. */
export interface Service {
    readonly name: ServiceName;
    /** The kind of nodes that a lab has where this runs. @default both */
    readonly nodes?: NodeKind;
    /** Tools of a service that a start of the lab leaves alone, and that runs once it was started by its name. @default a start of the lab starts it */
    readonly onDemand?: readonly Tool[];
    /** Services that must be ready before this one starts. */
    readonly needs: readonly ServiceName[];
    /** Other parts of a start that must be done before: the lab's network, or the objects of the cluster with their definitions. */
    readonly after?: readonly ("network" | "cluster objects")[];
    /** Whether the process runs in the lab's network. @default false: on the machine's own */
    readonly inside?: true;
    /** Makes what the process needs on disk. Called before each start, so it leaves alone what is there. */
    readonly prepare?: (lab: Lab) => Promise<void>;
    readonly command: (lab: Lab) => Command;
    /** Asks the running service for something real. Throws where it does not answer well, or not within 2 s. */
    readonly check: (lab: Lab) => Promise<void>;
    /** How long a start may take on a busy machine of 2 cores, in milliseconds. */
    readonly readyWithinMs: number;
    /** Signal for an orderly end. Default SIGTERM. */
    readonly stopSignal?: NodeJS.Signals;
}
