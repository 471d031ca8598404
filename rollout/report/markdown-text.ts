import { withoutSecrets } from "../ledger/redaction.ts";
import { withVisibleControls } from "./markup.ts";

/** Most characters of one text. What comes from a stack, a cluster or a person may be of any length, and a forge refuses a comment that is too long as a whole. */
const mostCharacters = 1_000;

/** Stands between the characters of what a forge would turn into a link, a mention or a reference. Readers of Markdown look for those in the text that they have made, so that a backslash or an entity hides none. */
const apart = "\u200B";

/**
 * Text from anywhere as Markdown that shows it as it is: on one line, with everything escaped that begins markup, a cell, a heading or HTML, with nothing that becomes a link, a mention or a reference
 * to an issue, without what looks like a secret, and cut where it is long. Readers of Markdown differ in what they let through, so nothing is left to them. All text goes into Markdown by this function.
 */
export function inline(text: string): string {
    return (
        withVisibleControls(shortened(withoutSecrets(text.replaceAll(/\s+/g, " ").trim())))
            .replaceAll("&", "&amp;")
            .replaceAll("<", "&lt;")
            .replaceAll(">", "&gt;")
            .replaceAll(/[\\`*_{}[\]()#+!|~$^]/g, String.raw`\$&`)
            .replaceAll(/^(?:[-=](?=[\s=-])|\d+(?=[.)](?:\s|$)))/g, (start) => (/\d/.test(start) ? `${start}${apart}` : `\\${start}`))
            // GitLab runs a line that begins so.
            .replaceAll(/^\/(?=\w)/g, `/${apart}`)
            .replaceAll(
                /(?<=[@#!$%~^])(?=\w)|(?<=&amp;)(?=\d)|(?<=:)(?=\/\/)|(?<=\b(?:mailto|xmpp):)|(?<=\bwww)(?=\.)|(?<=\bGH-)(?=\d)|(?<=:)(?=[a-z+\\][\w+\\-]*:)/gi,
                apart,
            )
            // The name of a commit, alone: of a digest it is a part.
            .replaceAll(/(?<![\w:-])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)([0-9a-f])(?=[0-9a-f]{6,39}(?!\w))/g, `$1${apart}`)
    );
}

/** A table; `without` in its place where there are no rows. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[], without = ""): string {
    const line = (cells: readonly string[]): string => `| ${cells.map(inline).join(" | ")} |`;
    return rows.length === 0 ? without : [line(columns), `|${" --- |".repeat(columns.length)}`, ...rows.map(line)].join("\n");
}

function shortened(text: string): string {
    if (text.length <= mostCharacters) {
        return text;
    }
    // A pair of units that is one character is not cut in two.
    const kept = text.slice(0, mostCharacters).replace(/[\uD800-\uDBFF]$/, "");
    return `${kept}... (${(text.length - kept.length).toLocaleString("en-US")} characters more)`;
}
