import { whyToRepair } from "./engine-state.ts";
import { wordsOf } from "../words.ts";

/** How a run of the engine ended. */
export type EngineOutcome =
    | { readonly kind: "updated"; readonly seconds: number }
    /** The program said no. Nothing was changed. What its guard refuses may pass when there is more evidence; a stack config that is wrong stays so. */
    | { readonly kind: "refused"; readonly by: "guard" | "config" | "state"; readonly reason: string }
    /** Anything else went wrong. Some resources may have been changed; `pulumi up` again converges. */
    | { readonly kind: "failed"; readonly reason: string };

/** How `pulumi up` is run. */
export interface EngineArgs {
    /** Folder with Pulumi.yaml. */
    readonly folder: string;
    readonly stack: string;
    /** What the update is for, kept in the stack's history. */
    readonly message: string;
    /** Folders of policy packs to apply. @default none */
    readonly policyPacks?: readonly string[];
    /** Whether it goes on although an earlier update was killed while it created something. A way back is not held up by that. @default false */
    readonly unrepaired?: boolean;
    /** Called with each line that the engine prints. */
    readonly onLine?: (line: string) => void;
}

/** Runs `pulumi up` on a stack that exists, through the Automation API, which is loaded only now: a watchdog has none. Never throws. */
export async function update({ folder, stack, message, policyPacks = [], unrepaired = false, onLine }: EngineArgs): Promise<EngineOutcome> {
    try {
        const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
        const startedMs = performance.now();
        const selected = await LocalWorkspace.selectStack({ stackName: stack, workDir: folder });
        const broken = unrepaired ? undefined : whyToRepair(await selected.exportStack(), stack);
        if (broken !== undefined) {
            return { kind: "refused", by: "state", reason: broken };
        }
        let partial = "";
        await selected.up({
            message,
            color: "never",
            policyPacks: [...policyPacks],
            onOutput: (text) => {
                const lines = `${partial}${text}`.split("\n");
                partial = lines.pop() ?? "";
                lines.forEach((line) => onLine?.(line));
            },
        });
        return { kind: "updated", seconds: (performance.now() - startedMs) / 1_000 };
    } catch (error) {
        return outcomeOf(wordsOf(error));
    }
}

/** Reads a failed run's message: what the guard refused, or else its error lines. The message holds everything that the engine printed. */
export function outcomeOf(message: string): EngineOutcome & { readonly kind: "refused" | "failed" } {
    const lines = message.split("\n").map((line) => line.replace(/^\s*error:\s*/, "").trim());
    // The engine prints a refusal twice: among its progress, where other lines come in between, and whole under 'Diagnostics'.
    const last = lines.findLastIndex((line) => line.includes(refused));
    if (last !== -1) {
        const told = paragraph(lines.slice(last));
        return { kind: "refused", by: "guard", reason: told.slice(told.indexOf(refused)) };
    }
    const start = lines.findIndex((line) => line.startsWith("The stack config has "));
    if (start !== -1) {
        return { kind: "refused", by: "config", reason: paragraph(lines.slice(start)) };
    }
    const errors = message.split("\n").filter((line) => line.includes("error:"));
    const told = errors.length > 0 ? errors : lines.filter((line) => line !== "");
    return { kind: "failed", reason: [...new Set(told.map((line) => line.trim()))].slice(0, 10).join("\n") };
}

/** The lines up to the first that is empty. */
function paragraph(lines: readonly string[]): string {
    const length = lines.indexOf("");
    return lines.slice(0, length === -1 ? undefined : length).join("\n");
}

/** How every refusal of the guard begins. */
const refused = "rollout refused: ";
