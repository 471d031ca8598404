import { type Box, alert, approved, attested, check, checkOfSuccessor, event, gate, section } from "../../rollout/checklist/box.ts";

/** The two days after. */
export const steady: readonly Box[] = [
    ...section({ phase: "steady", heading: "Continuous Checks", blocks: "never" }, [
        ["hourly-reviews", "The metrics were reviewed every hour", attested("operations-lead")],
        ["alerts-answer", "The alert that always fires is loaded, and has a route that reaches people", alert("Watchdog")],
        ["user-reports", "Users' reports are read", attested("product-lead")],
        ["error-logs", "The alert on critical lines of the log is loaded, and has a route that reaches people", alert("StableLogsCriticalLines")],
        ["trends", "The alert on memory that grows is loaded, and has a route that reaches people", alert("StableMemoryGrows")],
    ]),
    ...section({ phase: "steady", heading: "24-Hour Checkpoint", blocks: "never" }, [
        ["day-stable", "It was stable for a day", event({ kind: "checkpoint", hours: 24 })],
        ["day-metrics", "Every success criterion passes", event({ kind: "checkpoint", hours: 24 })],
        ["day-incidents", "Nothing was rolled back, and no critical alert fired", event({ kind: "no-incident", hours: 24 })],
        ["day-confidence", "The team is confident", attested("operations-lead")],
        ["day-normal", "It is operated as usual", attested("operations-lead")],
    ]),
    ...section({ phase: "steady", heading: "48-Hour Checkpoint", blocks: "never" }, [
        ["two-days-stable", "It was stable for two days", event({ kind: "checkpoint", hours: 48 })],
        ["two-days-ranking", "The ranking performs", attested("product-lead")],
        ["two-days-cache", "The cache has settled", gate("success", "success-cache-hit")],
        ["two-days-leaks", "Nothing leaks", gate("success", "success-memory-growth")],
        ["two-days-success", "It may be called a success", event({ kind: "checkpoint", hours: 48 })],
    ]),
];

/** Rolling back. */
export const rollback: readonly Box[] = [
    ...section({ phase: "rollback", heading: "Quick Rollback", blocks: "never", askedAfter: "rollback" }, [
        ["rollback-executed", "The rollback is on record", event({ kind: "rolled-back" })],
        ["rollback-deployed", "The stable revision has the pods that all traffic needs", event({ kind: "since-rollback", what: "pods" })],
        ["rollback-healthy", "The stable revision answers, looked at since", check("routes")],
        ["rollback-traffic", "All requests reach the stable revision", event({ kind: "since-rollback", what: "traffic" })],
    ]),
    ...section({ phase: "rollback", heading: "Rollback Criteria - Immediate Action", blocks: "never", askedAfter: "rollback" }, [
        ["at-once-uptime", "Uptime below 99 % rolls it back", gate("rollback", "uptime-at-once")],
        ["at-once-errors", "Errors above 5 % roll it back", gate("rollback", "error-ratio-at-once")],
        ["at-once-latency", "p95 above 1000 ms rolls it back", gate("rollback", "latency-p95-at-once")],
        ["at-once-crash-loop", "A crash loop rolls it back", gate("rollback", "crash-loop-at-once")],
        ["at-once-database", "Failing database connections roll it back", gate("rollback", "database-connections-at-once")],
        ["at-once-security", "A critical security issue rolls it back: a person says so", event({ kind: "rolled-back", category: "security" })],
    ]),
    ...section({ phase: "rollback", heading: "Rollback Criteria - Investigative", blocks: "never", askedAfter: "rollback" }, [
        ["investigate-errors", "Errors of 1 to 5 % hold it", gate("rollback", "error-ratio-investigate")],
        ["investigate-latency", "p95 above 500 ms holds it", gate("rollback", "latency-p95-investigate")],
        ["investigate-intermittent", "What fails now and then holds it", gate("rollback", "restarts-investigate", "database-connections-investigate")],
        [
            "investigate-degradation",
            "Being worse than the stable revision holds it",
            gate("rollback", "error-ratio-against-stable", "client-errors-against-stable", "latency-against-stable", "cache-against-stable"),
        ],
        ["investigate-unknown", "Critical lines of the log hold it", gate("rollback", "critical-log-lines-investigate")],
    ]),
    ...section({ phase: "rollback", heading: "Post-Rollback Actions", blocks: "never", askedAfter: "rollback" }, [
        ["after-documented", "The incident is on record with its evidence", event({ kind: "rolled-back" })],
        ["after-cause", "Its cause was found", attested("tech-lead")],
        ["after-mended", "The next candidate was tried in staging", checkOfSuccessor("staging-baseline")],
        ["after-tested", "The next candidate was tested", checkOfSuccessor("test-results")],
        ["after-planned", "The next attempt is planned", attested("operations-lead")],
    ]),
];

