import { describe, expect, it } from "vitest";

import { meaningColour, strokesOf } from "../../../observability/preview/appearance.ts";
import type { PreviewCurve } from "../../../observability/preview/curves.ts";
import { palette } from "../../../report/style.ts";

const curve = (role: PreviewCurve["role"]): PreviewCurve => ({ name: role, role, points: [] });
const strokes = strokesOf([...(["stable", "candidate", "gate"] as const), ...Array.from({ length: 6 }, () => "other" as const)].map(curve));
const lines = [...strokes.map(({ color }) => color), ...Object.values(meaningColour)].filter((color) => color !== "currentColor");

describe.each(["light", "dark"] as const)("on a %s card", (theme) => {
    it.each(lines)("a line in %s keeps a contrast of 3 : 1 (WCAG 2.2, 1.4.11)", (color) => {
        expect(contrast(color, palette[theme].raised)).toBeGreaterThanOrEqual(3);
    });

    it.each(["text", "muted"] as const)("words in '%s' keep a contrast of 4.5 : 1 (WCAG 2.2, 1.4.3)", (words) => {
        expect(contrast(palette[theme][words], palette[theme].raised)).toBeGreaterThanOrEqual(4.5);
    });
});

describe("two lines of a panel", () => {
    it("differ in their dashes, so that nobody needs the colour", () => {
        const dashes = strokes.slice(3).map(({ dash }) => dash.join(","));
        expect(new Set(dashes).size).toBe(dashes.length);
        expect(new Set(strokes.slice(0, 3).map(({ dash }) => dash.join(","))).size).toBe(3);
    });
});

/** Contrast of two colours, by WCAG 2.2. */
function contrast(left: string, right: string): number {
    const [darker = 0, lighter = 0] = [luminance(left), luminance(right)].toSorted((one, other) => one - other);
    return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
        const value = Number.parseInt(color.slice(start, start + 2), 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
