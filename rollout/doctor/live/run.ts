import { answeredWithin } from "../../preflight/live/answered-within.ts";
import { unanswered } from "../../preflight/live/unanswered.ts";
import { type DoctorFinding, type DoctorResult, unknown } from "../finding.ts";
import type { DoctorCheck } from "./checks.ts";
import { type DoctorContext, objectsOf } from "./context.ts";

/** How long one check may take, in milliseconds. All run at once. */
export const lookTimeoutMs = 15_000;

/** How a run is made. */
export interface DoctorRun {
    readonly checks: readonly DoctorCheck[];
    /** How long one check may take, in milliseconds. @default {@link lookTimeoutMs} */
    readonly timeoutMs?: number;
    /** Called when a check has ended, in the order in which they end. */
    readonly onResult?: (result: DoctorResult) => void;
}

/** Runs checks, all at once, and gives their results in their order. It never throws, and no check stops another: one that throws or takes too long is `unknown`. */
export async function runDoctor(context: DoctorContext, { checks, timeoutMs = lookTimeoutMs, onResult }: DoctorRun): Promise<readonly DoctorResult[]> {
    const objects = objectsOf(context);
    return Promise.all(
        checks.map(async ({ name, look }): Promise<DoctorResult> => {
            const startMs = performance.now();
            const finding = await within(timeoutMs, async (signal) => look(context, objects, signal));
            const result = { check: name, ...finding, tookMs: Math.round(performance.now() - startMs) };
            onResult?.(result);
            return result;
        }),
    );
}

async function within(timeoutMs: number, look: (signal: AbortSignal) => Promise<DoctorFinding>): Promise<DoctorFinding> {
    const late = unknown(
        `no answer within ${String(timeoutMs / 1_000)} s`,
        "see whether the system answers from here at all: a firewall that drops packets, a server that hangs",
    );
    return answeredWithin(timeoutMs, look, late, (error) => {
        const { text, fix } = unanswered(error);
        return unknown(text, fix);
    });
}
