import type { Container, KubernetesObject, Pod, Resource } from "./subject.ts";
import type { StackIndex } from "./stack.ts";
import type { Fields } from "./value.ts";

/** What a rule reports: where, what is wrong, and what fixes it. No finding ever quotes a value that may be a secret. */
export interface PolicyFinding {
    /** Where, below what the rule was given: `securityContext.privileged`. */
    readonly path: string;
    readonly problem: string;
    readonly fix: string;
    /** Something that should be there is absent. A patch that leaves a field out says nothing about it, so such findings are dropped for patches. */
    readonly missing?: true;
}

/** A finding of a rule over the whole stack, which has to say on what. */
export interface StackFinding extends PolicyFinding {
    readonly on: KubernetesObject | Resource;
}

/** Something is there and should not be, or has the wrong value. */
export function wrong(path: string, problem: string, fix: string): PolicyFinding {
    return { path, problem, fix };
}

/** Something should be there and is not. */
export function missing(path: string, problem: string, fix: string): PolicyFinding {
    return { path, problem, fix, missing: true };
}

/** Where a rule comes from, as people look it up. */
export interface Reference {
    readonly framework:
        | "Pod Security Standards"
        | "NSA/CISA Kubernetes Hardening Guide"
        | "CIS Kubernetes Benchmark"
        | "Kubernetes documentation"
        | "Production deployment checklist";
    /** Section or control: `restricted: Privilege Escalation`, `5.2.6`. */
    readonly control: string;
}

/** One setting of a rule: its JSON schema, with the default. */
export type Setting =
    | { readonly type: "integer" | "number"; readonly default: number; readonly description: string; readonly minimum?: number; readonly maximum?: number }
    | { readonly type: "boolean"; readonly default: boolean; readonly description: string }
    | { readonly type: "string"; readonly default: string; readonly description: string }
    | {
          readonly type: "array";
          readonly items: { readonly type: "string" | "number" };
          readonly default: readonly (string | number)[];
          readonly description: string;
      };

/** The settings of a rule, by name. */
export type Settings = Readonly<Record<string, Setting>>;

/** The values of settings, as a rule gets them. */
export type ValuesOf<S extends Settings> = {
    readonly [Name in keyof S]: S[Name]["type"] extends "integer" | "number"
        ? number
        : S[Name]["type"] extends "boolean"
          ? boolean
          : S[Name]["type"] extends "string"
            ? string
            : S[Name] extends { readonly items: { readonly type: "number" } }
              ? readonly number[]
              : readonly string[];
};

/** Where the checked stack runs. */
export type Environment = "prod" | "staging" | "lab";

/** What a rule may know besides what it checks. */
export interface Context<S extends Settings = Settings> {
    readonly settings: ValuesOf<S>;
    readonly environment: Environment;
    /** The time of the check, in milliseconds since 1970. */
    readonly nowMs: number;
}

interface Described<S extends Settings> {
    /** Kebab case, unique in the pack. It is the policy's name in the CLI, in configuration and in waivers. */
    readonly name: string;
    /** One sentence: what must hold, and why. */
    readonly title: string;
    readonly severity: "low" | "medium" | "high" | "critical";
    /** `mandatory` blocks; `advisory` warns. */
    readonly level: "mandatory" | "advisory";
    /** The level in staging, where it is softer. */
    readonly staging?: "advisory";
    readonly references?: readonly Reference[];
    readonly settings?: S;
    /** False for the rules that guard waivers. Default true. */
    readonly waivable?: false;
}

/** Runs on each container of each pod: containers, init containers and ephemeral ones. */
export interface ContainerRule<S extends Settings = Settings> extends Described<S> {
    readonly subject: "container";
    check(container: Container, context: Context<S>): Iterable<PolicyFinding>;
}

/** Runs on each pod or pod template, whichever kind of object holds it. */
export interface PodRule<S extends Settings = Settings> extends Described<S> {
    readonly subject: "pod";
    check(pod: Pod, context: Context<S>): Iterable<PolicyFinding>;
}

/** Runs on each Kubernetes object of the kinds, whichever way it is declared. */
export interface ObjectRule<S extends Settings = Settings> extends Described<S> {
    readonly subject: "object";
    /** `group/Kind`, such as `apps/Deployment`; the core group is `core`. `*` is every object. */
    readonly kinds: readonly string[] | "*";
    check(object: KubernetesObject, context: Context<S>): Iterable<PolicyFinding>;
}

/** Runs on each resource of the Pulumi types, Kubernetes or not. */
export interface ResourceRule<S extends Settings = Settings> extends Described<S> {
    readonly subject: "resource";
    /** Pulumi type tokens, such as `kafka:index/topic:Topic`, or what they look like. */
    readonly types: readonly string[] | RegExp;
    /** Kubernetes objects that declare the same, such as a KafkaTopic of Strimzi: how they read in the form of the types. */
    readonly objects?: readonly Reading[];
    check(resource: Resource, context: Context<S>): Iterable<PolicyFinding>;
}

