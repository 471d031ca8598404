import { type Box, approved, attested, event, gate, section } from "../../rollout/checklist/box.ts";

/** The canary: 10 % of the traffic. */
export const canary: readonly Box[] = [
    ...section({ phase: "canary", heading: "07:15 - Canary Validation", blocks: 25 }, [
        ["canary-errors", "Errors stay below 0.5 %", gate(10, "canary-error-ratio")],
        ["canary-latency", "p95 stays below 400 ms", gate(10, "canary-latency-p95")],
        ["canary-cache", "The cache hits as often as the stable revision's", gate(10, "cache-against-stable")],
        ["canary-database", "No connection to the database fails", gate(10, "canary-database-connections")],
        ["canary-restarts", "No pod crashes or restarts", gate(10, "canary-restarts")],
        ["canary-logs", "The log has no critical line", gate(10, "canary-critical-log-lines")],
    ]),
    ...section({ phase: "canary", heading: "07:15 - Canary Validation: tests", blocks: 25 }, [
        ["canary-health", "The health endpoint answers", gate(10, "canary-probe-health")],
        ["canary-api", "The endpoints of the API work", gate(10, "canary-probe-api")],
        ["canary-cache-works", "The cache is used", gate(10, "canary-probe-cache")],
        ["canary-events", "Engagement events are recorded", gate(10, "canary-probe-engagement-events")],
        ["canary-search", "Search works", gate(10, "canary-probe-search")],
    ]),
    ...section({ phase: "canary", heading: "07:30 - Canary Decision Gate: healthy", blocks: 25 }, [
        ["canary-proceed", "The gate passed", event({ kind: "gate-passed", weightPercent: 10 })],
        ["canary-snapshot", "The numbers of the gate are on record", event({ kind: "gate-passed", weightPercent: 10 })],
        ["canary-observations", "It was watched for the whole soak", event({ kind: "soaked", weightPercent: 10 })],
    ]),
    ...section({ phase: "canary", heading: "07:30 - Canary Decision Gate: issues", blocks: "never", askedAfter: "incident" }, [
        ["issue-paused", "The step was held", event({ kind: "held" })],
        ["issue-investigated", "The cause was looked for", attested("tech-lead")],
        ["issue-mended", "It passed since, or was rolled back", event({ kind: "incident-ended" })],
        ["issue-documented", "It is on record with its evidence", event({ kind: "incidents-recorded" })],
        ["issue-retried", "What was rolled back comes again only as a new revision, or with a reason on record", event({ kind: "tried-again" })],
    ]),
];

/** A quarter of the traffic. */
export const quarter: readonly Box[] = [
    ...section({ phase: "quarter", heading: "08:00 - Scale to 25%", blocks: 50 }, [
        ["quarter-pods", "The candidate has 3 pods", gate(25, "quarter-ready-pods")],
        ["quarter-ready", "All of the stable revision's pods are ready too", gate(25, "quarter-stable-pods")],
        ["quarter-split", "The candidate really gets 25 % of requests", gate(25, "quarter-observed-split")],
    ]),
    ...section({ phase: "quarter", heading: "08:30 - Sustained Monitoring", blocks: 50 }, [
        ["quarter-errors", "Errors stay below 0.1 %", gate(25, "quarter-error-ratio")],
        ["quarter-latency", "p95 stays below 300 ms", gate(25, "quarter-latency-p95")],
        ["quarter-cache", "More than 90 % of lookups hit the cache", gate(25, "quarter-cache-hit")],
        ["quarter-resources", "Pods use what they usually use", gate(25, "quarter-cpu", "quarter-memory")],
        ["quarter-leaks", "No pod's memory grows steadily", gate(25, "quarter-memory-growth")],
        ["quarter-pool", "The pool of database connections has room", gate(25, "quarter-database-pool")],
    ]),
    ...section({ phase: "quarter", heading: "08:30 - Sustained Monitoring: advanced", blocks: 50 }, [
        ["quarter-events", "Engagement events are recorded", gate(25, "quarter-engagement-events")],
        ["quarter-search", "Search gives what was searched for", gate(25, "quarter-probe-search")],
        ["quarter-trending", "Trending content is updated", gate(25, "quarter-probe-trending")],
        ["quarter-creators", "Recommendations for creators work", gate(25, "quarter-probe-creator-recommendations")],
        ["quarter-similar", "Similar videos work", gate(25, "quarter-probe-similar-videos")],
    ]),
    ...section({ phase: "quarter", heading: "08:45 - Health Metrics Report", blocks: 50 }, [
        ["report-latency-average", "Average latency is on record", event({ kind: "figure", weightPercent: 25, figure: "latency-mean" })],
        ["report-latency-p95", "p95 latency is on record", gate(25, "quarter-latency-p95")],
        ["report-errors", "The error rate is on record", gate(25, "quarter-error-ratio")],
        ["report-cache", "The cache hit rate is on record", gate(25, "quarter-cache-hit")],
        ["report-cpu", "CPU use is on record", gate(25, "quarter-cpu")],
        ["report-memory", "Memory use is on record", gate(25, "quarter-memory")],
        ["report-requests", "The request rate is on record", event({ kind: "figure", weightPercent: 25, figure: "request-rate" })],
    ]),
];

