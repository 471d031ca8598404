import { describe, expect, it } from "vitest";

import { podSeries } from "../../../pod-series.ts";
import { readExposition } from "../../../../../rollout/watch/live/pod-metrics/exposition.ts";
import { countsSince, firstSeen, processLookOf } from "../../../../../rollout/watch/live/pod-metrics/process-look.ts";

/** A page of a pod that has answered `users`, has failed `testers` slowly, and hangs on as many more of these. */
function page(users: number, testers: number): string {
    const histogram = (labels: string, count: number, fast: number): readonly string[] =>
        ["0.5", "1", "+Inf"].map((le) => `http_request_duration_seconds_bucket{${labels}le="${le}"} ${String(le === "+Inf" ? count : fast)}`);
    return [
        "process_start_time_seconds 1000",
        `http_requests_total{route="feed",code="200"} ${String(users)}`,
        `http_requests_total{route="feed",code="500",audience="testers"} ${String(testers)}`,
        ...histogram("", users, users),
        ...histogram('audience="testers",', testers, 0),
        "http_requests_in_flight 0",
        `http_requests_in_flight{audience="testers"} ${String(testers)}`,
        "",
    ].join("\n");
}

const lookAt = (text: string, atSeconds: number) =>
    processLookOf(podSeries, readExposition(text, { kind: "text", quotedNames: false }), { askedAtSeconds: atSeconds, answeredAtSeconds: atSeconds });

describe("what testers ask of a pod", () => {
    it("raises no alarm: twelve failing, slow and hanging requests are none of users", () => {
        const before = firstSeen(podSeries, "a", lookAt(page(10, 0), 1));
        const look = lookAt(page(11, 12), 2);
        expect(look.underWay).toBe(0);
        expect(countsSince(podSeries, "a", before, look).counts).toMatchObject({ kind: "observed", value: { total: 1, failed: 0, slow: 0 } });
    });
});
