import { createEngine } from "../../../policies/engine/engine.ts";
import { readResource, resourceOfManifest } from "../../../policies/engine/resource.ts";
import { settingsOf } from "../../../policies/engine/rule.ts";
import type { Resource } from "../../../policies/engine/subject.ts";
import { rules } from "../../../policies/rules/index.ts";
import { nowMs } from "../judge.ts";
import type { AnalyzedResource } from "../runtime.ts";

/** A Kubernetes object as a manifest writes it. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly [key: string]: unknown;
}

/** A few objects, and all that the pack has to say about them in production. */
export interface Case {
    /** What is special about the objects: the end of the sentence 'the pack judges ...'. */
    readonly title: string;
    /** Manifests, and Pulumi resources of any type: patches, releases, topics. They are judged together, beside the surroundings. */
    readonly objects: readonly (Manifest | AnalyzedResource)[];
    /** Names of the rules that speak up, in any order; one that speaks up twice stands here as `name x2`. Empty for a look-alike that is as it should be. */
    readonly finds: readonly string[];
}

/** The rules that speak up about `objects`, sorted, in the form of {@link Case.finds}. */
export function findingsAbout(objects: Case["objects"]): readonly string[] {
    const resources = objects.map((object, index) => resourceOf(object, `case.yaml:${String(index + 1)}`));
    const found = [...resources.flatMap((resource) => engine.judgeResource(resource)), ...engine.judgeStack(resources)];
    const byRule = Object.groupBy(found, ({ rule }) => rule.name);
    return Object.entries(byRule)
        .map(([name, violations]) => ((violations?.length ?? 0) > 1 ? `${name} x${String(violations?.length)}` : name))
        .sort();
}

/** Production as it is: every rule, advisory ones too, with its own settings, and no configuration. */
const settings = new Map(rules.map((rule) => [rule, settingsOf(rule, {})]));
const engine = createEngine(rules, { environment: "prod", nowMs, settings: (rule) => settings.get(rule) ?? {} });

function resourceOf(object: Manifest | AnalyzedResource, source: string): Resource {
    if (!isResource(object)) {
        return resourceOfManifest(object, source);
    }
    const { type, name, properties, protect, provider, parent } = object;
    return readResource({
        urn: `urn:pulumi:prod::shop::${type}::${name}`,
        type,
        name,
        protect,
        parent,
        properties,
        providerProperties: provider?.properties ?? {},
    });
}

function isResource(object: Manifest | AnalyzedResource): object is AnalyzedResource {
    return "properties" in object;
}
