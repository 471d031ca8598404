import { z } from "zod";

import { levelIn, type Environment, type Rule, settingsOf } from "./rule.ts";

/** A level as the CLI of Pulumi names it. */
export type Level = "mandatory" | "advisory" | "disabled";

/** The configuration of a pack, in the form of `pulumi preview --policy-pack-config`. */
export interface Configuration {
    /** The level of a rule. */
    level(rule: Rule): Level;
    /** The configured settings of a rule, without defaults. */
    settings(rule: Rule): Readonly<Record<string, unknown>>;
}

const level = z.enum(["mandatory", "advisory", "disabled"]);
const schema = z.record(z.string(), z.union([level, z.looseObject({ enforcementLevel: level.optional() })]));

/**
 * Reads a configuration: rule name to level, or to an object with `enforcementLevel` and settings; `all` is for every rule that is not named.
 *
 * @throws Error that names the key and the fix.
 */
export function readConfiguration(value: unknown, rules: readonly Rule[], environment: Environment): Configuration {
    const read = schema.safeParse(value);
    if (!read.success) {
        throw new Error(
            `policy configuration: ${read.error.issues.map((problem) => `${problem.path.join(".")} is not a level or an object with settings`).join("; ")}`,
        );
    }
    const known = new Set(["all", ...rules.map(({ name }) => name)]);
    for (const name of Object.keys(read.data).filter((key) => !known.has(key))) {
        throw new Error(`policy configuration: there is no rule "${name}"; see docs/policies.md`);
    }
    const entryOf = (name: string): { readonly level: Level | undefined; readonly settings: Readonly<Record<string, unknown>> } => {
        const entry = read.data[name];
        if (entry === undefined || typeof entry === "string") {
            return { level: entry, settings: {} };
        }
        const { enforcementLevel, ...settings } = entry;
        return { level: enforcementLevel, settings };
    };
    for (const rule of rules) {
        settingsOf(rule, entryOf(rule.name).settings);
    }
    return {
        level: (rule) => entryOf(rule.name).level ?? entryOf("all").level ?? levelIn(rule, environment),
        settings: (rule) => entryOf(rule.name).settings,
    };
}
