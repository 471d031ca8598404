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
    const state = new PackState(rules, options);
    const policies: Policies = rules.map((rule) => state.policy(rule, undefined));
    Object.defineProperty(policies, Symbol.iterator, {
        value: function* (): Generator<ResourceValidationPolicy | StackValidationPolicy> {
            const request = new Request();
            for (const rule of rules) {
                if (state.mustRun(rule, request)) {
                    yield state.policy(rule, request);
                }
            }
        },
    });
    return policies;
}

/** The same rules without the shared engine, each judging by itself: the reference of the benchmark, and how packs are usually written. */
export function separatePoliciesOf(rules: readonly Rule[], options: PackOptions): Policies {
    return rules.map((rule) => {
        const state = new PackState([rule], options);
        return state.policy(rule, undefined);
    });
}

/** What is known about the one resource, or the one stack, that a request of the runtime is about. */
class Request {
    /** Violations by rule; undefined until a policy ran. */
    violations: ReadonlyMap<Rule, readonly Violation[]> | undefined;
}

class PackState {
    readonly #rules: readonly Rule[];
    readonly #options: PackOptions;
    /** Reads the configuration of each policy, as the runtime handed it over. */
    readonly #readConfiguration = new Map<Rule, () => Record<string, unknown>>();
    readonly #settings = new Map<Rule, ValuesOf<Settings>>();
    /** Inputs of the resources seen so far. Stack rules judge them instead of the outputs, to which the cluster has added its defaults. */
    readonly #inputs = new Map<string, Resource>();
    readonly #engine;

    constructor(rules: readonly Rule[], options: PackOptions) {
        this.#rules = rules;
        this.#options = options;
        this.#engine = createEngine(rules, { ...options, settings: (rule) => this.#settingsOf(rule) });
    }

    /** Whether the runtime has to be given the policy of `rule`. */
    mustRun(rule: Rule, request: Request): boolean {
        return request.violations === undefined || !this.#readConfiguration.has(rule) || request.violations.has(rule);
    }

    policy(rule: Rule, request: Request | undefined): ResourceValidationPolicy | StackValidationPolicy {
        const described = describe(rule, this.#options.configuration?.level(rule) ?? levelIn(rule, this.#options.environment));
        if (rule.subject === "stack") {
            return {
                ...described,
                validateStack: (args, report) => {
                    this.#run(
                        rule,
                        request,
                        () => args.getConfig(),
                        report,
                        () => this.#engine.judgeStack(args.resources.map((resource) => this.#resourceInStack(resource))),
                    );
                },
            };
        }
        return {
            ...described,
            validateResource: (args, report) => {
                this.#run(
                    rule,
                    request,
                    () => args.getConfig(),
                    report,
                    () => this.#engine.judgeResource(this.#resource(args)),
                );
            },
        };
    }

    #run(
        rule: Rule,
        request: Request | undefined,
        readConfiguration: () => Record<string, unknown>,
        report: ReportViolation,
        judge: () => readonly Violation[],
    ): void {
        const current = request ?? new Request();
        if (current.violations === undefined || !this.#readConfiguration.has(rule)) {
            this.#readConfiguration.set(rule, readConfiguration);
            this.#settings.clear();
            settingsOf(rule, readConfiguration());
            current.violations = Map.groupBy(judge(), (violation) => violation.rule);
        }
        for (const violation of current.violations.get(rule) ?? []) {
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
                properties: behindProxy(resource.props),
                providerProperties: providerOf(resource.provider?.props),
            })
        );
    }
}

/** A violation as people read it: the object, what is wrong, where, and the mend. */
export function messageOf(violation: Violation): string {
    const object = violation.object === undefined ? "" : `${violation.object.kind} ${violation.object.name}: `;
    const path = violation.path === "" ? "" : ` (${violation.path})`;
    return `${object}${violation.problem}${path}. To mend: ${violation.mend}.`;
}

function describe(rule: Rule, level: Level): Policy {
    const [reference] = rule.references ?? [];
    return {
        name: rule.name,
        description: rule.title,
        severity: rule.severity,
        enforcementLevel: level,
        tags: rule.rows.map((row) => `check-${row}`),
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
