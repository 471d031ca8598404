import type { LedgerStore } from "../../ledger/live/store.ts";
import { checkoutOf } from "../../ledger/live/commit.ts";
import type { ForgeConfig } from "../../settings/forge.ts";
import { wordsOf } from "../../words.ts";
import { type ForgeAuthors, authorsBetween } from "../authors.ts";
import { ForgeError } from "../forge.ts";
import { changeRanges } from "../ranges.ts";
import type { ForgeLimits } from "./client.ts";
import { forgeOf } from "./forge-of.ts";

export interface ChangeAuthorsArgs {
    readonly forge: ForgeConfig;
    /** A checkout of the repository: its commit is what would be rolled out. */
    readonly folder: string;
    readonly ledger: Pick<LedgerStore, "read">;
    readonly variables: Readonly<Record<string, string | undefined>>;
    readonly limits?: Partial<ForgeLimits>;
}

/** Who made what the checkout has and the live rollout has not, by the forge and the ledger. Never throws: what can't be found out whole is unknown. */
export async function forgeAuthors({ forge, folder, ledger, variables, limits }: ChangeAuthorsArgs): Promise<ForgeAuthors> {
    try {
        const { commit, edited } = await checkoutOf(folder);
        if (commit === undefined) {
            return unknown("there is no commit here: run the command in a checkout of the repository");
        }
        if (edited) {
            return unknown("the checkout has changes that are in no commit: commit them, and have them merged");
        }
        const { intact, counting, findings } = await ledger.read();
        if (!intact) {
            return unknown(`the ledger is not whole: ${findings[0]?.text ?? "it has findings"}`);
        }
        const found = changeRanges(counting, commit);
        if (found.kind === "unknown") {
            return found;
        }
        const key = JSON.stringify([forge, found.ranges]);
        const known = answers.get(key);
        if (known !== undefined && (known.authors.kind === "known" || performance.now() - known.atMs < unknownForMs)) {
            return known.authors;
        }
        const client = await forgeOf(forge, variables, limits);
        const parts: ForgeAuthors[] = [];
        for (const range of found.ranges) {
            parts.push(await authorsBetween(client, { ...range, branch: forge.branch }));
        }
        const authors = together(parts);
        answers.set(key, { authors, atMs: performance.now() });
        return authors;
    } catch (error) {
        return unknown(error instanceof ForgeError ? error.message : `the ledger can't be read: ${wordsOf(error)}`);
    }
}

/** What was found out in this process: a watcher asks again and again, and who made two commits does not change. */
const answers = new Map<string, { readonly authors: ForgeAuthors; readonly atMs: number }>();

/** How long an answer that was none is kept, in milliseconds. */
const unknownForMs = 60_000;

function together(parts: readonly ForgeAuthors[]): ForgeAuthors {
    return (
        parts.find((part) => part.kind === "unknown") ?? {
            kind: "known",
            logins: [...new Set(parts.flatMap((part) => (part.kind === "known" ? part.logins : [])))],
        }
    );
}

function unknown(reason: string): ForgeAuthors {
    return { kind: "unknown", reason };
}
