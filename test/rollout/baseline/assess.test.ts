import { describe, expect, it } from "vitest";

import { type BaselineLook, assessBaseline } from "../../../rollout/baseline/assess.ts";
import { defaultBaselineLimits } from "../../../rollout/baseline/limits.ts";
import { profile } from "../../../service/profile.ts";
import { gatewayView, histogram, seen, unseen } from "../gate/judge/evidence.ts";
import { lookAtDay, looks, perPart, view } from "./look.ts";

describe("what a revision did over a day", () => {
    it("is written down with its image, its window and its numbers", () => {
        const baseline = assessBaseline(lookAtDay(), profile, defaultBaselineLimits);
        expect(baseline).toMatchObject({
            kind: "measured",
            report: {
                revision: "v1-1-0",
                image: `x/y@sha256:${"a".repeat(64)}`,
                window: { hours: 24, to: "2026-03-09T00:00:00.000Z" },
                coverage: { ratio: 1, longestGapSeconds: 0 },
                requests: 120_000,
                memoryBytes: 180 * 2 ** 20 + 4 * 4_096,
                memoryGrowthBytesPerHour: 0,
                parts: [{ requests: 30_000 }, {}, {}, {}],
            },
        });
    });

    it("has the worse of what the gateway and the pods say", () => {
        const look = lookAtDay({ gateway: gatewayView(119_000, { failed: 119 }), latency: seen(histogram(120_000, 12_000, 0.4)) });
        expect(assessBaseline(look, profile, defaultBaselineLimits)).toMatchObject({ report: { requests: 119_000, errorRatio: 0.001 } });
    });

    const missing = unseen("no answer");
    const without = (at: number, count: number) => seen(looks.filter((_, index) => index < at || index >= at + count));
    it.each<{ readonly what: string; readonly look: BaselineLook; readonly text: RegExp }>([
        { what: "there were three requests", look: lookAtDay({ gateway: gatewayView(3) }), text: /3 requests in 1440 min, fewer than 10000/ },
        { what: "the pods can't be seen", look: lookAtDay({ requests: missing }), text: /requests: no answer/ },
        { what: "the gateway can't be seen", look: lookAtDay({ gateway: { ...gatewayView(120_000), requests: missing } }), text: /requests: no answer/ },
        { what: "a number is none", look: lookAtDay({ latency: missing }), text: /latency: no answer/ },
        {
            what: "the data is old",
            look: lookAtDay({ scrapes: seen({ newestAgeSeconds: 900, fewestDistinct: 100, pods: 3 }) }),
            text: /newest data is 900 s old/,
        },
        { what: "there is a long gap", look: lookAtDay({}, { views: [view(), view({ looks: without(100, 5) })] }), text: /no data for 25 min on end/ },
        { what: "it began late", look: lookAtDay({}, { views: [view({ looks: without(0, 144) })] }), text: /data of 50\.0 % of the window/ },
        { what: "it ended early", look: lookAtDay({}, { views: [view({ looks: without(280, 8) })] }), text: /no data for 40 min on end/ },
        {
            what: "one look in ten is lost",
            look: lookAtDay({}, { views: [view({ looks: seen(looks.filter((_, index) => index % 10 !== 3)) })] }),
            text: /data of 8\d\.\d % of the window/,
        },
        { what: "it can't be asked for gaps", look: lookAtDay({}, { views: [view({ looks: missing })] }), text: /coverage: the gateway: no answer/ },
        { what: "nothing can be asked for gaps", look: lookAtDay({}, { views: [] }), text: /coverage: nothing could be asked/ },
        {
            what: "there were no requests for six hours",
            look: lookAtDay({}, { views: [view({ latencyP95Seconds: seen([]) })] }),
            text: /parts of the window: until .*: there were no requests/,
        },
        {
            what: "there were few for six hours",
            look: lookAtDay({}, { views: [view({ requests: perPart(30_000, 30_000, 4, 30_000) })] }),
            text: /4 requests from .*, fewer than 100/,
        },
        {
            what: "a criterion needs what is not shown",
            look: lookAtDay({ cpuUtilisation: missing }),
            text: /baseline-cpu .* needs what Prometheus does not show/,
        },
        { what: "a probe was not run", look: lookAtDay({}, { probes: {} }), text: /baseline-probe-health/ },
    ])("is not written down where $what", ({ look, text }) => {
        const baseline = assessBaseline(look, profile, defaultBaselineLimits);
        expect(baseline.kind).toBe("refused");
        expect(baseline.kind === "refused" ? baseline.problems.map((problem) => problem.text).join("\n") : "").toMatch(text);
    });
});
