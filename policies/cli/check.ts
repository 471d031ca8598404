import { type Configuration, type Level } from "../engine/configuration.ts";
import { createEngine, type Violation } from "../engine/engine.ts";
import { type Environment, type Rule, settingsOf } from "../engine/rule.ts";
import type { Manifest } from "./manifests.ts";

/** A violation with its level and its place in the files. */
export interface Reported {
    readonly violation: Violation;
    readonly level: Exclude<Level, "disabled">;
    readonly file: string;
    readonly line: number;
}

/** What a check found. */
export interface CheckResult {
    readonly objects: number;
    readonly reported: readonly Reported[];
    /** Violations that a waiver lets through. */
    readonly waived: readonly Reported[];
}

/** What a check depends on. */
export interface CheckOptions {
    readonly rules: readonly Rule[];
    readonly environment: Environment;
    readonly configuration: Configuration;
    readonly nowMs: number;
    /** Minor version of Kubernetes 1 for the rules that depend on it. Undefined: theirs. */
    readonly kubernetesMinor: number | undefined;
    /** Who made the change. Undefined where it is not known. */
    readonly author?: string | undefined;
}

/** Runs every rule that is not disabled on `manifests`: first each by itself, then all together. */
export function check(manifests: readonly Manifest[], options: CheckOptions): CheckResult {
    const { configuration, environment, nowMs, kubernetesMinor, author } = options;
    const rules = options.rules.filter((rule) => configuration.level(rule) !== "disabled");
    const settings = new Map(
        rules.map((rule) => {
            const version = kubernetesMinor !== undefined && rule.settings !== undefined && "kubernetesMinor" in rule.settings ? { kubernetesMinor } : {};
            return [rule, settingsOf(rule, { ...configuration.settings(rule), ...version })];
        }),
    );
    const engine = createEngine(rules, { environment, nowMs, author, settings: (rule) => settings.get(rule) ?? {} });
    const resources = manifests.map(({ resource }) => resource);
    const found = [...resources.flatMap((resource) => engine.judgeResource(resource)), ...engine.judgeStack(resources)];
    const places = new Map(manifests.map((manifest) => [manifest.resource, manifest]));
    const entries = found.flatMap((violation): Reported[] => {
        const level = configuration.level(violation.rule);
        const place = places.get(violation.resource);
        return level === "disabled" ? [] : [{ violation, level, file: place?.file ?? "-", line: place?.line ?? 1 }];
    });
    const [reported = [], waived = []] = [false, true].map((isWaived) => entries.filter(({ violation }) => (violation.waiver !== undefined) === isWaived));
    return { objects: resources.length, reported, waived };
}
