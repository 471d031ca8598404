import { type Box, approved, attested, check, declared, event, gate, policy, section } from "../../rollout/checklist/box.ts";

/** What is prepared in the three days before. */
export const preparation: readonly Box[] = [
    ...section({ phase: "preparation", heading: "Code & Artifacts", blocks: 10 }, [
        ["tests-passed", "The test run of the release passed: at least 306 tests, none failed", check("test-results")],
        ["change-reviewed", "The change was reviewed and approved", check("merged-change")],
        ["change-merged", "The change is merged into the main branch", check("merged-change")],
        ["release-tagged", "The release's tag points at what is deployed", check("release-tag")],
        ["image-pushed", "The image is in the registry under its digest", check("image-in-registry")],
        ["image-scanned", "The image was scanned, and signed or attested", check("image-attested", "image-scan")],
        ["no-vulnerabilities", "The scan found nothing high or critical", check("image-scan")],
    ]),
    ...section({ phase: "preparation", heading: "Infrastructure Preparation", blocks: 10 }, [
        ["namespace", "The namespace is declared", declared("kubernetes:core/v1:Namespace")],
        ["secrets", "Secrets are generated and declared, and are nowhere in plain text", policy("no-secret-literal", "kubernetes:core/v1:Secret")],
        ["config-maps", "Settings are declared, immutable, one set for each revision", policy("immutable-config", "kubernetes:core/v1:ConfigMap")],
        ["backups-scheduled", "Backups of the database are scheduled", policy("backup-exists", "kubernetes:batch/v1:CronJob")],
        ["redis-verified", "Redis answers, replicates and has memory left", check("redis")],
        ["clickhouse-verified", "ClickHouse answers on all shards and replicas", check("clickhouse")],
        ["topics-created", "The topics are as declared", check("kafka")],
        ["certificates-valid", "Certificates are valid for the host and long enough", check("certificates")],
    ]),
    ...section({ phase: "preparation", heading: "Monitoring & Alerting", blocks: 10 }, [
        ["prometheus", "Prometheus scrapes every pod of both revisions, and what the gateway counts", check("scrapes")],
        [
            "alert-rules",
            "At least 20 alert rules are loaded and healthy, and each has a receiver and a runbook",
            check("alert-rules", "alert-routes", "runbooks"),
        ],
        ["dashboards", "Dashboards are there", check("dashboards")],
        ["on-call", "Somebody is on call for each hour of the rollout and of the two days after it", attested("operations-lead")],
        ["escalation", "Alerts without an acknowledgement escalate", attested("operations-lead")],
        ["team-trained", "The team knows the dashboards", attested("operations-lead")],
        ["logs-collected", "Logs are collected and keep the contract", check("logs")],
    ]),
    ...section({ phase: "preparation", heading: "Documentation", blocks: 10 }, [
        ["runbooks", "The runbooks were reviewed", attested("tech-lead")],
        ["rollback-tested", "The exact rollback was tried in a dry run", check("rollback-rehearsal")],
        ["incident-plan", "The plan for an incident is ready", attested("operations-lead")],
        ["channels-open", "The team's channels take messages", check("notifiers")],
        ["customers-prepared", "The text for customers is ready", attested("product-lead")],
        ["status-page-ready", "The status page takes updates", event({ kind: "told", message: "before", notifier: "status-page" })],
    ]),
    ...section({ phase: "preparation", heading: "Load Testing", blocks: 10 }, [
        ["load-test", "The load test kept the plan's thresholds", check("load-test")],
        ["performance-baseline", "The baseline of performance is on record", check("staging-baseline")],
        ["resources-validated", "The cluster has room for what the pods request, also after a rollback", check("capacity")],
        ["scaling-validated", "The autoscaler has metrics and can scale", check("autoscaling")],
        ["failures-tested", "Failures were tried in staging", attested("tech-lead")],
        ["disaster-recovery", "Getting the data back from a backup was tried", check("backup-age")],
    ]),
];

