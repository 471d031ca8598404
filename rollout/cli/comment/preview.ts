import { z } from "zod";

import { withoutSecrets } from "../../ledger/redaction.ts";

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

/** A preview, or why there is none to show. */
export type PreviewReading = { readonly kind: "read"; readonly preview: Preview } | { readonly kind: "unreadable"; readonly why: string };

/**
 * Reads the output of `pulumi preview --json`, which may have lines before it. What is cut off, or has text after it, is no preview: a comment on half of it would look like all of it.
 */
export function readPreview(text: string): PreviewReading {
    if (text.trim() === "") {
        return { kind: "unreadable", why: "'pulumi preview --json' wrote nothing: see the pipeline's log" };
    }
    const parsed = previewSchema.safeParse(jsonIn(text.slice(Math.max(0, text.search(/^\{/m)))));
    if (!parsed.success) {
        const lines = text.trim().split("\n");
        return {
            kind: "unreadable",
            why: `what 'pulumi preview --json' wrote is no preview, or not a whole one. Its last line: ${withoutSecrets(lines.at(-1) ?? "").slice(0, 300)}`,
        };
    }
    const { steps, diagnostics, changeSummary } = parsed.data;
    const preview = {
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
    return { kind: "read", preview };
}

function jsonIn(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
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