/** Half of the traffic. */
export const half: readonly Box[] = [
    ...section({ phase: "half", heading: "09:15 - Scale to 50%", blocks: 100 }, [
        ["half-pods", "The candidate has 5 pods", gate(50, "half-ready-pods")],
        ["half-ready", "All of the stable revision's pods are ready too", gate(50, "half-stable-pods")],
        ["half-split", "The candidate really gets 50 % of requests", gate(50, "half-observed-split")],
    ]),
    ...section({ phase: "half", heading: "09:45 - Sustained Monitoring", blocks: 100 }, [
        ["half-errors", "The error rate has no spike", gate(50, "half-error-ratio", "error-ratio-against-stable")],
        ["half-latency", "Latency stays within the agreed level", gate(50, "half-latency-p95-hit", "half-latency-p95-miss")],
        ["half-cache", "The cache hits as often as the stable revision's", gate(50, "cache-against-stable")],
        ["half-autoscaling", "The autoscaler has what it wants", gate(50, "half-autoscaling")],
        ["half-resources", "Nothing is short: CPU, memory, connections", gate(50, "half-cpu", "half-memory", "half-database-pool")],
        ["half-logs", "The log stays clean", gate(50, "half-critical-log-lines")],
    ]),
    ...section({ phase: "half", heading: "10:15 - Decision Point", blocks: 100 }, [
        ["decision-metrics", "Every criterion passes", event({ kind: "gate-passed", weightPercent: 50 })],
        ["decision-logs", "No line of the log needs a look", gate(50, "half-critical-log-lines")],
        ["decision-confidence", "The team is confident", attested("operations-lead")],
        ["decision-proceed", "Going on to 100 % was decided", approved("tech-lead", 100)],
        ["decision-hold", "A hold is on record with its reason", event({ kind: "incidents-recorded" })],
    ]),
];

/** All of the traffic. */
export const full: readonly Box[] = [
    ...section({ phase: "full", heading: "10:30 - Remove Traffic Splitting", blocks: "finished" }, [
        ["full-no-split", "The split is gone: one backend is left", event({ kind: "entered", weightPercent: 100 })],
        ["full-traffic", "The candidate really gets every request", gate(100, "full-observed-split")],
        ["full-pods", "6 pods of the candidate are ready", gate(100, "full-ready-pods")],
        ["full-healthy", "All pods are healthy", gate(100, "full-restarts", "full-ready-pods")],
    ]),
    ...section({ phase: "full", heading: "10:45 - Immediate Post-Deployment", blocks: "finished" }, [
        ["full-errors", "Errors stay below 1 %", gate(100, "full-error-ratio")],
        ["full-latency", "p95 stays below 500 ms", gate(100, "full-latency-p95")],
        ["full-timeouts", "Requests don't time out", gate(100, "full-timeouts")],
        [
            "full-cascades",
            "No failure spread: errors, timeouts, database connections, restarts and pods",
            gate(100, "full-error-ratio", "full-timeouts", "full-database-connections", "full-restarts", "full-ready-pods"),
        ],
        ["full-database", "The database is stable", gate(100, "full-database-connections")],
        ["full-cache", "The cache performs", gate(100, "full-cache-hit")],
    ]),
    ...section({ phase: "full", heading: "11:00 - Extended Monitoring", blocks: "finished" }, [
        ["extended-performance", "It performs the whole hour", event({ kind: "soaked", weightPercent: 100 })],
        ["extended-trends", "Nothing leaks", gate(100, "full-memory-growth")],
        ["extended-users", "Users report nothing", attested("product-lead")],
        ["extended-anomalies", "It was watched, and each hold and rollback is on record", event({ kind: "incidents-recorded", since: 100 })],
        ["extended-cache", "The cache has settled", gate(100, "full-cache-hit")],
    ]),
    ...section({ phase: "full", heading: "12:00 - Production Verification Complete", blocks: "never" }, [
        [
            "verified-two-hours",
            "It was watched for the two hours of the soak, and every criterion passed at their end",
            event({ kind: "gate-passed", weightPercent: 100, afterSoak: true }),
        ],
        ["verified-successful", "The rollout is finished", event({ kind: "finished" })],
        ["verified-team-told", "The team was told", event({ kind: "told", message: "success" })],
        ["verified-status-page", "The status page says so", event({ kind: "told", message: "success", notifier: "status-page" })],
        ["verified-baseline", "The new baseline is on record", event({ kind: "gate-passed", weightPercent: 100 })],
    ]),
];
