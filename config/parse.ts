import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";

import type { ChecklistConfig, Environment, StackConfig } from "../config.ts";
import { signatureDays } from "../rollout/checklist/signature.ts";
import { type EnvironmentVariables, resolvePlaceholders } from "./placeholders.ts";
import { type ConfigProblem, keyOf, shown } from "./problem.ts";
import { rules } from "./rules.ts";
import { type FieldNode, fieldAt, fieldsOf, stackFields } from "./fields.ts";
import { stackSchema } from "./schema.ts";
import { type Path, isRecord, mapLeaves, valueAtPath } from "./tree.ts";

/** What {@link parseConfig} needs besides the config. */
export interface ParseOptions {
    /** The process's environment: for placeholders of the lab, and for NOVA_KUBECONTEXT. */
    readonly variables: EnvironmentVariables;
    /** Top-level keys that are encrypted in the stack file. Their values are never shown. */
    readonly secretKeys: ReadonlySet<string>;
}

/** The config, or everything that is wrong with it. */
export type ParsedConfig = { readonly ok: true; readonly config: StackConfig } | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Key of the PostgreSQL administrator's password, the only secret one. It is no part of {@link StackConfig}. */
export const passwordKey = "postgresAdminPassword";
/** Where the lab's password comes from. */
export const labPasswordVariable = "NOVA_LAB_POSTGRES_PASSWORD";

const redacted = "[secret]";

/** Validates a stack config and finds every problem at once. `raw` has the stack file's keys, without the project's name. */
export function parseConfig(raw: Readonly<Record<string, unknown>>, options: ParseOptions): ParsedConfig {
    const { [passwordKey]: password, ...keys } = raw;
    const open = withoutEmptyObjects(Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, options.secretKeys.has(key) ? redacted : value])));
    const isLab = open.environment === "lab";
    const { config: resolved, problems: placeholderProblems } = resolvePlaceholders(open, isLab, options.variables);
    const config = withKubeContext(mapLeaves(resolved, asDeclared), options.variables.NOVA_KUBECONTEXT);

    const unresolved = new Set(placeholderProblems.map(({ key }) => key));
    const parsed = stackSchema.safeParse(config);
    const problems: ConfigProblem[] = [
        ...placeholderProblems,
        ...secretProblems(open, options.secretKeys),
        ...(parsed.error?.issues ?? [])
            .flatMap((issue) => problemsOf(issue, config))
            .filter(({ key, value }) => !unresolved.has(key) && value !== shown(redacted)),
        ...rules.flatMap((rule) => rule(config)),
        ...passwordProblems(password, open.environment, options),
    ];
    return parsed.success && problems.length === 0 ? { ok: true, config: withDefaults(parsed.data) } : { ok: false, problems };
}

/** Fills in what depends on the environment. */
function withDefaults({ approvals, checklist, ...config }: z.infer<typeof stackSchema>): StackConfig {
    const { roles = {}, requireVerifiedIdentity = config.environment === "prod" } = approvals ?? {};
    return { ...config, approvals: { roles, requireVerifiedIdentity }, checklist: checklist ?? defaultChecklist(config.environment) };
}

function defaultChecklist(environment: Environment): ChecklistConfig {
    return environment === "prod"
        ? { enforced: true, signatureDays }
        : { enforced: false, reason: `the checklist is production's, and this is ${environment}`, signatureDays };
}

/** Pulumi.yaml gives a stack without a candidate, say, the empty one, because it knows no optional key. */
function withoutEmptyObjects(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0;
    return Object.fromEntries(Object.entries(config).filter(([key, value]) => stackFields.required?.includes(key) === true || !isEmpty(value)));
}

function withKubeContext(config: unknown, kubeContext: string | undefined): unknown {
    if (kubeContext === undefined || kubeContext === "" || !isRecord(config) || !isRecord(config.cluster)) {
        return config;
    }
    return { ...config, cluster: { ...config.cluster, kubeContext } };
}

/** `pulumi config set` guesses the type of a value (`--path stable.config.size 5` becomes a number), and a placeholder is always text. The declared type decides. */
function asDeclared(leaf: unknown, path: Path): unknown {
    const type = fieldAt(stackFields, path)?.type;
    if (type === "string" && (typeof leaf === "number" || typeof leaf === "boolean")) {
        return String(leaf);
    }
    const written = type === "integer" ? /^\d{1,9}$/ : type === "number" ? /^\d{1,9}(\.\d{1,9})?$/ : undefined;
    return typeof leaf === "string" && written?.test(leaf) === true ? Number(leaf) : leaf;
}

