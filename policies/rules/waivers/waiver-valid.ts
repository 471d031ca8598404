import { objectRule } from "../../engine/rule.ts";
import { engineRules } from "../../engine/engine.ts";

/** The engine reports under this name each waiver annotation that does not hold. */
export const waiverValid = objectRule({
    name: engineRules.waiversValid,
    title: "Each waiver names a rule, a reason, an owner who is not the author of the change, and a day within 90 days on which it ends, still to come.",
    severity: "high",
    level: "mandatory",
    waivable: false,
    kinds: [],
    check: () => [],
});