/** How a custom resource declares what a Pulumi type declares. */
export interface Reading {
    /** `group/Kind`. */
    readonly kind: string;
    /** The properties in the form of the Pulumi type, one entry for each that the object declares, with their path in the object. @throws Unjudgeable */
    read(object: KubernetesObject): readonly { readonly path: string; readonly properties: Fields }[];
}

/** Runs once over everything, with one index of the stack. */
export interface StackRule<S extends Settings = Settings> extends Described<S> {
    readonly subject: "stack";
    check(stack: StackIndex, context: Context<S>): Iterable<StackFinding>;
}

/** A rule: data, and a pure function. */
export type Rule = ContainerRule | PodRule | ObjectRule | ResourceRule | StackRule;

/** Declares a rule over containers; it only gives the settings their types. */
export function containerRule<const S extends Settings = Settings>(rule: Omit<ContainerRule<S>, "subject">): ContainerRule<S> {
    return { subject: "container", ...rule };
}

/** Declares a rule over pods. */
export function podRule<const S extends Settings = Settings>(rule: Omit<PodRule<S>, "subject">): PodRule<S> {
    return { subject: "pod", ...rule };
}

/** Declares a rule over objects. */
export function objectRule<const S extends Settings = Settings>(rule: Omit<ObjectRule<S>, "subject">): ObjectRule<S> {
    return { subject: "object", ...rule };
}

/** Declares a rule over Pulumi resources. */
export function resourceRule<const S extends Settings = Settings>(rule: Omit<ResourceRule<S>, "subject">): ResourceRule<S> {
    return { subject: "resource", ...rule };
}

/** Declares a rule over the stack. */
export function stackRule<const S extends Settings = Settings>(rule: Omit<StackRule<S>, "subject">): StackRule<S> {
    return { subject: "stack", ...rule };
}

/** The level of `rule` in `environment`: a lab is judged like production, so that what passes there passes here. */
export function levelIn(rule: Rule, environment: Environment): "mandatory" | "advisory" {
    return environment === "staging" ? (rule.staging ?? rule.level) : rule.level;
}

/**
 * The values of a rule's settings: what is configured, and the defaults for the rest.
 *
 * @throws Error that names the rule, the setting and the fix, when a configured value has the wrong type or no such setting exists.
 */
export function settingsOf(rule: Rule, configured: Readonly<Record<string, unknown>>): ValuesOf<Settings> {
    const schema = rule.settings ?? {};
    for (const key of Object.keys(configured)) {
        if (!Object.hasOwn(schema, key)) {
            const known = Object.keys(schema);
            throw new Error(`policy configuration: ${rule.name} has no setting "${key}"; ${known.length === 0 ? "it has none" : `it has ${known.join(", ")}`}`);
        }
    }
    const values: Record<string, number | boolean | string | readonly (string | number)[]> = {};
    for (const [key, setting] of Object.entries(schema)) {
        values[key] = valueOf(rule.name, key, setting, configured[key]);
    }
    // The one place where types can't follow: the schema just checked is what the mapped type is derived from.
    return values as ValuesOf<Settings>;
}

function valueOf(rule: string, key: string, setting: Setting, value: unknown): number | boolean | string | readonly (string | number)[] {
    if (value === undefined) {
        return setting.default;
    }
    const wanted = setting.type === "array" ? `a list of ${setting.items.type}s` : setting.type === "boolean" ? "true or false" : `a ${setting.type}`;
    if (setting.type === "array" && Array.isArray(value)) {
        const entries = value.filter((entry): entry is string | number => typeof entry === setting.items.type);
        if (entries.length === value.length) {
            return entries;
        }
    }
    if (setting.type === "boolean" && typeof value === "boolean") {
        return value;
    }
    if (setting.type === "string" && typeof value === "string") {
        return value;
    }
    if (
        (setting.type === "number" || setting.type === "integer") &&
        typeof value === "number" &&
        (setting.type === "number" || Number.isInteger(value)) &&
        value >= (setting.minimum ?? -Infinity) &&
        value <= (setting.maximum ?? Infinity)
    ) {
        return value;
    }
    const { minimum, maximum } = setting.type === "number" || setting.type === "integer" ? setting : {};
    const atLeast = minimum === undefined ? "" : maximum === undefined ? ` of at least ${String(minimum)}` : ` from ${String(minimum)} to ${String(maximum)}`;
    throw new Error(`policy configuration: ${rule}.${key} is ${JSON.stringify(value)}, but should be ${wanted}${atLeast}`);
}