/** Who hears what, and when. */
export const communication: readonly Box[] = [
    ...section({ phase: "communication", heading: "Pre-Deployment", blocks: 10 }, [
        ["told-team", "The team was told a day before", event({ kind: "told", message: "before", hoursBefore: 24 })],
        ["calendar", "The time is held in calendars", attested("operations-lead")],
        ["status-notice", "The status page has its notice", event({ kind: "told", message: "before", notifier: "status-page" })],
        ["customers-drafted", "The text for customers is drafted", attested("product-lead")],
    ]),
    ...section({ phase: "communication", heading: "During Deployment", blocks: 25 }, [
        ["channel-active", "The channel heard of the start", event({ kind: "told", message: "start" })],
        ["updates-sent", "An update went out every 15 minutes", event({ kind: "updates", during: "rollout" })],
        ["war-room", "The war room is open", attested("operations-lead")],
        ["deciders-there", "Those who decide can be reached", attested("operations-lead")],
    ]),
    ...section({ phase: "communication", heading: "Post-Deployment", blocks: "never" }, [
        ["success-announced", "The success was announced", event({ kind: "told", message: "success" })],
        ["numbers-shared", "The numbers were shared", event({ kind: "told", message: "success" })],
        ["status-updated", "The status page was updated", event({ kind: "told", message: "success", notifier: "status-page" })],
        ["celebrated", "The team celebrated", attested("product-lead")],
    ]),
    ...section({ phase: "communication", heading: "Incident Communication", blocks: "never", askedAfter: "incident" }, [
        ["incident-told", "People hear of an incident at once", event({ kind: "told", message: "incident" })],
        ["incident-impact", "They hear what it means to users", event({ kind: "told", message: "incident" })],
        ["incident-estimate", "They hear when it will be over", event({ kind: "told", message: "incident" })],
        ["incident-updates", "They hear more every 15 minutes, until it is over", event({ kind: "updates", during: "incident" })],
    ]),
];

/** What a success is. */
export const success: readonly Box[] = [
    ...section({ phase: "success", heading: "Deployment Success Criteria", blocks: "never" }, [
        ["success-incidents", "Nothing was rolled back, and no critical alert fired", event({ kind: "no-incident" })],
        ["success-availability", "Availability is above 99.9 %", gate("success", "success-availability")],
        ["success-errors", "Errors are below 0.1 %", gate("success", "success-error-ratio")],
        ["success-latency", "p95 is within the agreed level", gate("success", "success-latency-p95-hit", "success-latency-p95-miss")],
        [
            "success-endpoints",
            "All endpoints work",
            gate(
                "success",
                "success-probe-health",
                "success-probe-api",
                "success-probe-cache",
                "success-probe-engagement-events",
                "success-probe-search",
                "success-probe-trending",
                "success-probe-creator-recommendations",
                "success-probe-similar-videos",
            ),
        ],
        ["success-cache", "More than 95 % of lookups hit the cache", gate("success", "success-cache-hit")],
    ]),
    ...section({ phase: "success", heading: "Performance Baseline", blocks: "never" }, [
        [
            "performance-latency",
            "p95 is at most 100 ms on cache hits and 300 ms on misses",
            gate("success", "success-latency-p95-hit", "success-latency-p95-miss"),
        ],
        ["performance-errors", "Errors are below 0.1 %", gate("success", "success-error-ratio")],
        ["performance-cache", "At least 95 % of lookups hit the cache", gate("success", "success-cache-hit")],
        ["performance-uptime", "Uptime is above 99.9 %", gate("success", "success-availability")],
        ["performance-cpu", "CPU is below 50 % on average", gate("success", "success-cpu")],
        ["performance-memory", "Every pod uses less than 300 Mi", gate("success", "success-memory")],
    ]),
    ...section({ phase: "success", heading: "User Impact", blocks: "never" }, [
        ["impact-downtime", "Users got answers: more than 99.9 % of their requests since the finish", gate("success", "success-availability")],
        [
            "impact-feed",
            "The API answers a probe, and users within the agreed p95",
            gate("success", "success-probe-api", "success-latency-p95-hit", "success-latency-p95-miss"),
        ],
        ["impact-search", "Search works", gate("success", "success-probe-search")],
        ["impact-engagement", "Engagement is tracked", gate("success", "success-probe-engagement-events")],
        ["impact-complaints", "Users don't complain", attested("product-lead")],
        ["impact-ranking", "The ranking is better", attested("product-lead")],
    ]),
];

/** The last words. */
export const signOff: readonly Box[] = [
    ...section({ phase: "sign-off", heading: "Deployment Approval", blocks: "finished" }, [
        ["signed-tech-lead", "The tech lead signs", approved("tech-lead", "finished")],
        ["signed-operations", "Operations signs", approved("operations-lead", "finished")],
        ["signed-product", "Product signs", approved("product-lead", "finished")],
    ]),
    ...section({ phase: "sign-off", heading: "Deployment Execution", blocks: "never" }, [
        ["time-started", "When it was started is on record", event({ kind: "entered", weightPercent: 10 })],
        ["time-canary", "When the canary was complete is on record", event({ kind: "gate-passed", weightPercent: 10 })],
        ["time-half", "When half was complete is on record", event({ kind: "gate-passed", weightPercent: 50 })],
        ["time-full", "When all traffic was moved is on record", event({ kind: "entered", weightPercent: 100 })],
        ["time-signed", "When it was signed off is on record", event({ kind: "finished" })],
    ]),
    ...section({ phase: "sign-off", heading: "Post-Deployment Verification", blocks: "never" }, [
        ["verified-day", "The review after a day is on record", event({ kind: "checkpoint", hours: 24 })],
        ["verified-metrics", "Its numbers are within the targets", event({ kind: "checkpoint", hours: 24 })],
        ["verified-issues", "Nothing was rolled back, and no critical alert fired", event({ kind: "no-incident", hours: 24 })],
        ["verified-ready", "It was declared ready for production", event({ kind: "checkpoint", hours: 48 })],
    ]),
];
