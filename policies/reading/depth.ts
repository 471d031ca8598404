import { Lexer, Parser } from "yaml";

import { ReadingProblem } from "./problem.ts";

/** How deep a document may nest before it is refused: far deeper than any Kubernetes object, far below what overflows the stack. */
export const deepest = 500;

/** What is said of a document that nests deeper. */
export const tooDeep = "this nests too deep to be a Kubernetes object";

/** Lexemes that the lexer adds, and that are not in the text: the start of a document, an end of a flow that is missing, the start of a scalar. */
const added: ReadonlySet<string> = new Set(["\u0002", "\u0018", "\u001f"]);

/**
 * Refuses a text of YAML that nests deeper than {@link deepest}. The composer of the YAML library calls itself for each level, and where the stack ends depends on what the
 * machine has compiled by then; its parser counts levels without that.
 *
 * @throws {@link ReadingProblem}
 */
export function refuseDepth(text: string): void {
    const parser = new Parser();
    let offset = 0;
    for (const lexeme of new Lexer().lex(text)) {
        // The parser goes on only as what it makes is taken. Whole documents are of no use here: the open levels count.
        Array.from(parser.next(lexeme));
        if (parser.stack.length > deepest) {
            throw new ReadingProblem(offset, tooDeep);
        }
        offset += added.has(lexeme) ? 0 : lexeme.length;
    }
}
