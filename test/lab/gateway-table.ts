import { type GatewayName, gatewayNames, labGateways } from "./gateways.ts";

/** What a field of the route does on each of the lab's gateways, in the words that the test measures. */
export interface GatewayRow {
    /** Name of the measurement, and of the row's own route. */
    readonly id: string;
    /** The field or the situation, as a reader knows it. */
    readonly what: string;
    readonly does: Readonly<Record<GatewayName, string>>;
}

/** What users lose while weights change, as the table claims it: the first is exact, the second an upper bound. */
export const noneLost = "no request lost";
export const fewLost = "fewer than 1 in 200 lost: 500 or 503";

const both = (text: string): GatewayRow["does"] => ({ contour: text, "envoy-gateway": text });

/** Every row, measured on the real gateways: gateway-fields.test.ts does it, and docs/gateways.md shows it. */
export const gatewayTable: readonly GatewayRow[] = [
    { id: "accepted", what: "the route as the program writes it", does: both("Accepted, ResolvedRefs") },
    { id: "weights", what: "weights 90 and 10", does: both("10 % of requests") },
    { id: "weight-zero", what: "weight 0 beside 100", does: both("no request") },
    { id: "weights-zero", what: "two weights of 0", does: both("500") },
    { id: "no-pods", what: "weights 50 and 50, one without ready pods", does: both("503 for its share") },
    {
        id: "no-service",
        what: "weights 50 and 50, one Service missing",
        does: { contour: "all to the other", "envoy-gateway": "500 for its share" },
    },
    { id: "no-service-alone", what: "weight 100 for a missing Service", does: both("500") },
    { id: "refused", what: "a pod that refuses connections", does: both("503") },
    { id: "backend-limit", what: "`timeouts` as the program writes them: `backendRequest: 2s`, `request: 5s`; the pod hangs", does: both("504 after 2 s") },
    { id: "request-limit", what: "`timeouts.request: 1s` alone; the pod hangs", does: both("504 after 1 s") },
    {
        id: "retry",
        what: "`retry` of a 503 (`gateway.retry: true`)",
        does: { contour: "not tried again: 503", "envoy-gateway": "tried again: 200" },
    },
    { id: "no-retry", what: "a 503 of the pod without `retry`", does: both("503, one request") },
    { id: "headers", what: "`RequestHeaderModifier`: `set` and `remove`", does: both("set and removed before the pod") },
    { id: "testers", what: "the testers' rule by a header", does: both("the candidate, whatever the weights") },
    { id: "no-testers", what: "a wrong tester key, and an audience of the user's own making", does: both("stable, without the headers") },
    { id: "mirror", what: "`RequestMirror`", does: both("a copy of each request") },
    { id: "other-host", what: "a host name that the listener does not take", does: both("NoMatchingListenerHostname, 404") },
    { id: "section", what: "`sectionName` of a listener", does: both("served") },
    { id: "no-section", what: "`sectionName` of no listener", does: both("NoMatchingParent, 404") },
    { id: "live-within", what: "a changed weight is live", does: both("within a second") },
    { id: "steps", what: "1,000 users a second while the weight goes 10, 25, 50, 25, 10, five times", does: both(noneLost) },
    {
        id: "steps-from-zero",
        what: "1,000 users a second while the weight goes 0, 10, 50, 100, 0, five times",
        does: { contour: noneLost, "envoy-gateway": fewLost },
    },
    { id: "under-way", what: "a request under way on a backend whose weight goes to 0", does: both("answered whole") },
    { id: "drained", what: "a request under way on a pod that leaves the endpoints", does: both("answered whole") },
];

/** The table as docs/gateways.md shows it. */
export function shownGatewayTable(): readonly string[] {
    return [
        `| the route says | ${gatewayNames.map((name) => labGateways[name].title).join(" | ")} |`,
        `| --- | ${gatewayNames.map(() => "---").join(" | ")} |`,
        ...gatewayTable.map(({ what, does }) => `| ${what} | ${gatewayNames.map((name) => does[name]).join(" | ")} |`),
    ];
}
