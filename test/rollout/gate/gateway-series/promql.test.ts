import { describe, expect, it } from "vitest";

import { days, duration, hours, inWords, like, minutes, not, number, percent, select, unlike } from "../../../../rollout/gate/gateway-series/promql.ts";

describe("a selector", () => {
    it.each([
        [select("up", {}), "up"],
        [select("up", { job: "shop" }), 'up{job="shop"}'],
        [select("up", { job: not("shop"), pod: like("a.+"), node: unlike("b|c") }, 300), 'up{job!="shop",pod=~"a.+",node!~"b|c"}[5m]'],
        [select("up", { pod: [like("shop-.+"), unlike("shop-v1-.+")] }), 'up{pod=~"shop-.+",pod!~"shop-v1-.+"}'],
        [select("up", { job: 'a"b\\c' }), 'up{job="a\\"b\\\\c"}'],
    ])("%s", (selector, expected) => {
        expect(selector).toBe(expected);
    });
});

describe("a duration", () => {
    it.each([
        [0, "0s", "0 seconds"],
        [30, "30s", "30 seconds"],
        [90, "90s", "90 seconds"],
        [minutes(1), "1m", "1 minute"],
        [minutes(90), "90m", "90 minutes"],
        [hours(6), "6h", "6 hours"],
        [days(3), "3d", "3 days"],
        [hours(48), "2d", "2 days"],
    ])("of %i s is written %s and read '%s'", (seconds, written, read) => {
        expect([duration(seconds), inWords(seconds)]).toEqual([written, read]);
    });

    it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("can't be %d s", (seconds) => {
        expect(() => duration(seconds)).toThrow("use a whole number from 0");
    });
});

describe("a number", () => {
    it.each([
        [0.1 + 0.2, "0.3"],
        [14.4 * 0.001, "0.0144"],
        [314_572_800, "314572800"],
        [0.0005, "0.0005"],
    ])("is written without what binary fractions leave: %d", (value, written) => {
        expect(number(value)).toBe(written);
    });

    it("is shown as a percentage with the digits that it has", () => {
        expect([percent(0.005), percent(0.999), percent(0.05)]).toEqual(["0.5 %", "99.9 %", "5 %"]);
    });
});
