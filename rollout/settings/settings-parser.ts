import type { RolloutPlan } from "../plan/plan.ts";
import { type VariablePrefix, variableName } from "../profile/variables.ts";
import { type ConfigParser, configParser } from "./parse.ts";
import { settingsRules } from "./rules.ts";
import { type RolloutSettings, settingsSchema } from "./settings.ts";

/** A parser of the config of a program with no keys of its own. */
export function settingsParser(profile: VariablePrefix & { readonly plan: RolloutPlan }): ConfigParser<RolloutSettings> {
    const contextVariable = variableName(profile, "KUBECONTEXT");
    return configParser({ schema: settingsSchema(profile.plan), rules: settingsRules, secrets: [], contextVariable });
}
