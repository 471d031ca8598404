import { describe, expect, it } from "vitest";

import { Forecast, roundTime, secondsOf } from "../../lab/toolchain/costs.ts";
import measured from "../../lab/toolchain/costs.json" with { type: "json" };
import { isTool, type Tool } from "../../lab/toolchain/recipes.ts";
import { childSeconds } from "../../lab/toolchain/workplace.ts";

const wanted: readonly Tool[] = ["kube-apiserver", "kubectl"];
const all = secondsOf("kube-apiserver") + secondsOf("kubectl");

describe("the forecast of a first run", () => {
    it("is what was measured on two processors, before anything is known of the machine", () => {
        expect(new Forecast(wanted, 0).secondsLeft(0, 2)).toBe(all);
    });

    it("is shorter with more processors, but not without end: some of it is done by one alone", () => {
        expect(new Forecast(wanted, 0).secondsLeft(0, 4)).toBe(all / 2);
        expect(new Forecast(wanted, 0).secondsLeft(0, 64)).toBe(all / 4);
    });

    it("follows the machine as soon as something is ready", () => {
        const forecast = new Forecast(wanted, 0);
        forecast.ready("kube-apiserver");
        expect(forecast.secondsLeft(secondsOf("kube-apiserver") * 3_000, 64)).toBeCloseTo(secondsOf("kubectl") * 3);
    });

    it("is nothing when all is ready", () => {
        const forecast = new Forecast(wanted, 0);
        for (const tool of wanted) {
            forecast.ready(tool);
        }
        expect(forecast.secondsLeft(60_000, 2)).toBe(0);
    });

    it("is told in round numbers", () => {
        expect([0, 3, 61, 89, 90, 700].map(roundTime)).toEqual(["0 s", "10 s", "70 s", "90 s", "2 min", "12 min"]);
    });

    it("knows tools that there are", () => {
        expect(Object.keys(measured).filter((name) => !isTool(name))).toEqual([]);
        expect(Object.keys(measured).length).toBeGreaterThan(10);
    });
});

describe("what a program has cost", () => {
    it.each([
        { times: "0m0.012s 0m0.004s\n0m1.500s 0m0.250s\n", seconds: 1.75 },
        { times: "0m0.012s 0m0.004s\n3m1.500s 1m0.000s\n", seconds: 241.5 },
        { times: "", seconds: 0 },
    ])("is $seconds s where the shell says $times", ({ times, seconds }) => {
        expect(childSeconds(times)).toBeCloseTo(seconds);
    });
});
