import {
    type Context,
    type ContainerRule,
    type Environment,
    type PolicyFinding,
    type ObjectRule,
    type PodRule,
    type Reading,
    type ResourceRule,
    type Rule,
    type Settings,
    type StackRule,
    type ValuesOf,
} from "./rule.ts";
import { indexOf } from "./stack.ts";
import { takesAway } from "./patch.ts";
import { podsIn } from "./pods.ts";
import { kindOf, type KubernetesObject, objectsIn, type Pod, type Resource } from "./subject.ts";
import { Unjudgeable, whereReadable } from "./value.ts";
import { configuredWaiver, holds, type BrokenWaiver, longestTermDays, type Waiver, type WaiverTerms, waiversOn } from "./waiver.ts";

/** The rules that the engine speaks for itself: it knows best what can't be read and what is waived. */
export const engineRules = {
    readable: "manifest-readable",
    waiversValid: "waiver-valid",
    register: "waiver-register",
    waiversListed: "waiver-listed",
} as const;

/** A finding, with the rule and the resource it belongs to. */
export interface Violation {
    readonly rule: Rule;
    readonly resource: Resource;
    readonly object: KubernetesObject | undefined;
    /** Path in the resource: `spec.template.spec.containers[0].image`. */
    readonly path: string;
    readonly problem: string;
    readonly fix: string;
    /** The waiver under which it is let through. */
    readonly waiver: Waiver | undefined;
}

/** What the engine needs to know about its surroundings. */
export interface EngineOptions {
    readonly environment: Environment;
    readonly nowMs: number;
    /** Who made the change, where the setting `author` of the register does not say it. Undefined where it is not known. */
    readonly author?: string | undefined;
    /** Every rule of the pack, for what a waiver may name. @default the rules that are judged */
    readonly known?: readonly Rule[];
    /** The values of a rule's settings. */
    settings(rule: Rule): ValuesOf<Settings>;
}

/** Judges single resources, and the stack as a whole. */
export interface Engine {
    /** Violations of the rules over one resource, waived ones included. */
    judgeResource(resource: Resource): readonly Violation[];
    /** Violations of the rules over the stack, waived ones included, and what there is to say about waivers. */
    judgeStack(resources: readonly Resource[]): readonly Violation[];
}

