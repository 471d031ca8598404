import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { canonicalDigest, canonicalJson } from "../../../rollout/ledger/canonical.ts";

describe("canonical JSON", () => {
    it.each([
        { value: { b: 1, a: [true, null, "x"] }, is: '{"a":[true,null,"x"],"b":1}' },
        { value: { a: undefined, b: { d: 1, c: 2 } }, is: '{"b":{"c":2,"d":1}}' },
        { value: [0, -0, 1.5, 1e21], is: "[0,0,1.5,1e+21]" },
        { value: [Infinity, -Infinity, Number.NaN], is: '["Infinity","-Infinity","NaN"]' },
        { value: 'a"b\n\u0000é😀', is: '"a\\"b\\n\\u0000é😀"' },
        // UTF-16 code units decide the order, as RFC 8785 asks: a surrogate comes before U+FB33.
        { value: { "\ufb33": 1, "😀": 2 }, is: '{"😀":2,"\ufb33":1}' },
    ])("of $value is $is", ({ value, is }) => {
        expect(canonicalJson(value)).toBe(is);
    });

    it("does not depend on the order of keys", () => {
        fc.assert(
            fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
                const turned = Object.fromEntries(Object.entries(value).toReversed());
                expect(canonicalDigest(turned)).toBe(canonicalDigest(value));
            }),
        );
    });

    it("is JSON that reads back as the same, and writes the same again", () => {
        fc.assert(
            fc.property(fc.jsonValue({ maxDepth: 2 }), (value) => {
                const text = canonicalJson(value);
                expect(canonicalJson(JSON.parse(text))).toBe(text);
                expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
            }),
        );
    });

    it("gives different values different digests", () => {
        fc.assert(
            fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
                fc.pre(JSON.stringify(left) !== JSON.stringify(right) && canonicalJson(left) !== canonicalJson(right));
                expect(canonicalDigest(left)).not.toBe(canonicalDigest(right));
            }),
        );
    });

    it("refuses what can't be written down", () => {
        const loop: Record<string, unknown> = {};
        loop.self = loop;
        expect(() => canonicalJson({ act: () => 1 })).toThrow("a value of type function can't be written as JSON");
        expect(() => canonicalJson([1n])).toThrow("a value of type bigint can't be written as JSON");
        expect(() => canonicalJson([undefined])).toThrow("a value of type undefined can't be written as JSON");
        expect(() => canonicalJson(loop)).toThrow("a value that holds itself can't be written as JSON");
    });

    it("takes one value in two places for no cycle", () => {
        const shared = { a: 1 };
        expect(canonicalJson([shared, shared])).toBe('[{"a":1},{"a":1}]');
    });
});