/** The baseline in staging and the approvals before the first step. */
export const baseline: readonly Box[] = [
    ...section({ phase: "baseline", heading: "Metrics Validation", blocks: 10 }, [
        ["baseline-uptime", "Uptime is at least 99.9 %", gate(0, "baseline-availability")],
        ["baseline-latency", "p95 is at most 100 ms on cache hits and 300 ms on misses", gate(0, "baseline-latency-p95-hit", "baseline-latency-p95-miss")],
        ["baseline-cache", "At least 95 % of lookups hit the cache", gate(0, "baseline-cache-hit")],
        ["baseline-errors", "Errors are below 0.1 %", gate(0, "baseline-error-ratio")],
        ["baseline-cpu", "CPU is below 50 % on average", gate(0, "baseline-cpu")],
        ["baseline-memory", "Every pod uses less than 300 Mi", gate(0, "baseline-memory")],
        [
            "baseline-endpoints",
            "All endpoints work",
            gate(
                0,
                "baseline-probe-health",
                "baseline-probe-api",
                "baseline-probe-cache",
                "baseline-probe-engagement-events",
                "baseline-probe-search",
                "baseline-probe-trending",
                "baseline-probe-creator-recommendations",
                "baseline-probe-similar-videos",
            ),
        ],
        ["baseline-restarts", "No pod restarted", gate(0, "baseline-restarts", "baseline-candidate-restarts")],
    ]),
    ...section({ phase: "baseline", heading: "Baseline Report", blocks: 10 }, [
        ["baseline-day", "The baseline covers 24 hours", check("staging-baseline")],
        ["baseline-signed", "The report of the baseline was signed", attested("tech-lead")],
        ["baseline-trends", "Its trends were looked at: nothing grows or degrades", check("staging-baseline")],
        ["baseline-anomalies", "Its anomalies are written down", attested("tech-lead")],
        ["baseline-optimizations", "What could be optimized is written down", attested("tech-lead")],
    ]),
    ...section({ phase: "baseline", heading: "Approval Gate", blocks: 10 }, [
        ["approval-tech-lead", "The tech lead approves", approved("tech-lead", 10)],
        ["approval-product-lead", "The product lead approves", approved("product-lead", 10)],
        ["approval-operations-lead", "The operations lead approves", approved("operations-lead", 10)],
        ["approval-security-review", "The security review approves", approved("security-review", 10)],
    ]),
];

/** The morning of the rollout, before the first step. */
export const deploymentDay: readonly Box[] = [
    ...section({ phase: "canary", heading: "06:00 - Pre-Deployment Verification", blocks: 10 }, [
        ["team-assembled", "Engineers, operators and on-call are there", attested("operations-lead")],
        ["channels-active", "The channels take messages", check("notifiers")],
        ["status-page-prepared", "The status page has its notice", event({ kind: "told", message: "before", notifier: "status-page" })],
        ["dashboards-visible", "The dashboards are open, and their panels have data", attested("operations-lead")],
        ["baseline-established", "The baseline's numbers are on record", check("staging-baseline")],
        ["incident-team-ready", "The incident team is ready", attested("operations-lead")],
    ]),
    ...section({ phase: "canary", heading: "06:30 - Infrastructure Pre-flight", blocks: 10 }, [
        ["preflight-postgres", "PostgreSQL is available and its replicas are in sync", check("postgres")],
        ["preflight-redis", "All Redis nodes are healthy and replicate", check("redis")],
        ["preflight-clickhouse", "All ClickHouse shards are healthy", check("clickhouse")],
        ["preflight-kafka", "All brokers are healthy", check("kafka")],
        ["preflight-network", "Names resolve, and routes lead where they should", check("routes")],
    ]),
    ...section({ phase: "canary", heading: "07:00 - Canary Deployment Start", blocks: 25 }, [
        ["canary-deployed", "One pod of the candidate is deployed", event({ kind: "entered", weightPercent: 10 })],
        ["canary-split", "The candidate really gets 10 % of requests", gate(10, "canary-observed-split")],
        ["canary-ready", "The candidate's pods are ready", gate(10, "canary-ready-pods")],
    ]),
];
