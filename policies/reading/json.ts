import { deepest, tooDeep } from "./depth.ts";
import { ReadingProblem } from "./problem.ts";

/** A JSON value in a longer text. */
export interface JsonValue {
    readonly value: unknown;
    /** Offset behind its last character. */
    readonly end: number;
    /** Why it is refused: two readers read it differently. */
    readonly problem?: ReadingProblem;
}

/** The JSON value that starts at `from`, or undefined where there is none. A name that stands twice in an object, a number that is too large and too many levels are problems. */
export function jsonAt(text: string, from: number): JsonValue | undefined {
    const extent = extentOf(text, from);
    if (extent === undefined) {
        return undefined;
    }
    const { end, twice, tooDeepAt } = extent;
    if (tooDeepAt !== undefined) {
        return { value: undefined, end, problem: new ReadingProblem(tooDeepAt, tooDeep) };
    }
    const source = text.slice(from, end);
    let value: unknown;
    try {
        value = JSON.parse(source);
    } catch (error) {
        if (error instanceof SyntaxError) {
            return undefined;
        }
        throw error;
    }
    if (twice !== undefined) {
        return {
            value,
            end,
            problem: new ReadingProblem(twice.offset, `the name ${twice.name.slice(0, 80)} stands twice in one object: readers take one or the other`),
        };
    }
    const refused = /\d[eE]\+?\d{3}|\d{309}|\\u[dD][89a-fA-F]/.test(source) ? refusal(value) : undefined;
    if (refused !== undefined) {
        return { value, end, problem: new ReadingProblem(from, refused) };
    }
    return { value, end };
}

interface Extent {
    readonly end: number;
    /** The first name that its object has already. */
    readonly twice?: { readonly offset: number; readonly name: string };
    /** Where more levels than {@link deepest} are open for the first time. */
    readonly tooDeepAt?: number;
}

/** How far the value reaches. Whether it is JSON in all its details is for `JSON.parse` to say. */
function extentOf(text: string, from: number): Extent | undefined {
    const token = /[ \t\r\n,:]*(?:("(?:[^"\\]|\\.)*")([ \t\r\n]*:)?|([[{])|([\]}])|[^\s"[\]{},:]+)/sy;
    token.lastIndex = from;
    /** For each open bracket the names of its object so far; a list has none. */
    const open: Set<string>[] = [];
    let twice: Extent["twice"];
    let tooDeepAt: number | undefined;
    for (let match = token.exec(text); match !== null; match = token.exec(text)) {
        const [whole, string, colon, opening, closing] = match;
        if (opening !== undefined) {
            open.push(new Set());
            if (open.length > deepest) {
                tooDeepAt ??= match.index;
            }
        } else if (closing !== undefined) {
            open.pop();
        } else if (string !== undefined && colon !== undefined) {
            const name = string.includes("\\") ? unescaped(string) : string;
            const names = open.at(-1);
            if (names?.has(name) === true) {
                twice ??= { offset: match.index + whole.indexOf(string), name: string };
            }
            names?.add(name);
        }
        if (open.length === 0) {
            return { end: token.lastIndex, ...(twice === undefined ? {} : { twice }), ...(tooDeepAt === undefined ? {} : { tooDeepAt }) };
        }
    }
    return undefined;
}

function unescaped(string: string): string {
    try {
        return JSON.stringify(JSON.parse(string));
    } catch {
        return string;
    }
}

/** Why a part of `value` is refused. */
function refusal(value: unknown): string | undefined {
    if (typeof value === "number") {
        return Number.isFinite(value) ? undefined : "it holds a number that is too large for 64 bits";
    }
    if (typeof value === "string") {
        return value.isWellFormed() ? undefined : "it holds half a character (\\ud800 to \\udfff), which readers replace";
    }
    if (typeof value !== "object" || value === null) {
        return undefined;
    }
    for (const [key, entry] of Object.entries(value)) {
        const refused = refusal(key) ?? refusal(entry);
        if (refused !== undefined) {
            return refused;
        }
    }
    return undefined;
}