/** One engine for all `rules`: each resource is read once, and each rule sees only what it applies to. */
export function createEngine(rules: readonly Rule[], options: EngineOptions): Engine {
    const dispatch = dispatchOf(rules);
    const waivable = new Set((options.known ?? rules).filter((rule) => rule.waivable !== false).map((rule) => rule.name));

    const contextOf = (rule: Rule): Context => ({ settings: options.settings(rule), environment: options.environment, nowMs: options.nowMs });
    const termsOf = (): WaiverTerms => {
        const { longestDays, author, holders } = dispatch.register === undefined ? {} : options.settings(dispatch.register);
        return {
            waivable,
            nowMs: options.nowMs,
            longestDays: typeof longestDays === "number" ? longestDays : longestTermDays,
            author: typeof author === "string" && author !== "" ? author : options.author,
            holders: Array.isArray(holders) ? holders.map(String) : [],
        };
    };
    const configuredWaivers = (): readonly (Waiver | BrokenWaiver)[] => {
        const waivers = dispatch.register === undefined ? undefined : options.settings(dispatch.register).waivers;
        return Array.isArray(waivers) ? waivers.map((waiver) => configuredWaiver(String(waiver), termsOf())) : [];
    };
    const waiverFor = (rule: Rule, resource: Resource, object: KubernetesObject | undefined): Waiver | undefined => {
        const configured = configuredWaivers().filter((waiver) => waiver.on === resource.name);
        const all = object === undefined ? configured : [...waiversOn(object, termsOf()), ...configured];
        return all.filter(holds).find((waiver) => waiver.rule === rule.name);
    };
    const violation = (rule: Rule, resource: Resource, object: KubernetesObject | undefined, base: string, finding: PolicyFinding): Violation => {
        const path = [object?.path, base, finding.path].filter((part) => part !== undefined && part !== "").join(".");
        return { rule, resource, object, path, problem: finding.problem, fix: finding.fix, waiver: waiverFor(rule, resource, object) };
    };
    /** Runs one rule on one subject. What the rule can't read becomes its violation. */
    const run = (
        found: Violation[],
        rule: Rule,
        resource: Resource,
        object: KubernetesObject | undefined,
        base: string,
        check: () => Iterable<PolicyFinding>,
        isPartial: (finding: PolicyFinding) => boolean = () => object?.partial === true,
    ): void => {
        try {
            for (const finding of check()) {
                if (counts(finding, object, base, isPartial(finding))) {
                    found.push(violation(rule, resource, object, base, finding));
                }
            }
        } catch (error) {
            found.push(violation(rule, resource, object, base, unjudged(error)));
        }
    };

    const judgePod = (found: Violation[], pod: Pod): void => {
        const { object } = pod;
        // What is said about a container that is written out in full counts, even where the rest of the pod is not.
        const whole = pod.containers.filter(({ partial }) => !partial).map(({ path }) => path.slice(pod.path.length + 1));
        const isPartial = ({ path }: PolicyFinding) => pod.partial && !whole.some((container) => path.startsWith(container));
        for (const rule of dispatch.podRules) {
            run(found, rule, object.resource, object, pod.path, () => rule.check(pod, contextOf(rule)), isPartial);
        }
        for (const container of pod.containers) {
            const base = container.path;
            for (const rule of dispatch.containerRules) {
                run(
                    found,
                    rule,
                    object.resource,
                    object,
                    base,
                    () => rule.check(container, contextOf(rule)),
                    () => container.partial,
                );
            }
        }
    };
    const judgeObject = (found: Violation[], object: KubernetesObject): void => {
        for (const rule of dispatch.objectRules(kindOf(object))) {
            run(found, rule, object.resource, object, "", () => rule.check(object, contextOf(rule)));
        }
        for (const { rule, reading } of dispatch.readings(kindOf(object))) {
            const { resource } = object;
            readable(found, resource, object, () => {
                for (const { path, properties } of reading.read(object)) {
                    run(found, rule, resource, object, path, () => rule.check({ ...resource, properties, provider: {} }, contextOf(rule)));
                }
            });
        }
        for (const waiver of waiversOn(object, termsOf())) {
            if (!holds(waiver) && dispatch.waiversValid !== undefined) {
                found.push(
                    violation(dispatch.waiversValid, object.resource, object, "metadata.annotations", { path: "", problem: waiver.problem, fix: waiver.fix }),
                );
            }
        }
        readable(found, object.resource, object, () => {
            for (const pod of podsIn(object)) {
                judgePod(found, pod);
            }
        });
    };
    /** Runs what reads the resource itself. Where that fails no rule could judge, which the rule `manifest-readable` reports. */
    const readable = (found: Violation[], resource: Resource, object: KubernetesObject | undefined, read: () => void): void => {
        try {
            read();
        } catch (error) {
            if (dispatch.readable !== undefined) {
                found.push(violation(dispatch.readable, resource, object, "", unjudged(error)));
            }
        }
    };

    return {
        judgeResource: (resource) => {
            const found: Violation[] = [];
            for (const rule of dispatch.resourceRules(resource.type)) {
                run(found, rule, resource, undefined, "", () => rule.check(resource, contextOf(rule)));
            }
            readable(found, resource, undefined, () => {
                for (const object of objectsIn(resource)) {
                    judgeObject(found, object);
                }
            });
            return found;
        },
        judgeStack: (resources) => {
            const found: Violation[] = [];
            const objects = resources.flatMap((resource) => whereReadable(() => objectsIn(resource)));
            const index = indexOf(resources, objects);
            for (const rule of dispatch.stackRules) {
                try {
                    for (const finding of rule.check(index, contextOf(rule))) {
                        const object = "resource" in finding.on ? finding.on : undefined;
                        if (counts(finding, object, "", object?.partial === true)) {
                            found.push(violation(rule, "resource" in finding.on ? finding.on.resource : finding.on, object, "", finding));
                        }
                    }
                } catch (error) {
                    const [first] = resources;
                    if (first !== undefined) {
                        found.push(violation(rule, first, undefined, "", unjudged(error)));
                    }
                }
            }
            judgeWaivers(found, resources, [...objects.flatMap((object) => waiversOn(object, termsOf())), ...configuredWaivers()]);
            return found;
        },
    };

    function judgeWaivers(found: Violation[], resources: readonly Resource[], waivers: readonly (Waiver | BrokenWaiver)[]): void {
        const [first] = resources;
        if (first === undefined) {
            return;
        }
        const report = (rule: Rule | undefined, path: string, problem: string, fix: string): void => {
            if (rule !== undefined) {
                found.push({ rule, resource: first, object: undefined, path, problem, fix, waiver: undefined });
            }
        };
        const holding = waivers.filter(holds);
        for (const waiver of configuredWaivers().filter((entry) => !holds(entry))) {
            report(dispatch.register, "configuration", "problem" in waiver ? waiver.problem : "", "fix" in waiver ? waiver.fix : "");
        }
        const maximum = dispatch.register === undefined ? undefined : options.settings(dispatch.register).maximum;
        if (typeof maximum === "number" && holding.length > maximum) {
            report(dispatch.register, "", `${String(holding.length)} waivers are in force, more than ${String(maximum)}`, "fix what the oldest ones waive");
        }
        for (const waiver of holding) {
            report(
                dispatch.waiversListed,
                "",
                `${waiver.on} is excepted from ${waiver.rule} until ${waiver.expires} by ${waiver.owner}: ${waiver.reason}`,
                "nothing to do before that date",
            );
        }
    }
}

