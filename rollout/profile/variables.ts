/** What names of environment variables are made from: a {@link ServiceProfile} has it. */
export interface VariablePrefix {
    /**
     * Before the `_` of the environment variables that the `rollout` command reads, such as `ROLLOUT_CHANGE_AUTHOR`. Capital letters, digits and underscores.
     *
     * @default "ROLLOUT"
     */
    readonly variablePrefix?: string;
}

/**
 * An environment variable that the library reads, by the end of its name. CHANGE_AUTHOR: who made the change that is rolled out. IDENTITY: who acts, where the API server can't
 * say it. KUBECONTEXT: context of the kubeconfig, in place of the stack's. PREFLIGHT: what the preflight logs in with.
 */
export type ReadVariable = "CHANGE_AUTHOR" | "IDENTITY" | "KUBECONTEXT" | `PREFLIGHT_${string}`;

/** The whole name of a variable, by the prefix in the service's profile. */
export function variableName({ variablePrefix = "ROLLOUT" }: VariablePrefix, variable: ReadVariable): string {
    return `${variablePrefix}_${variable}`;
}
