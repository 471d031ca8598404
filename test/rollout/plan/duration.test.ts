import { describe, expect, it } from "vitest";

import { exactSeconds, shownSeconds } from "../../../rollout/plan/duration.ts";

describe("a time span for limits", () => {
    it.each([
        { seconds: 0, text: "0 s" },
        { seconds: 0.2, text: "1 s" },
        { seconds: 60, text: "1 min" },
        { seconds: 3_599, text: "59 min 59 s" },
        { seconds: 7_262, text: "2 h 1 min" },
        { seconds: 86_400, text: "24 h" },
    ])("of $seconds s reads $text", ({ seconds, text }) => {
        expect(exactSeconds(seconds)).toBe(text);
    });
});

describe("a time span for people", () => {
    it.each([
        { seconds: 0, text: "0 s" },
        { seconds: 119, text: "119 s" },
        { seconds: 899, text: "15 min" },
        { seconds: 3_600, text: "1 h" },
        { seconds: 3_900, text: "1 h 5 min" },
        { seconds: Number.NaN, text: "unknown" },
    ])("of $seconds s reads $text", ({ seconds, text }) => {
        expect(shownSeconds(seconds)).toBe(text);
    });
});
