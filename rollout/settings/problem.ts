import { withoutSecrets } from "../ledger/redaction.ts";

/** One thing that is wrong with the stack config. */
export interface ConfigProblem {
    /** Path of the key, such as `stores.kafka.tls`. */
    readonly key: string;
    /** The value as text. Absent where there is none; `[secret]` where it may not be shown. */
    readonly value?: string;
    /** What is wrong with it: completes a sentence that starts with the key. */
    readonly problem: string;
    /** What to do. */
    readonly fix: string;
}

/**
 * The stack config can't be used. Says everything that is wrong with it.
 *
 * The engine stops a program that throws it without a stack trace: it looks for the mark of Pulumi's own RunError, which works without loading the SDK, so that a
 * watchdog needs none.
 */
export class ConfigError extends Error {
    readonly __pulumiRunError = true;
    readonly problems: readonly ConfigProblem[];

    constructor(problems: readonly ConfigProblem[]) {
        super(describeProblems(problems));
        this.problems = problems;
    }
}

/** All problems as text for people, one paragraph each. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
    const count = problems.length === 1 ? "1 problem" : `${String(problems.length)} problems`;
    const paragraphs = problems.map(({ key, value, problem, fix }) => `  ${key}${value === undefined ? "" : ` = ${value}`} ${problem}\n    fix: ${fix}`);
    return [`The stack config has ${count}. Nothing was changed.`, ...paragraphs].join("\n");
}

/** A path as people write it and as `pulumi config set --path` takes it: `stores.kafka.bootstrapServers[0]`. */
export function keyOf(path: readonly PropertyKey[]): string {
    return path.reduce<string>((key, segment) => {
        if (typeof segment === "number") {
            return `${key}[${String(segment)}]`;
        }
        const name = String(segment);
        return /^[\w-]+$/.test(name) ? `${key}${key === "" ? "" : "."}${name}` : `${key}["${name}"]`;
    }, "");
}

/** A value on one line, cut where it is long, without what looks like a secret. Undefined where there is none. */
export function shown(value: unknown): string | undefined {
    const whole: unknown = JSON.stringify(value);
    const written = typeof whole === "string" ? withoutSecrets(whole.replaceAll(/:\/\/[^/@\s]*@/g, "://[secret]@")) : undefined;
    return written === undefined || written.length <= 100 ? written : `${written.slice(0, 97)}...`;
}
