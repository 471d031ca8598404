import { type Box, alert, approved, attested, check, event, gate, section } from "./box.ts";

/** The two days after. */
export const steady: readonly Box[] = [
    ...section("steady", "Continuous Checks", "never", [
        ["hourly-reviews", "The success criteria are judged every hour", event({ kind: "checkpoint", hours: 24 })],
        ["alerts-answer", "Alerts reach people, and their silence would be noticed", alert("Watchdog")],
        ["user-reports", "Users' reports are read", attested("product-lead")],
        ["error-logs", "Critical lines of the log raise an alert", alert("StableLogsCriticalLines")],
        ["trends", "Growth of memory raises an alert", alert("StableMemoryGrows")],
    ]),
    ...section("steady", "24-Hour Checkpoint", "never", [
        ["day-stable", "It was stable for a day", event({ kind: "checkpoint", hours: 24 })],
        ["day-metrics", "Every success criterion passes", event({ kind: "checkpoint", hours: 24 })],
        ["day-incidents", "There was no critical incident", event({ kind: "no-incident", hours: 24 })],
        ["day-confidence", "The team is confident", attested("operations-lead")],
        ["day-normal", "It is operated as usual", event({ kind: "checkpoint", hours: 24 })],
    ]),
    ...section("steady", "48-Hour Checkpoint", "never", [
        ["two-days-stable", "It was stable for two days", event({ kind: "checkpoint", hours: 48 })],
        ["two-days-ranking", "The ranking performs", attested("product-lead")],
        ["two-days-cache", "The cache has settled", gate("success-cache-hit")],
        ["two-days-leaks", "Nothing leaks", gate("success-memory-growth")],
        ["two-days-success", "It may be called a success", event({ kind: "checkpoint", hours: 48 })],
    ]),
];

/** Rolling back. */
export const rollback: readonly Box[] = [
    ...section("rollback", "Quick Rollback", "never", [
        ["rollback-executed", "The rollback is on record", event({ kind: "rolled-back" })],
        [
            "rollback-deployed",
            "The stable revision kept the pods that all traffic needs",
            gate("canary-stable-pods", "quarter-stable-pods", "half-stable-pods"),
        ],
        ["rollback-healthy", "The stable revision answers, looked at since", check("routes")],
        ["rollback-traffic", "All requests reach the stable revision", event({ kind: "rolled-back" })],
    ]),
    ...section("rollback", "Rollback Criteria - Immediate Action", "never", [
        ["at-once-uptime", "Uptime below 99 % rolls it back", gate("uptime-at-once")],
        ["at-once-errors", "Errors above 5 % roll it back", gate("error-ratio-at-once")],
        ["at-once-latency", "p95 above 1000 ms rolls it back", gate("latency-p95-at-once")],
        ["at-once-crash-loop", "A crash loop rolls it back", gate("crash-loop-at-once")],
        ["at-once-database", "Failing database connections roll it back", gate("database-connections-at-once")],
        ["at-once-security", "A critical security issue rolls it back: a person says so", check("rollback-rehearsal")],
    ]),
    ...section("rollback", "Rollback Criteria - Investigative", "never", [
        ["investigate-errors", "Errors of 1 to 5 % hold it", gate("error-ratio-investigate")],
        ["investigate-latency", "p95 above 500 ms holds it", gate("latency-p95-investigate")],
        ["investigate-intermittent", "What fails now and then holds it", gate("restarts-investigate", "database-connections-investigate")],
        [
            "investigate-degradation",
            "Being worse than the stable revision holds it",
            gate("error-ratio-against-stable", "client-errors-against-stable", "latency-against-stable", "cache-against-stable"),
        ],
        ["investigate-unknown", "Critical lines of the log hold it", gate("critical-log-lines-investigate")],
    ]),
    ...section("rollback", "Post-Rollback Actions", "never", [
        ["after-documented", "The incident is on record with its evidence", event({ kind: "rolled-back" })],
        ["after-cause", "Its cause was found", attested("tech-lead")],
        ["after-mended", "It was fixed in staging", check("staging-baseline")],
        ["after-tested", "It was tested again", check("test-results")],
        ["after-planned", "The next attempt is planned", attested("operations-lead")],
    ]),
];

