import type { ResourceTransformationArgs, ResourceTransformationResult } from "@pulumi/pulumi";

/** Packages in whose name the library's components were declared up to release 0.1: `nova:rollout:ProgressiveRollout`. */
const formerPackages = ["nova", "rollout"] as const;

/**
 * Gives each component of the library the types that it had before, as aliases, for the `transformations` of the components that a stack declares.
 *
 * A stack that was deployed under the former types keeps every object: the engine finds the component by its alias, and what is in it by the alias of its parent. Without this it
 * would delete all of them and make them anew. It can go when each stack was updated once.
 *
 * It is done here and not in the library, since other programs have no such past. `transforms`, the newer option, would send each component's options to the engine and back, and
 * doesn't keep apart what was not said from what was said to be false.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/options/aliases/
 */
export function withFormerTypes({ type, props, opts }: Omit<ResourceTransformationArgs, "resource">): ResourceTransformationResult | undefined {
    const own = /^progressive-rollout:(.+)$/.exec(type)?.[1];
    return own === undefined
        ? undefined
        : { props, opts: { ...opts, aliases: [...(opts.aliases ?? []), ...formerPackages.map((former) => ({ type: `${former}:${own}` }))] } };
}
