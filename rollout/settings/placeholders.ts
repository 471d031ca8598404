import { defined } from "../defined.ts";
import { type ConfigProblem, keyOf, shown } from "./problem.ts";
import { mapLeaves } from "./tree.ts";

/** Values of environment variables by name. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Config after {@link resolvePlaceholders}. */
export interface Resolved {
    readonly config: unknown;
    readonly problems: readonly ConfigProblem[];
}

const opening = "${env:";
const placeholder = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replaces `${env:NAME}` inside strings by the environment variable of that name.
 *
 * Only the lab has placeholders: its ports are chosen when it starts. A stack that people share says everything in its file, or two of them would deploy different things
 * from the same commit.
 */
export function resolvePlaceholders(config: unknown, allowed: boolean, variables: EnvironmentVariables): Resolved {
    const problems: ConfigProblem[] = [];
    const resolved = mapLeaves(config, (leaf, path) => {
        if (typeof leaf !== "string" || !leaf.includes(opening)) {
            return leaf;
        }
        const refuse = (problem: string, fix: string): string => {
            const value = shown(leaf);
            problems.push({ key: keyOf(path), ...defined({ value }), problem, fix });
            return leaf;
        };
        if (!allowed) {
            return refuse("has a placeholder, which only the lab may have", "write the value itself");
        }
        const missing = [...leaf.matchAll(placeholder)].map(([, name = ""]) => name).filter((name) => (variables[name] ?? "") === "");
        if (missing.length > 0) {
            return refuse(
                `needs ${missing.join(" and ")}, which the environment does not have`,
                "start the lab and load its settings: make lab-up and source .lab/env",
            );
        }
        const value = leaf.replaceAll(placeholder, (_match, name: string) => variables[name] ?? "");
        return value.includes(opening) ? refuse("has a broken placeholder", "write ${env:NAME}, with letters, digits and underscores in the name") : value;
    });
    return { config: resolved, problems };
}
