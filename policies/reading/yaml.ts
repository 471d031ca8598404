import { parseDocument } from "yaml";

import { Composer } from "./composer.ts";
import { refuseDepth } from "./depth.ts";
import { jsonAt } from "./json.ts";
import { ReadingProblem } from "./problem.ts";
import { sameLine, withIndentedQuotes } from "./quotes.ts";

/**
 * The value of one YAML document, as sigs.k8s.io/yaml reads it. What that reader and others read differently is refused.
 *
 * @param text the document, with the line breaks of Unix.
 * @throws {@link ReadingProblem}
 */
export function valueOfYaml(text: string): unknown {
    refuseCharacters(text);
    if (/^\s*[[{]/.test(text)) {
        const json = jsonAt(text, text.search(/\S/));
        if (json !== undefined && text.slice(json.end).trim() === "") {
            if (json.problem !== undefined) {
                throw json.problem;
            }
            return json.value;
        }
    }
    refuseDepth(text);
    try {
        return valueOfStructure(text);
    } catch (error) {
        return valueWithIndentedQuotes(text, error);
    }
}

/** The value of a document that could not be read as it is: quotes with little indent may be why. */
function valueWithIndentedQuotes(text: string, first: unknown): unknown {
    const indented = first instanceof ReadingProblem ? withIndentedQuotes(text) : text;
    if (indented === text) {
        throw first;
    }
    try {
        return valueOfStructure(indented);
    } catch (error) {
        throw error instanceof ReadingProblem ? new ReadingProblem(sameLine(indented, error.offset, text), error.message) : error;
    }
}

function valueOfStructure(text: string): unknown {
    // The parser finds the structure only; what a scalar means is decided here.
    const document = parseDocument(text, { schema: "failsafe", strict: false, uniqueKeys: false, merge: false, prettyErrors: false, logLevel: "error" });
    const [problem] = document.errors;
    if (problem !== undefined) {
        const message =
            problem.code === "MULTIPLE_DOCS"
                ? 'a document follows that has no "---" before it: kubectl drops it. Separate the two with a line "---"'
                : `this is no YAML: ${problem.message.split("\n", 1)[0] ?? ""}`;
        throw new ReadingProblem(problem.pos[0], message);
    }
    return document.contents === null ? null : new Composer(document.contents, text).value();
}

/** Characters that end a line for kubectl and not for others, or that kubectl refuses. */
function refuseCharacters(text: string): void {
    const found = /[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
    if (found !== null) {
        const code = `U+${(found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
        throw new ReadingProblem(
            found.index,
            /[\r\u0085\u2028\u2029]/.test(found[0])
                ? `the character ${code} ends the line for kubectl and not for every reader: replace it`
                : `the control character ${code} is not allowed in YAML: remove it`,
        );
    }
}
