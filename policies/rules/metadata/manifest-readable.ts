import { objectRule } from "../../engine/rule.ts";
import { engineRules } from "../../engine/engine.ts";

/** The engine reports under this name what kept it from giving an object to the other rules. */
export const manifestReadable = objectRule({
    name: engineRules.readable,
    title: "Each object can be read well enough to be judged.",
    severity: "high",
    level: "mandatory",
    kinds: [],
    check: () => [],
});
