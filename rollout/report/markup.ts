import { html } from "hono/html";

/** HTML in which everything that was put in is escaped, unless it was HTML already. */
export type Markup = ReturnType<typeof html>;

/** What may stand in a cell: text, which is escaped, or markup. */
export type Cell = string | Markup;

/** A table of a report. */
export interface TableArgs {
    readonly caption: string;
    /** Headings, the one of the first column included. */
    readonly columns: readonly string[];
    /** The first cell of a row is its heading. */
    readonly rows: readonly (readonly Cell[])[];
    /** Said in place of a table without rows. */
    readonly without: string;
}

/**
 * A table that a screen reader can tell cell by cell: a caption, and headings with their scope. On a narrow screen it scrolls by itself, also by keyboard,
 * and the page does not.
 */
export function table({ caption, columns, rows, without }: TableArgs): Markup {
    if (rows.length === 0) {
        return html`<p>${without}</p>`;
    }
    return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
        <table>
            <caption>
                ${caption}
            </caption>
            <thead>
                <tr>
                    ${columns.map((column) => html`<th scope="col">${column}</th>`)}
                </tr>
            </thead>
            <tbody>
                ${rows.map(
                    ([first = "", ...others]) =>
                        html`<tr>
                            <th scope="row">${first}</th>
                            ${others.map((cell) => html`<td>${cell}</td>`)}
                        </tr>`,
                )}
            </tbody>
        </table>
    </div>`;
}

/** What comes next, at the same place on every page. */
export function nextUp(next: string): Markup {
    return html`<dl>
        <div>
            <dt>Next</dt>
            <dd id="next">${next}</dd>
        </div>
    </dl>`;
}

/** A section with its heading. */
export function section(id: string, heading: string, body: Cell | readonly Cell[]): Markup {
    return html`<section id="${id}" aria-labelledby="${id}-heading">
        <h2 id="${id}-heading">${heading}</h2>
        ${body}
    </section>`;
}

/** How a state is coloured. */
export type Tone = "good" | "wait" | "bad" | "plain";

/** A word for a state. The colour says nothing that the word does not. */
export function badge(word: string, tone: Tone): Markup {
    return html`<span class="badge ${tone}">${word}</span>`;
}

/**
 * A finished page in which invisible characters are shown by their number: a bidirectional override could make the text around it read in another
 * order, and a zero-width space could make two names look the same. None of them is markup, so that this holds for text and for attributes.
 */
export function withVisibleControls(page: string): string {
    return page.replaceAll(unseen, (character) => `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`);
}

/** Control characters but for line breaks and tabs, and format characters: Unicode's categories Cc and Cf. */
const unseen = /(?![\t\n\r])[\p{Cc}\p{Cf}]/gu;

/** A time of the ledger, which a browser can read too. */
export function time(iso: string, shown: string): Markup {
    return html`<time datetime="${iso}">${shown}</time>`;
}
