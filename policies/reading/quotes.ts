import { Lexer } from "yaml";

/** How many quotes of one document may be indented too little. Each costs another look at the document. */
const mostQuotes = 500;

/**
 * The same document, in which the further lines of a text in quotes are indented as YAML 1.2 wants it.
 *
 * kubectl bears lines that are indented less, down to none, as some generators of custom resource definitions write them. How far they are indented has no meaning.
 */
export function withIndentedQuotes(text: string): string {
    let current = text;
    for (let round = 0; round < mostQuotes; round++) {
        const start = firstOpenQuote(current);
        const end = start === undefined ? undefined : endOfQuotes(current, start);
        if (start === undefined || end === undefined) {
            return current;
        }
        const indent = " ".repeat(start - current.lastIndexOf("\n", start));
        const indented = current.slice(0, start) + current.slice(start, end).replaceAll(/\n(?!\n)/g, `\n${indent}`) + current.slice(end);
        if (indented === current) {
            return current;
        }
        current = indented;
    }
    return current;
}

/** The offset in `other` at which the line of `offset` in `text` starts. Both have the same lines. */
export function sameLine(text: string, offset: number, other: string): number {
    let start = 0;
    for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
        start = other.indexOf("\n", start) + 1;
    }
    return start;
}

/** Offset of the first text in quotes that the parser would end before its closing quote. */
function firstOpenQuote(text: string): number | undefined {
    let offset = 0;
    for (const lexeme of new Lexer().lex(text)) {
        if (isMark(lexeme)) {
            continue;
        }
        if (/^["']/.test(lexeme) && endOfQuotes(lexeme, 0) === undefined) {
            return offset;
        }
        offset += lexeme.length;
    }
    return undefined;
}

/** The lexer says with marks of one character, which the text has not, where documents and scalars start. */
function isMark(lexeme: string): boolean {
    return /^[\u0002\u0018\u001f]$/.test(lexeme);
}

/** Offset behind the closing quote; undefined where there is none. */
function endOfQuotes(text: string, start: number): number | undefined {
    const quotes = text[start] === '"' ? /"(?:[^"\\]|\\[^])*"/y : /'(?:[^']|'')*'(?!')/y;
    quotes.lastIndex = start;
    return quotes.exec(text) === null ? undefined : quotes.lastIndex;
}