/** Who hears what, and when. */
export const communication: readonly Box[] = [
    ...section("communication", "Pre-Deployment", 10, [
        ["told-team", "The team was told a day before", event({ kind: "told", message: "before" })],
        ["calendar", "The time is held in calendars", attested("operations-lead")],
        ["status-notice", "The status page has its notice", event({ kind: "told", message: "before", notifier: "status-page" })],
        ["customers-drafted", "What customers are told is drafted", attested("product-lead")],
    ]),
    ...section("communication", "During Deployment", 25, [
        ["channel-active", "The channel heard of the start", event({ kind: "told", message: "start" })],
        ["updates-sent", "An update went out every 15 minutes", event({ kind: "told", message: "update" })],
        ["war-room", "The war room is open", attested("operations-lead")],
        ["deciders-there", "Those who decide can be reached", attested("operations-lead")],
    ]),
    ...section("communication", "Post-Deployment", "never", [
        ["success-announced", "The success was announced", event({ kind: "told", message: "success" })],
        ["numbers-shared", "The numbers were shared", event({ kind: "told", message: "success" })],
        ["status-updated", "The status page was updated", event({ kind: "told", message: "success", notifier: "status-page" })],
        ["celebrated", "The team celebrated", attested("product-lead")],
    ]),
    ...section("communication", "Incident Communication", "never", [
        ["incident-told", "People hear of an incident at once", event({ kind: "told", message: "incident" })],
        ["incident-impact", "They hear what it means to users", event({ kind: "told", message: "incident" })],
        ["incident-estimate", "They hear when it will be over", event({ kind: "told", message: "incident" })],
        ["incident-updates", "They hear more every 15 minutes", event({ kind: "told", message: "update" })],
    ]),
];

/** What a success is. */
export const success: readonly Box[] = [
    ...section("success", "Deployment Success Criteria", "never", [
        ["success-incidents", "There was no critical incident", event({ kind: "no-incident" })],
        ["success-availability", "Availability is above 99.9 %", gate("success-availability")],
        ["success-errors", "Errors are below 0.1 %", gate("success-error-ratio")],
        ["success-latency", "p95 is within the agreed level", gate("success-latency-p95-hit", "success-latency-p95-miss")],
        [
            "success-endpoints",
            "All endpoints work",
            gate(
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
        ["success-cache", "More than 95 % of lookups hit the cache", gate("success-cache-hit")],
    ]),
    ...section("success", "Performance Baseline", "never", [
        ["performance-latency", "p95 is at most 100 ms on cache hits and 300 ms on misses", gate("success-latency-p95-hit", "success-latency-p95-miss")],
        ["performance-errors", "Errors are below 0.1 %", gate("success-error-ratio")],
        ["performance-cache", "At least 95 % of lookups hit the cache", gate("success-cache-hit")],
        ["performance-uptime", "Uptime is above 99.9 %", gate("success-availability")],
        ["performance-cpu", "CPU is below 50 % on average", gate("success-cpu")],
        ["performance-memory", "Every pod uses less than 300 Mi", gate("success-memory")],
    ]),
    ...section("success", "User Impact", "never", [
        ["impact-downtime", "Users saw no downtime", gate("success-availability")],
        ["impact-feed", "The feed loads fast", gate("success-probe-api")],
        ["impact-search", "Search works", gate("success-probe-search")],
        ["impact-engagement", "Engagement is tracked", gate("success-probe-engagement-events")],
        ["impact-complaints", "Users don't complain", attested("product-lead")],
        ["impact-ranking", "The ranking is better", attested("product-lead")],
    ]),
];

/** The last words. */
export const signOff: readonly Box[] = [
    ...section("sign-off", "Deployment Approval", "finished", [
        ["signed-tech-lead", "The tech lead signs", approved("tech-lead", "finished")],
        ["signed-operations", "Operations signs", approved("operations-lead", "finished")],
        ["signed-product", "Product signs", approved("product-lead", "finished")],
    ]),
    ...section("sign-off", "Deployment Execution", "never", [
        ["time-started", "When it was started is on record", event({ kind: "entered", weightPercent: 10 })],
        ["time-canary", "When the canary was complete is on record", event({ kind: "gate-passed", weightPercent: 10 })],
        ["time-half", "When half was complete is on record", event({ kind: "gate-passed", weightPercent: 50 })],
        ["time-full", "When all traffic was moved is on record", event({ kind: "entered", weightPercent: 100 })],
        ["time-signed", "When it was signed off is on record", event({ kind: "finished" })],
    ]),
    ...section("sign-off", "Post-Deployment Verification", "never", [
        ["verified-day", "The review after a day is on record", event({ kind: "checkpoint", hours: 24 })],
        ["verified-metrics", "Its numbers are within the targets", event({ kind: "checkpoint", hours: 24 })],
        ["verified-issues", "There was no critical issue", event({ kind: "no-incident", hours: 24 })],
        ["verified-ready", "It was declared ready for production", event({ kind: "checkpoint", hours: 48 })],
    ]),
];
