import type {
    Policies,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
} from "@pulumi/policy";

import { behindProxy } from "./copy.ts";
import type { Configuration, Level } from "./configuration.ts";
import { createEngine, type Violation } from "./engine.ts";
import { type Environment, levelIn, type Rule, type Settings, settingsOf, type ValuesOf } from "./rule.ts";
import { readResource } from "./resource.ts";
import type { Resource } from "./subject.ts";

/** Surroundings of the pack. */
export interface PackOptions {
    readonly environment: Environment;
    readonly nowMs: number;
    /** Who made the change. Undefined where it is not known. */
    readonly author?: string | undefined;
    /** Levels and settings that hold where the CLI is given none: those of a project's own. @default none */
    readonly configuration?: Configuration;
}

type StackResource = StackValidationArgs["resources"][number];

/**
 * The rules as policies: each under its own name, level and configuration, all judged by one engine.
 *
 * The policy runtime reads a resource anew for each policy it runs, which with many rules is nearly all of the time. It walks the list once a request, so the
 * list hands out policies as they are needed: the first one that runs judges the resource for all rules, and after it only those that found something, or whose
 * configuration is not known yet. A runtime that copied the list beforehand would run each policy by itself: slower, with the same result.
 */
export function policiesOf(rules: readonly Rule[], options: PackOptions): Policies {
    const state = new PackState(rules, rules, options);
    const policies = separatePoliciesOf(rules, options);
    Object.defineProperty(policies, Symbol.iterator, { value: () => state.policiesForRequest() });
    return policies;
}

/** The same rules without the shared engine, each judging by itself: the reference of the benchmark, and how packs are usually written. */
export function separatePoliciesOf(rules: readonly Rule[], options: PackOptions): Policies {
    return rules.map((rule) => new PackState([rule], rules, options).policy(rule, {}));
}

/** What is known about the one resource, or the one stack, that a request of the runtime is about. */
interface Request {
    /** What the request is about; undefined until a policy ran. */
    about?: "resource" | "stack";
    /** Violations by rule. */
    violations?: ReadonlyMap<Rule, readonly Violation[]>;
}

type ReadConfiguration = () => Record<string, unknown>;

class PackState {
    readonly #rules: readonly Rule[];
    readonly #options: PackOptions;
    /** Reads the configuration of each policy, as the runtime handed it over. Only for rules that have settings. */
    readonly #readConfiguration = new Map<Rule, ReadConfiguration>();
    readonly #settings = new Map<Rule, ValuesOf<Settings>>();
    /** Inputs of the resources seen so far. Stack rules judge them instead of the outputs, to which the cluster has added its defaults. */
    readonly #inputs = new Map<string, Resource>();
    readonly #engine;

    constructor(rules: readonly Rule[], known: readonly Rule[], options: PackOptions) {
        this.#rules = rules;
        this.#options = options;
        this.#engine = createEngine(rules, { ...options, known, settings: (rule) => this.#settingsOf(rule) });
    }

    /** The policies that one request of the runtime needs. */
    *policiesForRequest(): Generator<ResourceValidationPolicy | StackValidationPolicy> {
        const request: Request = {};
        for (const rule of this.#rules) {
            const isLearned = rule.settings === undefined || this.#readConfiguration.has(rule);
            const subject = rule.subject === "stack" ? "stack" : "resource";
            if (request.about === undefined || (request.about === subject && (!isLearned || request.violations?.has(rule) === true))) {
                yield this.policy(rule, request);
            } else if (!isLearned && request.about === "resource") {
                yield this.#probe(rule);
            }
        }
    }

    /** The policy of a rule, for a request; for an empty one, it judges by itself. */
    policy(rule: Rule, request: Request): ResourceValidationPolicy | StackValidationPolicy {
        const described = this.#described(rule);
        const ofItsOwn = !this.#rules.includes(rule) || this.#rules.length === 1;
        return rule.subject === "stack"
            ? {
                  ...described,
                  validateStack: (args, report) => {
                      const judge = () => this.#engine.judgeStack(args.resources.map((resource) => this.#resourceInStack(resource)));
                      this.#run(rule, ofItsOwn ? {} : request, "stack", () => args.getConfig(), report, judge);
                  },
              }
            : {
                  ...described,
                  validateResource: (args, report) => {
                      const judge = () => this.#engine.judgeResource(this.#resource(args));
                      this.#run(rule, ofItsOwn ? {} : request, "resource", () => args.getConfig(), report, judge);
                  },
              };
    }

