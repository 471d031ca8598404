import { defined } from "../defined.ts";
import type { RevisionReference } from "./revision.ts";

/** Two revisions of a rollout, as far as they are known. */
export interface NamedRevisions {
    readonly stable?: RevisionReference;
    readonly candidate?: RevisionReference;
}

/** What is known of a route whose record can't be read, and of the rollout on it. */
export interface WayBackQuestion {
    /** The revision that a person named, if one did. */
    readonly named?: string;
    /** What is still readable of the route's record. */
    readonly recorded: NamedRevisions;
    /** What the stack's file declares. Absent where there is no stack. */
    readonly declared?: NamedRevisions;
    /** Names of the revisions that are backends on the route. */
    readonly revisions: readonly string[];
}

/** The revision that gets everything, or why none can be said. `stable`: the same, where its content is known. */
export type WayBack =
    ({ readonly kind: "to"; readonly name: string; readonly why: string } & NamedRevisions) | { readonly kind: "refused"; readonly reason: string };

/**
 * Which revision gets all traffic of a route whose record can't be read: the one that a person names, else the one that is still named as stable, by the route itself or
 * by the stack's file, else the only one on the route. Between two it does not guess: one of them may be what is wrong.
 */
export function wayBack({ named, recorded, declared, revisions }: WayBackQuestion): WayBack {
    const stables = [recorded.stable, declared?.stable].filter((revision) => revision !== undefined);
    const candidate = recorded.candidate ?? declared?.candidate;
    const to = (name: string, why: string): WayBack => {
        const stable = stables.find((revision) => revision.name === name);
        return {
            kind: "to",
            name,
            why,
            ...defined({ stable }),
            ...(stable === undefined || candidate === undefined || candidate.name === name ? {} : { candidate }),
        };
    };
    if (named !== undefined) {
        const isCandidate = [recorded.candidate, declared?.candidate].some((revision) => revision?.name === named);
        return isCandidate ? refused(`${named} is the candidate, and no way back leads to it: name the stable revision`) : to(named, "it was named with --to");
    }
    const names = [...new Set(stables.map(({ name }) => name))];
    const choice = names.length > 0 ? names : revisions;
    const [only, ...others] = choice;
    if (only === undefined || others.length > 0) {
        const found = only === undefined ? "the route leads to no revision" : `it may be ${choice.join(" or ")}`;
        return refused(`nothing says for sure which revision is stable, ${found}: name it with --to <revision>`);
    }
    if (names.length > 0 && revisions.length > 0 && !revisions.includes(only)) {
        return refused(`${only} should be stable, and the route leads to ${revisions.join(" and ")} only: name the revision with --to <revision>`);
    }
    return to(only, names.length > 0 ? "it is named as stable" : "it is the only one on the route");
}

function refused(reason: string): WayBack {
    return { kind: "refused", reason };
}
