import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { calicoSelects } from "../../policies/shapes/calico-selector.ts";
import { selectsAnyNamespace, selectsAnyPod } from "../../policies/shapes/strangers.ts";

const word = fc.stringMatching(/^[a-z]{3,8}$/);
const words = fc.array(word, { maxLength: 3 });

/** Parts of a selector that leave strangers in, in the ways to write them. */
const open = fc.oneof(
    fc.record({ key: word, operator: fc.constant("NotIn"), values: words }),
    fc.record({ key: word, operator: fc.constant("DoesNotExist") }),
    fc.constant({ key: "kubernetes.io/metadata.name", operator: "Exists", values: [] }),
);

/** Parts that name somebody. */
const narrow = fc.oneof(
    fc.record({ key: fc.oneof(word, fc.constant("kubernetes.io/metadata.name")), operator: fc.constant("In"), values: fc.array(word, { minLength: 1 }) }),
    fc.record({ key: word.map((key) => `${key}.example.com/team`), operator: fc.constant("Exists") }),
);

const nothing = fc.constantFrom<object>({}, { matchLabels: {} }, { matchLabels: null });

describe("a selector of namespaces", () => {
    it("selects strangers, however many parts only exclude, and whatever of it is empty", () => {
        fc.assert(
            fc.property(nothing, fc.array(open, { maxLength: 4 }), (labels, expressions) => {
                expect(selectsAnyNamespace({ ...labels, matchExpressions: expressions })).toBe(true);
            }),
        );
    });

    it("selects none as soon as one part names somebody, wherever it stands", () => {
        fc.assert(
            fc.property(nothing, fc.array(open, { maxLength: 3 }), narrow, fc.array(open, { maxLength: 3 }), (labels, before, one, after) => {
                expect(selectsAnyNamespace({ ...labels, matchExpressions: [...before, one, ...after] })).toBe(false);
            }),
        );
    });

    it("that names a label's value selects no stranger, nor does one of pods", () => {
        fc.assert(
            fc.property(word, word, fc.array(open, { maxLength: 3 }), (key, value, matchExpressions) => {
                expect(selectsAnyNamespace({ matchLabels: { [key]: value }, matchExpressions })).toBe(false);
                expect(selectsAnyPod({ matchLabels: { [key]: value }, matchExpressions })).toBe(false);
            }),
        );
    });
});

describe("a selector of Calico", () => {
    const labels = { app: "web", tier: "front" };
    it.each([
        ["", true],
        ["all()", true],
        ["global()", false],
        ["app == 'web'", true],
        ['app == "shop" || tier == "front"', true],
        ["app != 'web'", false],
        ["has(app) && !has(nobody)", true],
        ["!(has(app) && has(tier))", false],
        ["app in {'web', 'shop'}", true],
        ["app not in {'web'}", false],
        ["nobody not in {'web'}", true],
        ["app contains 'e'", true],
        ["app starts with 'w' && app ends with 'b'", true],
        ["has(nobody) || has(app) && tier == 'front'", true],
        // A quoted sign is a value.
        ["app != '&&'", true],
    ])("'%s' selects the pods of a web front: %s", (selector, wanted) => {
        expect(calicoSelects(selector, labels)).toBe(wanted);
    });

    it.each(["app ==", "app = 'web'", "has(app", "app in 'web'", "&& all()", "all() all()", "app == 'web", "unknown()"])("'%s' is refused", (selector) => {
        expect(() => calicoSelects(selector, labels)).toThrow("is no selector of Calico");
    });

    it("keeps its meaning in brackets, and loses it behind a '!'", () => {
        const part = fc.constantFrom("all()", "has(app)", "app == 'web'", "app != 'web'", "has(nobody)", "tier in {'back'}");
        fc.assert(
            fc.property(part, part, (one, other) => {
                const [first, second] = [calicoSelects(one, labels), calicoSelects(other, labels)];
                expect(calicoSelects(`(${one})&&(${other})`, labels)).toBe(first && second);
                expect(calicoSelects(`${one} || ${other}`, labels)).toBe(first || second);
                expect(calicoSelects(`!(${one} || ${other})`, labels)).toBe(!first && !second);
            }),
        );
    });
});
