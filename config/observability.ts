import { z } from "zod";

import { text } from "../rollout/settings/text.ts";

/** How a stack is watched: whose Prometheus, Alertmanager and Grafana pick its objects up, and who is called. */

const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const secretName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const secureUrl = /^https:\/\/[^\s/?#@]+(\/[^\s?#@]*[^\s?#@/])?$/;

const logAddress = /^https:\/\/[^\s/?#@]+(\/[^\s@]*)?$/;

const labelFix = "use letters, digits, '-', '_' and '.', with a letter or digit at both ends";

const job = (what: string, usual: string) =>
    text.default(usual).meta({
        description: `Value of the label \`job\` on what Prometheus scrapes of ${what}.`,
        examples: [usual],
        fix: "look it up under Status > Targets",
    });

const link = (what: string, example: string) =>
    text.regex(secureUrl, "is not an https address without a slash at the end").meta({
        description: what,
        examples: [example],
        fix: "write an https address without credentials, query or a slash at the end",
    });

const labels = (description: string, example: Readonly<Record<string, string>>, fix: string) =>
    z
        .record(z.string().regex(labelKey, "is not a label"), z.string().regex(labelValue, "is not a label value"))
        .default({})
        .meta({ description, examples: [example], fix });

/** The schema of the key `observability`. */
export const observabilitySchema = z.strictObject({
    team: text.regex(labelValue, "is not a label value").meta({
        description: "Who is called: the label `team` of every alert, by which alerts are routed.",
        examples: ["ranking"],
        fix: labelFix,
    }),
    selectLabels: labels(
        "Labels by which Prometheus finds rules and monitors. If omitted, it takes all, which kube-prometheus-stack does not by default.",
        { release: "kube-prometheus-stack" },
        "look at ruleSelector and podMonitorSelector of the Prometheus resource",
    ),
    grafanaUrl: link("Where Grafana is: alerts link to its dashboards.", "https://grafana.example.com"),
    runbookUrl: link("Where docs/runbooks is read: alerts link to `<alert>.md` below it.", "https://docs.example.com/runbooks"),
    logsUrl: text
        .regex(logAddress, "is not an https address")
        .exactOptional()
        .meta({
            description:
                "Where lines of the log are read. Panels on the log link to it. $namespace, $service, $stable and $candidate are filled in by Grafana.",
            examples: ["https://grafana.example.com/a/grafana-lokiexplore-app/explore/service/$service/logs"],
            fix: "write an https address without credentials",
        }),
    podLogs: z
        .strictObject({
            selectLabels: labels(
                "Labels by which Grafana Alloy finds the object. If omitted, it takes all.",
                { team: "ranking" },
                "look at the selector of loki.source.podlogs",
            ),
        })
        .exactOptional()
        .meta({
            description:
                "Asks Grafana Alloy for the service's logs with an object of the kind PodLogs. If omitted, whatever collects logs finds the pods by itself.",
            fix: "set selectLabels, or write {}",
        }),
    receivers: z.strictObject({
        secretName: text.regex(secretName, "is not the name of a Secret").meta({
            description: "Secret with the receivers' keys, in the stack's namespace: docs/observability.md names them. Not made by this program.",
            examples: ["video-ranking-receivers"],
            fix: "use lower-case letters, digits, hyphens and dots",
        }),
        channel: text.regex(/^#[-a-z0-9_]{1,79}$/, "is not a channel").meta({
            description: "Chat channel that hears of what is urgent.",
            examples: ["#ranking-alerts"],
            fix: "write # and the channel's name in lower case",
        }),
    }),
    jobs: z
        .strictObject({
            postgres: job("postgres_exporter", "postgres-exporter"),
            kafka: job("kafka_exporter", "kafka-exporter"),
            prometheus: job("Prometheus itself", "prometheus"),
            alertmanager: job("Alertmanager", "alertmanager"),
        })
        .prefault({})
        .meta({ description: "What Prometheus calls things that another team runs.", fix: "set postgres, kafka, prometheus, alertmanager, or leave it out" }),
});

/** How a stack is watched: see the descriptions in {@link observabilitySchema}. */
export type ObservabilityConfig = z.infer<typeof observabilitySchema>;
