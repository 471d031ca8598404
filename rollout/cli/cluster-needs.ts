import { type ClusterNeeds, rolloutKinds } from "../doctor/needs.ts";
import type { Session } from "./session.ts";

/** What the program of a session needs of a cluster: what it says itself, or what a rollout alone declares. @throws {Error} where the stack's config can't be used. */
export async function clusterNeedsOf({ stack, target }: Pick<Session, "stack" | "target">): Promise<ClusterNeeds> {
    const said = stack === undefined ? undefined : await stack.program.needs?.(stack.file.config(process.env));
    return said ?? { kinds: rolloutKinds(target.namespace) };
}
