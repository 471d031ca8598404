import { stackRule } from "../../engine/rule.ts";
import { engineRules } from "../../engine/engine.ts";

/** The engine lists under this name every waiver in force, at the end of each run. */
export const waiverListed = stackRule({
    name: engineRules.waiversListed,
    title: "Each run ends with the list of waivers in force.",
    severity: "low",
    level: "advisory",
    waivable: false,
    check: () => [],
});
