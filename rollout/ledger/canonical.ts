import { createHash } from "node:crypto";

/**
 * `value` as JSON in the one form that is hashed: keys sorted, no spaces, absent members left out. As RFC 8785 asks, but for one addition.
 *
 * JSON has no infinity, and the last bound of a latency histogram is infinite. So numbers that JSON doesn't know are written as text: `Infinity`, `-Infinity`, `NaN`.
 *
 * @throws {TypeError} for what can't be written down: a function, a value with a cycle.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown): string {
    return written(value, []);
}

/** `sha256:<64 hex>` over the canonical JSON of `value`. */
export function canonicalDigest(value: unknown): string {
    return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}

/** @param around the objects and lists that `value` is inside of. */
function written(value: unknown, around: readonly object[]): string {
    if (typeof value === "string" || typeof value === "boolean" || value === null) {
        return JSON.stringify(value);
    }
    if (typeof value === "number") {
        return JSON.stringify(Number.isFinite(value) ? value : String(value));
    }
    if (typeof value !== "object") {
        throw new TypeError(`a value of type ${typeof value} can't be written as JSON`);
    }
    if (around.includes(value)) {
        throw new TypeError("a value that holds itself can't be written as JSON");
    }
    const inside = [...around, value];
    if (Array.isArray(value)) {
        return `[${value.map((element) => written(element, inside)).join(",")}]`;
    }
    const members = Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .map(([key, member]) => `${JSON.stringify(key)}:${written(member, inside)}`);
    return `{${members.join(",")}}`;
}
