import { describe, expect, it } from "vitest";

import { quantity, quantityOf } from "../../policies/shapes/quantity.ts";

describe("a quantity of Kubernetes", () => {
    it.each([
        ["250m", 0.25],
        ["2", 2],
        ["1Gi", 2 ** 30],
        ["1e3", 1_000],
        ["100Mi", 100 * 2 ** 20],
        ["500k", 500_000],
        ["64Ki", 64 * 2 ** 10],
    ])("reads the quantity %s", (text, value) => {
        expect(quantityOf(text)).toBeCloseTo(value, 9);
    });

    it.each(["", "x", "1 Gi", "1GB"])("refuses '%s', which is no quantity", (text) => {
        expect(() => quantityOf(text)).toThrow(/is no quantity/);
    });

    it("is a number already, or nothing, where it is not text", () => {
        expect(quantity(3)).toBe(3);
        expect(quantity(undefined)).toBeUndefined();
        expect(quantity("1GB")).toBeUndefined();
    });
});
