import { isCollection, isPair, isScalar, type Node, Scalar } from "yaml";

import { ReadingProblem } from "./problem.ts";

/**
 * Refuses what kubectl's parser and one of YAML 1.2 both read, but differently. A search over some hundred thousand odd documents found these.
 *
 * @param text in which the node stands.
 * @throws {@link ReadingProblem}
 */
export function refuseDifferences(node: Node, text: string): void {
    const [start = 0, end = start] = node.range ?? [];
    if (isScalar(node)) {
        const source = text.slice(start, end);
        if (node.type === Scalar.PLAIN && invisible.test(source)) {
            throw new ReadingProblem(start, "a text without quotes starts with an invisible space, which kubectl may drop: remove it");
        }
        if (node.type === Scalar.QUOTE_DOUBLE && /(?<!\\)(?:\\\\)*\\\n[ \t]*\n/.test(source)) {
            throw new ReadingProblem(start, "an empty line follows a line that ends with \\: readers differ on the line breaks. Write \\n");
        }
        const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
        if (isBlock && /^[^\n#]*\d/.test(source) && /^\s*\n[ \t]+\n/.test(text.slice(start + source.trimEnd().length))) {
            throw new ReadingProblem(
                start,
                "a block with a number for its indent ends with lines of spaces: readers differ on how many remain. Write it in quotes",
            );
        }
    }
    if (isCollection(node) && node.flow === true) {
        for (const item of node.items) {
            refuseInFlow(isPair(item) ? item.key : item, text);
            refuseInFlow(isPair(item) ? item.value : undefined, text);
        }
    }
}

/** In braces and brackets `a:b` and `a:,` are text for kubectl and a name with a value for others, and `?a` the other way round. */
function refuseInFlow(node: unknown, text: string): void {
    if (!isScalar(node) || node.type !== Scalar.PLAIN) {
        return;
    }
    const [start = 0, end = start] = node.range ?? [];
    if (/^\s*:[^ \t\n]/.test(text.slice(end, end + 80))) {
        throw new ReadingProblem(end, "write a space behind the colon: without it, kubectl takes the colon for text");
    }
    if (text[start] === "?") {
        throw new ReadingProblem(start, "a text in brackets that starts with ? is a name for kubectl: put it in quotes");
    }
}

/** Spaces of Unicode other than the space. */
const invisible = /^[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/;
