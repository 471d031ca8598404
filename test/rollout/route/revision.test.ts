import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { referenceTo, revisionDigest } from "../../../rollout/route/revision.ts";

const settings = fc.dictionary(fc.string(), fc.string());
const specs = fc.record({ image: fc.string(), config: settings });

describe("the digest of a revision", () => {
    it("is the same whatever the order of its settings", () => {
        fc.assert(
            fc.property(specs, ({ image, config }) => {
                const reversed = Object.fromEntries(Object.entries(config).reverse());
                expect(revisionDigest({ image, config: reversed })).toBe(revisionDigest({ image, config }));
            }),
        );
    });

    it("changes with the image", () => {
        fc.assert(
            fc.property(specs, fc.string({ minLength: 1 }), ({ image, config }, more) => {
                expect(revisionDigest({ image: image + more, config })).not.toBe(revisionDigest({ image, config }));
            }),
        );
    });

    it("changes with the value of any setting", () => {
        fc.assert(
            fc.property(specs, fc.string(), fc.string(), fc.string({ minLength: 1 }), ({ image, config }, key, value, more) => {
                const [before, after] = [value, value + more].map((text) => revisionDigest({ image, config: { ...config, [`x${key}`]: text } }));
                expect(after).not.toBe(before);
            }),
        );
    });

    it("changes with a setting more", () => {
        fc.assert(
            fc.property(specs, fc.string(), fc.string(), ({ image, config }, key, value) => {
                fc.pre(!Object.hasOwn(config, key));
                // A computed key, so that '__proto__' is a setting like any other.
                expect(revisionDigest({ image, config: { ...config, [key]: value } })).not.toBe(revisionDigest({ image, config }));
            }),
        );
    });

    it("tells a key from a value", () => {
        expect(revisionDigest({ image: "i", config: { a: "b", c: "" } })).not.toBe(revisionDigest({ image: "i", config: { a: "", c: "b" } }));
        expect(revisionDigest({ image: "i", config: { ab: "c" } })).not.toBe(revisionDigest({ image: "i", config: { a: "bc" } }));
    });

    it("leaves the name out, so that a renamed copy is recognised", () => {
        const content = { image: "registry.example.com/api", config: { LOG_LEVEL: "info" } };
        const [one, other] = ["v1", "v2"].map((name) => referenceTo({ name, ...content }));
        expect(one?.digest).toBe(other?.digest);
        expect(one?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    });
});
