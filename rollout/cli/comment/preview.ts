import { z } from "zod";

/** One resource of a preview, as far as a reader of a pull request cares. */
export interface PreviewStep {
    readonly operation: string;
    /** Type token, such as `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    readonly name: string;
    /** Fields that differ. */
    readonly changed: readonly string[];
    readonly before: unknown;
    readonly after: unknown;
}

/** What `pulumi preview --json` says. */
export interface Preview {
    /** Resources that change, and some that don't: the engine leaves most of those out. */
    readonly steps: readonly PreviewStep[];
    /** How many resources stay as they are. */
    readonly unchanged: number;
    /** Errors and warnings of the program, of the guard's forecast and of policies. */
    readonly messages: readonly { readonly severity: string; readonly text: string }[];
}

/**
 * Reads the output of `pulumi preview --json`.
 *
 * @throws {Error} when it is something else, such as a preview that broke off: a comment on half of it would look like all of it.
 */
export function readPreview(text: string): Preview {
    const start = text.indexOf("{");
    const parsed = start === -1 ? undefined : previewSchema.safeParse(JSON.parse(text.slice(start)));
    if (parsed?.success !== true) {
        throw new Error("this is no output of 'pulumi preview --json': run it again, and hand over what it wrote to standard output");
    }
    const { steps, diagnostics, changeSummary } = parsed.data;
    return {
        unchanged: changeSummary.same ?? steps.filter(({ op }) => op === "same").length,
        steps: steps.map(({ op, urn, oldState, newState, detailedDiff, diffReasons }) => ({
            operation: op,
            type: urn.split("::").at(-2)?.split("$").at(-1) ?? urn,
            name: urn.split("::").at(-1) ?? urn,
            changed: Object.keys(detailedDiff ?? {}).length > 0 ? Object.keys(detailedDiff ?? {}) : (diffReasons ?? []),
            before: oldState?.inputs,
            after: newState?.inputs,
        })),
        messages: diagnostics.map(({ severity, message }) => ({ severity, text: message.trim() })).filter(({ text: said }) => said !== ""),
    };
}

const stateSchema = z.looseObject({ inputs: z.unknown().optional() }).nullish();

const previewSchema = z.looseObject({
    steps: z
        .array(
            z.looseObject({
                op: z.string(),
                urn: z.string(),
                oldState: stateSchema,
                newState: stateSchema,
                detailedDiff: z.record(z.string(), z.unknown()).nullish(),
                diffReasons: z.array(z.string()).nullish(),
            }),
        )
        .default([]),
    changeSummary: z.record(z.string(), z.number()).default({}),
    diagnostics: z.array(z.looseObject({ severity: z.string(), message: z.string() })).default([]),
});
