import { isScalar, type Node, Scalar } from "yaml";

import { plainScalar } from "./plain-scalar.ts";
import { ReadingProblem } from "./problem.ts";

/** The text that a mapping's key becomes in JSON. @throws {@link ReadingProblem} */
export function nameOf(key: unknown, offset: number): string {
    const value = isScalar(key) ? scalar(key) : undefined;
    switch (typeof value) {
        case "string":
            return value;
        case "boolean":
            return String(value);
        case "number":
            if (Number.isSafeInteger(value) && !(isScalar(key) && /[.eE]/.test(String(key.source)))) {
                return String(value);
            }
            throw new ReadingProblem(offset, "a number with a point or beyond 2^53 is no name: readers write it differently. Put it in quotes");
        default:
            throw new ReadingProblem(offset, "a name in a mapping is text, and neither empty nor null, a list or a mapping. Put it in quotes");
    }
}

const coreTag = "tag:yaml.org,2002:";

/** The value of a scalar. @throws {@link ReadingProblem} */
export function scalar(node: Scalar): unknown {
    const source = typeof node.value === "string" ? node.value : "";
    const isPlain = node.type === Scalar.PLAIN || node.type === undefined;
    const value = isPlain || node.tag !== undefined ? plainScalar(source) : source;
    const offset = offsetOf(node);
    if (!source.isWellFormed()) {
        throw new ReadingProblem(offset, "it holds half a character (\\ud800 to \\udfff), which kubectl refuses");
    }
    if (node.tag !== undefined) {
        return tagged(node.tag, source, value, offset);
    }
    return finite(value, offset);
}

/** A value with an explicit tag: the tag may state what the value is, not change it. */
function tagged(tag: string, source: string, value: unknown, offset: number): unknown {
    switch (tag) {
        case `${coreTag}str`:
            return source;
        case `${coreTag}bool`:
        case `${coreTag}int`:
        case `${coreTag}float`:
        case `${coreTag}null`: {
            const wanted = tag.slice(coreTag.length);
            const type = value === null ? "null" : typeof value === "boolean" ? "bool" : Number.isInteger(value) ? "int" : "float";
            if (typeof value !== "string" && (type === wanted || (type === "int" && wanted === "float"))) {
                return finite(value, offset);
            }
            throw new ReadingProblem(offset, `the value is not what its tag !!${wanted} says`);
        }
        default:
            throw new ReadingProblem(offset, `the tag ${shortTag(tag)} means something else to each reader: write the value itself`);
    }
}

/** Refuses a tag that makes something else of a list or a mapping. @throws {@link ReadingProblem} */
export function collectionTag(node: Node & { readonly tag?: string | undefined }, kind: "seq" | "map"): void {
    if (node.tag !== undefined && node.tag !== `${coreTag}${kind}`) {
        throw new ReadingProblem(offsetOf(node), `the tag ${shortTag(node.tag)} means something else to each reader: leave it out`);
    }
}

function shortTag(tag: string): string {
    return tag.replace(coreTag, "!!").slice(0, 80);
}

function finite<T>(value: T, offset: number): T {
    if (typeof value === "number" && !Number.isFinite(value)) {
        throw new ReadingProblem(offset, "infinity and NaN are no values in JSON. Put the word in quotes if it is text");
    }
    return value;
}

/** The name of an anchor, which ends at the same character for every reader. @throws {@link ReadingProblem} */
export function anchorName(name: string, node: Node): string {
    if (!/^[\w-]+$/.test(name)) {
        throw new ReadingProblem(
            offsetOf(node),
            `the anchor "${name.slice(0, 80)}" has a character that readers take differently: use letters, digits, - and _`,
        );
    }
    return name;
}

/** Where a node starts in its text. */
export function offsetOf(node: unknown): number {
    const range: unknown = typeof node === "object" && node !== null ? Reflect.get(node, "range") : undefined;
    const start: unknown = Array.isArray(range) ? range[0] : undefined;
    return typeof start === "number" ? start : 0;
}
