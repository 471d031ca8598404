import { objectRule } from "../../engine/rule.ts";
import { engineRules } from "../../engine/engine.ts";

/** The engine reports under this name each waiver annotation that does not hold. */
export const waiverValid = objectRule({
    name: engineRules.waiversValid,
    title: "Each waiver names a rule, a reason, an owner and a day on which it ends, and that day is still to come.",
    severity: "high",
    level: "mandatory",
    waivable: false,
    kinds: [],
    check: () => [],
});