/** Whether a finding counts: what a patch leaves out may be there on the object, unless the patch takes it away. */
function counts(finding: PolicyFinding, object: KubernetesObject | undefined, base: string, isPartial: boolean): boolean {
    return finding.missing !== true || !isPartial || (object !== undefined && takesAway(object.body, [base, finding.path].filter(Boolean).join(".")));
}

function unjudged(error: unknown): PolicyFinding {
    if (!(error instanceof Unjudgeable)) {
        throw error;
    }
    return error.reason === "unknown"
        ? {
              path: "",
              problem: `can't be judged in preview: ${error.message}`,
              fix: "give the field a value that does not depend on a resource that is yet to be created",
          }
        : { path: error.path, problem: `can't be judged: ${error.message}`, fix: "write the field in the form that the Kubernetes API reference gives" };
}

interface Dispatch {
    readonly containerRules: readonly ContainerRule[];
    readonly podRules: readonly PodRule[];
    readonly stackRules: readonly StackRule[];
    readonly readable: Rule | undefined;
    readonly waiversValid: Rule | undefined;
    readonly register: Rule | undefined;
    readonly waiversListed: Rule | undefined;
    objectRules(kind: string): readonly ObjectRule[];
    resourceRules(type: string): readonly ResourceRule[];
    readings(kind: string): readonly { readonly rule: ResourceRule; readonly reading: Reading }[];
}

function dispatchOf(rules: readonly Rule[]): Dispatch {
    const objectRules = rules.filter((rule) => rule.subject === "object");
    const resourceRules = rules.filter((rule) => rule.subject === "resource");
    const named = (name: string): Rule | undefined => rules.find((rule) => rule.name === name);
    return {
        containerRules: rules.filter((rule) => rule.subject === "container"),
        podRules: rules.filter((rule) => rule.subject === "pod"),
        stackRules: rules.filter((rule) => rule.subject === "stack"),
        readable: named(engineRules.readable),
        waiversValid: named(engineRules.waiversValid),
        register: named(engineRules.register),
        waiversListed: named(engineRules.waiversListed),
        objectRules: remembered((kind) => objectRules.filter((rule) => rule.kinds === "*" || rule.kinds.includes(kind))),
        readings: remembered((kind) =>
            resourceRules.flatMap((rule) => (rule.objects ?? []).filter((reading) => reading.kind === kind).map((reading) => ({ rule, reading }))),
        ),
        resourceRules: remembered((type) => resourceRules.filter((rule) => (rule.types instanceof RegExp ? rule.types.test(type) : rule.types.includes(type)))),
    };
}

function remembered<T>(compute: (key: string) => T): (key: string) => T {
    const known = new Map<string, T>();
    return (key) => {
        const value = known.get(key) ?? compute(key);
        known.set(key, value);
        return value;
    };
}
