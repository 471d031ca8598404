import type { ForgeAuthors } from "../forge/authors.ts";
import { personOf } from "./person.ts";

/** Who made the change that is rolled out, as the API server names them; or why it can't be said. */
export type ChangeAuthors = { readonly kind: "known"; readonly identities: readonly string[] } | { readonly kind: "unknown"; readonly reason: string };

/** What {@link changeAuthors} goes by. */
export interface AuthorQuestion {
    /** What the pipeline says: logins of the forge, with blanks or commas between them. All who had a part in the change since the last step. */
    readonly told: string | undefined;
    /** Environment variable in which it says so. */
    readonly variable: string;
    /** Identity at the API server of each login of the forge: `approvals.identities` of the stack config. */
    readonly identities: Readonly<Record<string, string>>;
    /** What the forge says, where the config names one. What the pipeline says is added to it. */
    readonly forge?: ForgeAuthors;
    /** Whether each author must be in `identities`. Otherwise, one who is not has the login as identity. */
    readonly required: boolean;
}

/**
 * The authors of a change. A login of a forge and a user of an API server are different names of one person, and nothing but the config says which belong together:
 * without an entry, an author's own approval would count as another person's.
 */
export function changeAuthors({ told = "", variable, forge, identities, required }: AuthorQuestion): ChangeAuthors {
    if (required && forge?.kind === "unknown") {
        return forge;
    }
    const named = told.split(/[\s,]+/).filter((login) => login !== "");
    const logins = [...new Set([...named, ...(forge?.kind === "known" ? forge.logins : [])])];
    if (logins.length === 0) {
        return { kind: "unknown", reason: forge?.kind === "unknown" ? forge.reason : `set ${variable}` };
    }
    const known = new Map(Object.entries(identities).map(([login, identity]) => [personOf(login), identity]));
    const strangers = logins.filter((login) => !known.has(personOf(login)));
    return required && strangers.length > 0
        ? { kind: "unknown", reason: `add ${strangers.join(" and ")} to approvals.identities, with the identity at the API server` }
        : { kind: "known", identities: logins.map((login) => known.get(personOf(login)) ?? login) };
}
