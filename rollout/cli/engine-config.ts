import { execa } from "execa";
import { z } from "zod";

import { wordsOf } from "../words.ts";

/** A stack's config as the engine has it, by key with the project's name; or why it can't be had. A secret has no value: none is opened. */
export type EngineConfig =
    | { readonly kind: "given"; readonly values: Readonly<Record<string, { readonly value?: unknown; readonly secret: boolean }>> }
    | { readonly kind: "missing"; readonly reason: string };

/**
 * Asks the engine for a stack's config: that of its file, of its environments (Pulumi ESC) and of the defaults in Pulumi.yaml, as `pulumi up` would have it. Opens no secret.
 *
 * Never throws.
 *
 * @param withinMs how long it may take: an environment is opened by Pulumi Cloud.
 */
export async function engineConfig(folder: string, stack: string, withinMs = 30_000): Promise<EngineConfig> {
    try {
        const ended = await execa("pulumi", ["config", "--json", "--stack", stack, "--non-interactive", "--color", "never"], {
            cwd: folder,
            reject: false,
            stdin: "ignore",
            timeout: withinMs,
        });
        if (ended.failed) {
            const said = ended.stderr.trim().split("\n").at(-1) ?? "";
            const why = ended.timedOut ? `gave no answer within ${String(withinMs / 1_000)} s` : `failed: ${said === "" ? wordsOf(ended.cause) : said}`;
            return { kind: "missing", reason: `'pulumi config' ${why}` };
        }
        const entries = Object.entries(answerSchema.parse(JSON.parse(ended.stdout)));
        // The engine writes an object as JSON text too, and a whole number as the text of one.
        return {
            kind: "given",
            values: Object.fromEntries(entries.map(([key, { value, objectValue, secret }]) => [key, { value: objectValue ?? value, secret }])),
        };
    } catch (error) {
        return { kind: "missing", reason: `'pulumi config' can't be used: ${wordsOf(error)}` };
    }
}

const answerSchema = z.record(z.string(), z.object({ value: z.string().optional(), objectValue: z.unknown().optional(), secret: z.boolean().default(false) }));