    /** A stack rule's policy for the request of a resource: it only learns its configuration, which saves the stack's request from reading every resource once more for it. */
    #probe(rule: Rule): ResourceValidationPolicy {
        return {
            ...this.#described(rule),
            validateResource: (args) => {
                this.#readConfiguration.set(rule, () => args.getConfig());
            },
        };
    }

    #described(rule: Rule): Policy {
        return describe(rule, this.#options.configuration?.level(rule) ?? levelIn(rule, this.#options.environment));
    }

    #run(
        rule: Rule,
        request: Request,
        about: "resource" | "stack",
        readConfiguration: ReadConfiguration,
        report: ReportViolation,
        judge: () => readonly Violation[],
    ): void {
        const isLearned = this.#readConfiguration.has(rule);
        this.#readConfiguration.set(rule, readConfiguration);
        const configured = readConfiguration();
        // A configuration that came after the request began makes its judgement stale.
        if (request.violations === undefined || (!isLearned && Object.keys(configured).length > 0)) {
            this.#settings.clear();
            settingsOf(rule, configured);
            request.about = about;
            request.violations = Map.groupBy(judge(), (violation) => violation.rule);
        }
        for (const violation of request.violations.get(rule) ?? []) {
            if (violation.waiver === undefined) {
                report(messageOf(violation), violation.resource.urn);
            }
        }
    }

    #settingsOf(rule: Rule): ValuesOf<Settings> {
        let settings = this.#settings.get(rule);
        if (settings === undefined) {
            settings = settingsOf(rule, { ...this.#options.configuration?.settings(rule), ...this.#readConfiguration.get(rule)?.() });
            this.#settings.set(rule, settings);
        }
        return settings;
    }

    #resource(args: ResourceValidationArgs): Resource {
        const { urn, type, name } = args;
        const resource = readResource({
            urn,
            type,
            name,
            protect: args.opts.protect,
            parent: args.opts.parent,
            properties: behindProxy(args.props),
            providerProperties: providerOf(args.provider?.props),
        });
        this.#inputs.set(urn, resource);
        return resource;
    }

    #resourceInStack(resource: StackResource): Resource {
        const { urn, type, name } = resource;
        return (
            this.#inputs.get(urn) ??
            readResource({
                urn,
                type,
                name,
                protect: resource.opts.protect,
                parent: resource.opts.parent ?? resource.parent?.urn,
                properties: behindProxy(resource.props),
                providerProperties: providerOf(resource.provider?.props),
            })
        );
    }
}

/** A violation as people read it: the object, what is wrong, where, and the fix. */
export function messageOf(violation: Violation): string {
    const object = violation.object === undefined ? "" : `${violation.object.kind} ${violation.object.name}: `;
    const path = violation.path === "" ? "" : ` (${violation.path})`;
    return `${object}${violation.problem}${path}. To fix: ${violation.fix}.`;
}

function describe(rule: Rule, level: Level): Policy {
    const [reference] = rule.references ?? [];
    return {
        name: rule.name,
        description: rule.title,
        severity: rule.severity,
        enforcementLevel: level,
        ...(rule.settings === undefined ? {} : { configSchema: { properties: schemaOf(rule.settings) } }),
        ...(reference === undefined ? {} : { framework: { name: reference.framework, version: "", reference: reference.control, specification: "" } }),
    };
}

type SchemaProperties = NonNullable<Policy["configSchema"]>["properties"];

function schemaOf(settings: Settings): SchemaProperties {
    return Object.fromEntries(
        Object.entries(settings).map(([key, setting]): [string, SchemaProperties[string]] => [
            key,
            setting.type === "array"
                ? { type: "array", items: { type: setting.items.type }, default: [...setting.default], description: setting.description }
                : { type: setting.type, default: setting.default, description: setting.description },
        ]),
    );
}

/** What rules look at in a provider. A kubeconfig or a password is not even read. */
const providerSettings = ["namespace", "tlsEnabled", "skipTlsVerify", "sslmode"] as const;

function providerOf(properties: Record<string, unknown> | undefined): object {
    const target = properties === undefined ? {} : behindProxy(properties);
    return Object.fromEntries(providerSettings.map((key): [string, unknown] => [key, Reflect.get(target, key)]));
}
