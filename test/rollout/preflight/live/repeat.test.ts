import { describe, expect, it } from "vitest";

import { repeated } from "../../../../rollout/preflight/live/repeat.ts";
import type { CheckResult } from "../../../../rollout/preflight/preflight.ts";

const result = (check: CheckResult["check"], state: CheckResult["state"]): CheckResult => ({ check, state, text: state, tookMs: 1 });

describe("what failed", () => {
    it("is asked again until it passes, and nothing else is", async () => {
        const asked: (readonly string[])[] = [];
        const said: string[] = [];
        const results = await repeated(
            [result("scrapes", "failed"), result("notifiers", "passed"), result("redis", "not-configured"), result("autoscaling", "failed")],
            (checks) => {
                asked.push(checks);
                return Promise.resolve(checks.map((check) => result(check, check === "scrapes" && asked.length < 3 ? "failed" : "passed")));
            },
            { forMs: 60_000, pauseMs: 1, say: (line) => void said.push(line) },
        );
        expect(asked).toEqual([["scrapes", "autoscaling"], ["scrapes"], ["scrapes"]]);
        expect(said[0]).toBe("asking again, since they failed: scrapes, autoscaling");
        expect(results.map(({ check, state }) => `${check} ${state}`)).toEqual([
            "scrapes passed",
            "notifiers passed",
            "redis not-configured",
            "autoscaling passed",
        ]);
    });

    it("has failed when the time is over, and is not asked again without time", async () => {
        const asked = { times: 0 };
        const ask = () => {
            asked.times += 1;
            return Promise.resolve([result("scrapes", "failed")]);
        };
        const say = () => undefined;
        expect(await repeated([result("scrapes", "failed")], ask, { forMs: 0, say })).toEqual([result("scrapes", "failed")]);
        expect(asked.times).toBe(0);
        expect(await repeated([result("scrapes", "failed")], ask, { forMs: 20, pauseMs: 1, say })).toEqual([result("scrapes", "failed")]);
        expect(asked.times).toBeGreaterThan(0);
    });
});
