import type { z } from "zod";

import { defined } from "../defined.ts";
import { type ConfigProblem, shown } from "./problem.ts";

/** A rule over several keys. It is asked only when the keys that it reads are valid by themselves. */
export type Rule = (config: unknown) => readonly ConfigProblem[];

/** A rule that reads as much of the config as `reads` names, and lets the rest pass. */
export function rule<T>(reads: z.ZodType<T>, check: (config: T) => readonly ConfigProblem[]): Rule {
    return (config) => {
        const parsed = reads.safeParse(config);
        return parsed.success ? check(parsed.data) : [];
    };
}

/** What is wrong with the value of a key, and how to put it right. */
export function problem(key: string, value: unknown, what: string, fix: string): ConfigProblem {
    const text = shown(value);
    return { key, ...defined({ value: text }), problem: what, fix };
}
