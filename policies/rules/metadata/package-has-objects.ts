import { stackRule, wrong } from "../../engine/rule.ts";
import { has } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";

const packages = /^kubernetes:(yaml|yaml\/v2|kustomize|kustomize\/v2|helm\.sh\/v\d+):(ConfigFile|ConfigGroup|Directory|Chart)$/;

/** A package whose values are unknown in a preview renders nothing there: its objects would be created before a rule has seen them. */
export const packageHasObjects = stackRule({
    name: "package-has-objects",
    title: "The objects of a chart, a configuration file or a kustomization are there to be judged.",
    severity: "high",
    level: "mandatory",
    check: (stack) => {
        const parents = new Set(stack.resources.map(({ parent }) => parent));
        return onEach(
            stack.resources.filter(({ type, properties }) => packages.test(type) && !has(properties, "kind")),
            function* (component) {
                if (!parents.has(component.urn)) {
                    yield wrong("", "it has no objects in this run: they can't be judged", "give it values that are known in preview");
                }
            },
        );
    },
});
