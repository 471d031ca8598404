import { jsonAt } from "./json.ts";
import { ReadingProblem } from "./problem.ts";
import { sameLine } from "./quotes.ts";
import { valueOfYaml } from "./yaml.ts";

/** One document of a text: its value, or why it can't be read. */
export type ReadDocument =
    | { readonly kind: "value"; readonly value: unknown; /** Its first line, from 1. */ readonly line: number }
    | { readonly kind: "problem"; readonly problem: string; /** Line of the problem, from 1. */ readonly line: number };

/**
 * The documents in a text of YAML, of JSON, or of first one and then the other, split and read as kubectl does. None vanishes: each is a value or a problem. Empty ones are left out.
 *
 * They are read one by one, so that the memory needed is that of the largest.
 *
 * @see https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/util/yaml/decoder.go
 */
export function* documentsIn(content: string): Generator<ReadDocument> {
    const text = content.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
    const lineAt = lineCounter(text);
    let rest = 0;
    // JSON objects may follow each other with nothing between them. From the first thing on that is no such object, all is YAML.
    for (let start = objectStart(text, rest); start !== undefined; start = objectStart(text, rest)) {
        const json = jsonAt(text, start);
        if (json === undefined) {
            break;
        }
        const { value, problem, end } = json;
        yield problem === undefined
            ? { kind: "value", value, line: lineAt(start) }
            : { kind: "problem", problem: problem.message, line: lineAt(problem.offset) };
        rest = end;
    }
    for (const { start, end } of chunksIn(text, rest)) {
        const chunk = text.slice(start, end);
        const firstLine = lineAt(start + Math.max(0, chunk.search(/^(?![ \t]*(?:#|$)|---)/m)));
        try {
            const value = valueOfChunk(chunk);
            if (value !== null && value !== undefined) {
                yield { kind: "value", value, line: firstLine };
            }
        } catch (error) {
            if (!(error instanceof ReadingProblem)) {
                throw error;
            }
            yield { kind: "problem", problem: error.message, line: Math.max(firstLine, lineAt(start + error.offset)) };
        }
    }
}

/** Where the next thing starts, if it is an object in braces. */
function objectStart(text: string, from: number): number | undefined {
    const blank = /[ \t\n]*/y;
    blank.lastIndex = from;
    blank.exec(text);
    return text[blank.lastIndex] === "{" ? blank.lastIndex : undefined;
}

/** What stands between the lines of `---`. Such a line is part of the document below it: what it says besides a comment is refused there. */
function* chunksIn(text: string, from: number): Generator<{ readonly start: number; readonly end: number }> {
    let start = from;
    for (const { index } of text.matchAll(/^---/gm)) {
        // Directives belong to the document that follows.
        if (index > start && !isPrologue(text.slice(start, index))) {
            yield { start, end: index };
            start = index;
        }
    }
    yield { start, end: text.length };
}

/** Whether a chunk holds directives, such as `%YAML 1.2`, and besides at most comments. */
function isPrologue(chunk: string): boolean {
    return (
        /^%/m.test(chunk) &&
        withoutSeparator(chunk)
            .split("\n")
            .every((line) => /^(%.*|\s*(#.*)?)$/.test(line))
    );
}

function valueOfChunk(chunk: string): unknown {
    const beside = /^---[ \t]*(?![ \t#\n]|$)/m.exec(chunk);
    if (beside !== null) {
        throw new ReadingProblem(beside.index, 'kubectl reads nothing that stands on the line of a "---": write it on the next line');
    }
    const text = withoutSeparator(chunk)
        .replace(/^(\n?)\ufeff/, "$1")
        .replaceAll(/^---#/gm, "--- #")
        .replace(/\n?$/, "\n");
    try {
        return valueOfYaml(text);
    } catch (error) {
        throw error instanceof ReadingProblem ? new ReadingProblem(sameLine(text, error.offset, chunk), error.message) : error;
    }
}

/** A chunk with an empty line in the place of the separator above it. */
function withoutSeparator(chunk: string): string {
    return chunk.replace(/^---.*(\n|$)/, "\n");
}

/** Tells the line of an offset, from 1. Offsets that grow cost linear time in all. */
function lineCounter(text: string): (offset: number) => number {
    let [known, line] = [0, 1];
    return (offset) => {
        if (offset < known) {
            [known, line] = [0, 1];
        }
        for (let at = text.indexOf("\n", known); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
            line++;
        }
        known = offset;
        return line;
    };
}
