import { z } from "zod";

import { wordsOf } from "../words.ts";
import { type StateRepair, pendingOperations } from "./state-repair.ts";

/** The engine's state of a stack. */
export interface StackState {
    /** The state as `pulumi stack export` gives it, secrets encrypted. */
    readonly read: () => Promise<unknown>;
    /** Puts it in place of what is there. @throws {Error} while another command has the stack's lock, or one that was killed still has it. */
    readonly write: (state: StateRepair["state"]) => Promise<void>;
    /** Reads what is live of these resources, by their URNs, into the state. */
    readonly refresh: (urns: readonly string[]) => Promise<void>;
}

/** Opens the state of a stack that exists, through the Automation API. */
export async function stackState(folder: string, stack: string): Promise<StackState> {
    const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
    const selected = await LocalWorkspace.selectStack({ stackName: stack, workDir: folder }).catch((error: unknown) => {
        throw new Error(whyUnreadable(stack, wordsOf(error)), { cause: error });
    });
    return {
        read: () => selected.exportStack(),
        write: async (state) => {
            try {
                await selected.importStack(state);
            } catch (error) {
                throw new Error(whyUnreadable(stack, wordsOf(error)), { cause: error });
            }
        },
        refresh: async (urns) => {
            await selected.refresh({ target: [...urns], color: "never" });
        },
    };
}

/**
 * What the engine says of a state that it can't read or write, with what to do after a kill. Its own words name neither the cause nor a way out.
 *
 * A backend in files writes a state whole or not at all, and a small file beside it that may be cut off: no stack of that backend can be listed then.
 */
export function whyUnreadable(stack: string, message: string): string {
    if (message.includes("currently locked")) {
        const holder = /created by \S+ \(pid \d+\)[^\n]*/.exec(message)?.[0];
        return `the stack's state is locked${holder === undefined ? "" : `, ${holder}`}. What to do: when no update of it runs any more, run 'pulumi cancel --yes --stack ${stack}', and then this again.`;
    }
    return /(?:^|: )(?:unexpected )?EOF|unexpected end of JSON/m.test(message)
        ? `a file beside the stack's state was cut off by a kill; the state itself is whole. What to do: delete it, 'rm <backend>/.pulumi/stacks/<project>/${stack}.json*.attrs' where the backend is a folder, and then run this again.`
        : message;
}

/**
 * Why a state must be repaired before an update; undefined where it need not be.
 *
 * An update goes on all the same, and fails where something is there already that the state does not have.
 */
export function whyToRepair(exported: unknown, stack: string): string | undefined {
    const creates = pendingOperations(exported).filter(({ type }) => type === "creating");
    return creates.length === 0
        ? undefined
        : `an update was killed while it created ${String(creates.length)} ${creates.length === 1 ? "object" : "objects"}, and the state doesn't know which of them are there. What to do: run 'rollout repair --stack ${stack}', and then this again.`;
}

/** How many resources an exported state has. @throws {ZodError} where it is none. */
export function resourcesIn(exported: unknown): number {
    return exportSchema.parse(exported).deployment.resources.length;
}

const exportSchema = z.object({ deployment: z.object({ resources: z.array(z.unknown()).default([]) }) });
