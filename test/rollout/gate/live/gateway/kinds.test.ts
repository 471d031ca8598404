import { describe, expect, it } from "vitest";

import { customSeries } from "../../../../../rollout/gate/live/gateway/custom.ts";
import { istioSeries } from "../../../../../rollout/gate/live/gateway/istio.ts";
import type { Grown } from "../../../../../rollout/gate/live/gateway/series.ts";

const scope = { namespace: "nova-test", service: "video-ranking", revision: "v2" };
const answers =
    (counter: string, labels: readonly (readonly [Readonly<Record<string, string>>, number])[]): Grown =>
    (asked) =>
        asked === counter ? labels.map(([own, amount]) => ({ labels: own, amount })) : [];
const none = { unauthorized: 0, forbidden: 0, notFound: 0, other: 0 };

describe("what Istio's gateway counted", () => {
    const istio = istioSeries(scope);
    const flagged = (code: string, flags: string, amount = 5) =>
        istio.requests(
            answers("requests", [
                [{ response_code: "200", response_flags: "-" }, 95],
                [{ response_code: code, response_flags: flags }, amount],
            ]),
        );

    it("is asked of the revision's Service, as the caller saw it", () => {
        expect(istio.marker.labels).toEqual({ reporter: "source", destination_service_namespace: "nova-test", destination_service_name: "video-ranking-v2" });
    });

    it.each([
        { what: "a 500 of the pod", code: "500", flags: "-", is: { failed: 5, timedOut: 0, unanswered: 0 } },
        { what: "a time limit", code: "504", flags: "UT", is: { failed: 5, timedOut: 5, unanswered: 0 } },
        { what: "a time limit after the headers", code: "200", flags: "UT", is: { failed: 5, timedOut: 5, unanswered: 0 } },
        { what: "a refused connection", code: "503", flags: "UF,URX", is: { failed: 5, timedOut: 0, unanswered: 5 } },
        { what: "a reset after the headers", code: "200", flags: "UC", is: { failed: 5, timedOut: 0, unanswered: 5 } },
        { what: "no answer at all", code: "0", flags: "UC", is: { failed: 5, timedOut: 0, unanswered: 5 } },
        { what: "a missing page", code: "404", flags: "-", is: { failed: 0, clientErrors: { ...none, notFound: 5 } } },
        { what: "a refused request", code: "429", flags: "-", is: { failed: 0, clientErrors: { ...none, other: 5 } } },
    ])("has $what", ({ code, flags, is }) => {
        expect(flagged(code, flags)).toMatchObject({ total: 100, ...is });
    });

    it("leaves out a client that went away without an answer", () => {
        expect(flagged("0", "DC")).toMatchObject({ total: 95, failed: 0 });
    });

    it("is none where a status is none", () => {
        expect(() => flagged("abc", "-")).toThrow("which is no status");
    });
});

describe("what a gateway of one's own counted", () => {
    const labels = { backend: "{namespace}/{service}/{revision}" };
    const requests = { metric: "gw_requests_total", labels, statusLabel: "status" };
    const latency = { metric: "gw_milliseconds_bucket", labels, unit: "milliseconds" } as const;
    const series = customSeries({ requests, latency }, scope);
    const statuses = answers("requests", [
        [{ status: "200" }, 80],
        [{ status: "403" }, 6],
        [{ status: "500" }, 10],
        [{ status: "504" }, 4],
    ]);

    it("is asked with the names in the placeholders", () => {
        expect(series.marker).toEqual({ metric: "gw_requests_total", labels: { backend: "nova-test/video-ranking/v2" } });
    });

    it("has what failed by status, and 504 as the time limits where no counter has them", () => {
        expect(series.requests(statuses)).toEqual({ total: 100, failed: 14, timedOut: 4, unanswered: 0, clientErrors: { ...none, forbidden: 6 }, retries: 0 });
    });

    it("adds time limits and resets that no status shows", () => {
        const whole = customSeries(
            { requests, latency, timedOut: { metric: "t", labels }, unanswered: { metric: "u", labels }, retries: { metric: "r", labels } },
            scope,
        );
        const extra: Readonly<Record<string, number>> = { timedOut: 7, unanswered: 5, retries: 2 };
        const grown: Grown = (counter) => (extra[counter] === undefined ? statuses(counter) : [{ labels: {}, amount: extra[counter] }]);
        expect(whole.requests(grown)).toMatchObject({ total: 105, failed: 22, timedOut: 7, unanswered: 5, retries: 2 });
    });

    it("has the time to answer in seconds, whatever the unit", () => {
        const buckets = answers("latency", [
            [{ le: "300" }, 90],
            [{ le: "+Inf" }, 100],
        ]);
        expect(series.latency(buckets)).toEqual({ boundsSeconds: [0.3, Infinity], counts: [90, 10] });
    });

    it("is none where an answer has no status", () => {
        expect(() => series.requests(answers("requests", [[{}, 1]]))).toThrow("the gate needs the status of every answer");
    });
});
