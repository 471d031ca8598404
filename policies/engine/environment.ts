import type { Environment } from "./rule.ts";

/** Environment variable in which a pipeline says who made the change. */
export const authorVariable = "NOVA_CHANGE_AUTHOR";

const environments: readonly Environment[] = ["prod", "staging", "lab"];

/**
 * The environment that levels are chosen for: `NOVA_POLICY_ENVIRONMENT`, else the stack's name where it is one of them, else production, which is the strictest.
 *
 * @throws Error when `NOVA_POLICY_ENVIRONMENT` is set and names none.
 */
export function environmentOf(variables: Readonly<Record<string, string | undefined>>): Environment {
    const named = variables.NOVA_POLICY_ENVIRONMENT;
    const found = environments.find((environment) => environment === (named ?? variables.PULUMI_NODEJS_STACK ?? variables.PULUMI_STACK));
    if (named !== undefined && found === undefined) {
        throw new Error(`NOVA_POLICY_ENVIRONMENT is "${named}": use one of ${environments.join(", ")}`);
    }
    return found ?? "prod";
}
