import { isDeepStrictEqual } from "node:util";

import { isRecord } from "../settings/tree.ts";

/**
 * Where a change of a stack's file leads: `back` puts all traffic on the stable revision; `down` lowers the candidate's weight and changes nothing else; everything else is `forward`, and waits for its turn.
 */
export type Direction = "back" | "down" | "forward";

/** A change of the repository. */
export interface StackFileChange {
    /** Name of the project: prefix of the keys of its config. */
    readonly project: string;
    /** The stack's file before and after, as YAML gives it. Undefined where there was none, or it can't be read. */
    readonly before: unknown;
    readonly after: unknown;
    /** Whether no other file changed. */
    readonly alone: boolean;
}

/** Which way a change goes, by the stack's file alone: a pipeline must know it before it waits for anything. What can't be said for sure is `forward`. */
export function directionOf({ project, before, after, alone }: StackFileChange): Direction {
    const [was, is] = [configOf(before), configOf(after)];
    const key = `${project}:rolloutPercent`;
    const [from, to] = [percentIn(was[key]), percentIn(is[key])];
    const stable = `${project}:stable`;
    if (from === undefined || to === undefined || to >= from || was[stable] === undefined || !isDeepStrictEqual(was[stable], is[stable])) {
        return "forward";
    }
    return to === 0 ? "back" : alone && isDeepStrictEqual({ ...was, [key]: to }, { ...is, [key]: to }) && sameBeside(before, after) ? "down" : "forward";
}

function configOf(file: unknown): Readonly<Record<string, unknown>> {
    return isRecord(file) && isRecord(file.config) ? file.config : {};
}

/** A weight as a stack's file has it: `pulumi config set` writes a number as text. Undefined where it is none. */
export function percentIn(value: unknown): number | undefined {
    const percent = typeof value === "string" && /^\d{1,3}$/.test(value) ? Number(value) : value;
    return typeof percent === "number" && percent >= 0 && percent <= 100 ? percent : undefined;
}

/** Whether the two files differ in nothing but their config. */
function sameBeside(before: unknown, after: unknown): boolean {
    return isRecord(before) && isRecord(after) && isDeepStrictEqual({ ...before, config: undefined }, { ...after, config: undefined });
}