function problemsOf(issue: z.core.$ZodIssue, config: unknown): readonly ConfigProblem[] {
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => unknownKey([...issue.path, key], config));
    }
    const key = keyOf(issue.path);
    const value = shown(valueAtPath(config, issue.path));
    if (value === undefined) {
        return [{ key, problem: "is missing", mend: howToSet(issue.path) }];
    }
    return [{ key, value, problem: whatIsWrong(issue), mend: mendFor(issue.path) }];
}

function whatIsWrong(issue: z.core.$ZodIssue): string {
    switch (issue.code) {
        case "invalid_type":
            return issue.expected === "int" ? "is not a whole number" : `is not ${nounOf(issue.expected)}`;
        case "invalid_value":
            return `is not ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
        case "invalid_key":
            return `has a key that ${issue.issues[0]?.message ?? "is not allowed"}`;
        default:
            return issue.message;
    }
}

function nounOf(type: string): string {
    const nouns: Readonly<Record<string, string>> = {
        string: "text",
        number: "a number",
        boolean: "true or false",
        array: "a list",
        object: "an object",
        record: "an object",
    };
    return nouns[type] ?? type;
}

/** The mend of the field itself or of what is around it. */
function mendFor(path: Path): string {
    for (let length = path.length; length > 0; length--) {
        const mend = fieldAt(stackFields, path.slice(0, length))?.mend;
        if (mend !== undefined) {
            return mend;
        }
    }
    return `give it these keys: ${Object.keys(fieldsOf(fieldAt(stackFields, path) ?? stackFields)).join(", ")}`;
}

function howToSet(path: Path): string {
    const example: unknown = fieldAt(stackFields, path)?.examples?.[0];
    const key = path.length === 1 ? keyOf(path) : `--path '${keyOf(path)}'`;
    return typeof example === "string" || typeof example === "number" || typeof example === "boolean"
        ? `set it, for example: pulumi config set ${key} ${/\s/.test(String(example)) ? `'${String(example)}'` : String(example)}`
        : mendFor(path);
}

function unknownKey(path: Path, config: unknown): ConfigProblem {
    const container: FieldNode = fieldAt(stackFields, path.slice(0, -1)) ?? {};
    const value = shown(valueAtPath(config, path));
    const known = path.length === 1 ? [...Object.keys(fieldsOf(container)), passwordKey] : Object.keys(fieldsOf(container));
    const name = String(path.at(-1));
    const nearest = known.length === 0 ? undefined : closest(name, known);
    const near = nearest !== undefined && distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, name.length / 3);
    const mend = near ? `write ${nearest}` : `remove it; known here: ${known.join(", ")}`;
    return { key: keyOf(path), ...(value === undefined ? {} : { value }), problem: "is not a known key", mend };
}

function secretProblems(config: Readonly<Record<string, unknown>>, secretKeys: ReadonlySet<string>): readonly ConfigProblem[] {
    return Object.keys(config)
        .filter((key) => secretKeys.has(key))
        .map((key) => ({
            key,
            value: redacted,
            problem: "is secret, and would be handed on in plain text",
            mend: `set it without --secret; the only secret key is ${passwordKey}, other credentials are generated`,
        }));
}

function passwordProblems(password: unknown, environment: unknown, options: ParseOptions): readonly ConfigProblem[] {
    const howToSetIt = `pulumi config set --secret ${passwordKey}`;
    if (environment === "lab") {
        const fromLab = options.variables[labPasswordVariable] ?? "";
        return fromLab === ""
            ? [
                  {
                      key: passwordKey,
                      problem: `needs ${labPasswordVariable}, which the environment does not have`,
                      mend: "start the lab and load its settings: make lab-up and source .lab/env",
                  },
              ]
            : [];
    }
    if (typeof password !== "string" || password === "") {
        return [{ key: passwordKey, problem: "is missing", mend: `set it as a secret: ${howToSetIt}` }];
    }
    return options.secretKeys.has(passwordKey)
        ? []
        : [
              {
                  key: passwordKey,
                  value: redacted,
                  problem: "is in plain text in the stack file",
                  mend: `change the password, then set it as a secret: ${howToSetIt}`,
              },
          ];
}
