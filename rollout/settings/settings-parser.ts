import type { RolloutPlan } from "../plan/plan.ts";
import { type ConfigParser, configParser } from "./parse.ts";
import { settingsRules } from "./rules.ts";
import { type RolloutSettings, settingsSchema } from "./settings.ts";

/** A parser of the config of a program with no keys of its own. */
export function settingsParser({ plan }: { readonly plan: RolloutPlan }): ConfigParser<RolloutSettings> {
    return configParser({ schema: settingsSchema(plan), rules: settingsRules, secrets: [], contextVariable: "ROLLOUT_KUBECONTEXT" });
}
