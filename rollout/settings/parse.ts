import type { z } from "zod";

import { signatureDays } from "../checklist/signature.ts";
import { ambiguousValues } from "./ambiguous.ts";
import type { Environment } from "./environment.ts";
import { type FieldNode, fieldAt, fieldsIn } from "./fields.ts";
import type { ChecklistConfig } from "./gates.ts";
import { problemsOf } from "./issues.ts";
import { type EnvironmentVariables, resolvePlaceholders } from "./placeholders.ts";
import { type ConfigProblem, shown } from "./problem.ts";
import type { Rule } from "./rule.ts";
import { type SecretKey, needlessSecrets, redacted, secretProblems } from "./secrets.ts";
import type { ParsedSettings, WithDefaults } from "./settings.ts";
import { type Path, isRecord, mapLeaves } from "./tree.ts";
import type { WrittenConfig } from "./written.ts";

/** What {@link configParser} needs to know of a program's config. */
export interface ConfigForm<Config extends ParsedSettings> {
    /** The schema of all keys but the secret ones. */
    readonly schema: z.ZodType<Config>;
    /** Rules over several keys. */
    readonly rules: readonly Rule[];
    /** Keys that must be encrypted in the stack file. They are no part of the parsed config. */
    readonly secrets: readonly SecretKey[];
    /** Environment variable that overrides `cluster.kubeContext`. */
    readonly contextVariable: string;
}

/** What a parser needs besides the config. */
export interface ParseOptions {
    /** The process's environment: for placeholders of the lab, and for what overrides the context. */
    readonly variables: EnvironmentVariables;
    /** Top-level keys that are encrypted in the stack file. Their values are never shown. */
    readonly secretKeys: ReadonlySet<string>;
    /** The stack's file as it is written, to refuse what does not read back so. @default not looked at: where the config does not come from a file */
    readonly written?: WrittenConfig;
}

/** The config, or everything that is wrong with it. */
export type ParsedConfig<Config> = { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Validates a stack config and finds every problem at once. `raw` has the stack file's keys, without the project's name. */
export type ConfigParser<Config> = (raw: Readonly<Record<string, unknown>>, options: ParseOptions) => ParsedConfig<Config>;

/** A parser of a program's config. */
export function configParser<Config extends ParsedSettings>(form: ConfigForm<Config>): ConfigParser<WithDefaults<Config>> {
    const fields = fieldsIn(form.schema);
    const known = { fields, secretKeys: form.secrets.map(({ key }) => key) };
    return (raw, options) => {
        const keys = Object.entries(raw).filter(([key]) => !known.secretKeys.includes(key));
        const open = withoutEmptyObjects(Object.fromEntries(keys.map(([key, value]) => [key, options.secretKeys.has(key) ? redacted : value])), fields);
        const { config: resolved, problems: placeholderProblems } = resolvePlaceholders(open, open.environment === "lab", options.variables);
        const config = withKubeContext(
            mapLeaves(resolved, (leaf, path) => asDeclared(leaf, path, fields)),
            options.variables[form.contextVariable],
        );
        const ambiguous = options.written === undefined ? [] : ambiguousValues(options.written, fields);
        const told = new Set([...placeholderProblems, ...ambiguous].map(({ key }) => key));
        const parsed = form.schema.safeParse(config);
        const problems: ConfigProblem[] = [
            ...placeholderProblems,
            ...ambiguous,
            ...needlessSecrets(open, options.secretKeys, form.secrets),
            ...(parsed.error?.issues ?? [])
                .flatMap((issue) => problemsOf(issue, config, known))
                .filter(({ key, value }) => !told.has(key) && value !== shown(redacted)),
            ...form.rules.flatMap((rule) => rule(config)),
            ...form.secrets.flatMap((secret) => secretProblems(secret, raw[secret.key], open.environment, options)),
        ];
        return parsed.success && problems.length === 0 ? { ok: true, config: withDefaults(parsed.data) } : { ok: false, problems };
    };
}

/** Fills in what depends on the environment. */
function withDefaults<Config extends ParsedSettings>(config: Config): WithDefaults<Config> {
    const { approvals, checklist, environment } = config;
    const { roles = {}, requireVerifiedIdentity = environment === "prod", identities = {} } = approvals ?? {};
    return { ...config, approvals: { roles, requireVerifiedIdentity, identities }, checklist: checklist ?? defaultChecklist(environment) };
}

function defaultChecklist(environment: Environment): ChecklistConfig {
    return environment === "prod"
        ? { enforced: true, signatureDays }
        : { enforced: false, reason: `the checklist is production's, and this is ${environment}`, signatureDays };
}

/** Pulumi.yaml gives a stack without a candidate, say, the empty one, because it knows no optional key. */
function withoutEmptyObjects(config: Readonly<Record<string, unknown>>, fields: FieldNode): Readonly<Record<string, unknown>> {
    const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0;
    return Object.fromEntries(Object.entries(config).filter(([key, value]) => fields.required?.includes(key) === true || !isEmpty(value)));
}

function withKubeContext(config: unknown, kubeContext: string | undefined): unknown {
    if (kubeContext === undefined || kubeContext === "" || !isRecord(config) || !isRecord(config.cluster)) {
        return config;
    }
    return { ...config, cluster: { ...config.cluster, kubeContext } };
}

/** `pulumi config set` guesses the type of a value (`--path stable.config.size 5` becomes a number), and a placeholder is always text. The declared type decides. */
function asDeclared(leaf: unknown, path: Path, fields: FieldNode): unknown {
    const type = fieldAt(fields, path)?.type;
    if (type === "string" && (typeof leaf === "number" || typeof leaf === "boolean")) {
        return String(leaf);
    }
    const written = type === "integer" ? /^\d{1,9}$/ : type === "number" ? /^\d{1,9}(\.\d{1,9})?$/ : undefined;
    return typeof leaf === "string" && written?.test(leaf) === true ? Number(leaf) : leaf;
}
