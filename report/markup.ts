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

/** A section with its heading. */
export function section(id: string, heading: string, body: Cell | readonly Cell[]): Markup {
    return html`<section id="${id}" aria-labelledby="${id}-heading">
        <h2 id="${id}-heading">${heading}</h2>
        ${body}
    </section>`;
}

/** A word for a state. The colour says nothing that the word does not. */
export function badge(word: string, tone: "good" | "wait" | "bad" | "plain"): Markup {
    return html`<span class="badge ${tone}">${word}</span>`;
}

/** A time of the ledger, which a browser can read too. */
export function time(iso: string, shown: string): Markup {
    return html`<time datetime="${iso}">${shown}</time>`;
}
