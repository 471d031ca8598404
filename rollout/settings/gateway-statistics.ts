import { z } from "zod";

import { shortestReason } from "../consent/reason.ts";
import { text } from "./text.ts";

/** What a template may hold: the stack's namespace, the service's name and the revision's name. */
const placeholders: ReadonlySet<string> = new Set(["{namespace}", "{service}", "{revision}"]);

/** The name under which Contour has a revision's backend in Envoy: `<namespace>_<Service>_<port>`. */
export const contourClusterName = "{namespace}_{service}-{revision}_80";

/** The name under which Envoy Gateway has it, where its EnvoyProxy has `mergeBackends`: `service/<namespace>/<Service>/<port>/<protocol>`. Without it, both revisions are one cluster. */
export const envoyGatewayClusterName = "service/{namespace}/{service}-{revision}/80/http";

/** Text with placeholders: all of them known, and no brace besides. */
const template = text.refine(
    (value) => (value.match(/\{[^{}]*\}/g) ?? []).every((found) => placeholders.has(found)) && !/[{}]/.test(value.replaceAll(/\{[^{}]*\}/g, "")),
    "has a placeholder that is unknown",
);

const templateFix = "use {namespace}, {service} and {revision}, and no other braces";

const metricName = text.regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "is not a metric's name");
const labelName = text.regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, "is not a label's name");

const metric = (example: string) =>
    metricName.meta({
        description: "Name of the counter.",
        examples: [example],
        fix: "write the name alone: a counter, without labels and functions",
    });

const labels = z
    .record(labelName, template)
    .refine((all) => Object.values(all).some((value) => value.includes("{revision}")), "names no revision, so both would have the same numbers")
    .meta({
        description: "Labels that the series of one revision's backend have. Values may hold {namespace}, {service} and {revision}.",
        examples: [{ service: "{namespace}-{service}-{revision}-80@kubernetes" }],
        fix: `give labels that tell the revisions apart: ${templateFix}`,
    });

const counterSchema = (example: string) => z.strictObject({ metric: metric(example), labels });

const counter = (description: string, example: string) =>
    counterSchema(example).exactOptional().meta({ description, fix: "give metric and labels, or leave it out" });

const queries = z.strictObject({
    requests: z
        .strictObject({
            metric: metric("traefik_service_requests_total"),
            labels,
            statusLabel: labelName.default("code").meta({
                description: "Label with the status that users got, from 100 to 599.",
                examples: ["code"],
                fix: "write the label's name",
            }),
        })
        .meta({ description: "Counter of answers, by status, those that the gateway gave itself included.", fix: "give metric, labels and statusLabel" }),
    latency: z
        .strictObject({
            metric: metric("traefik_service_request_duration_seconds_bucket"),
            labels,
            unit: z
                .enum(["seconds", "milliseconds"])
                .meta({ description: "Unit of the label `le`.", examples: ["seconds"], fix: "use seconds or milliseconds" }),
        })
        .meta({
            description: "Buckets of the histogram of the time to answer: the metric whose name ends in `_bucket`.",
            fix: "give metric, labels and unit",
        }),
    timedOut: counter("Counter of requests that ran into a time limit. If omitted, answers with status 504 are counted.", "gateway_time_limits_total"),
    unanswered: counter(
        "Counter of requests whose connection was refused or reset, and that `requests` does not have. If omitted, `requests` has all of them.",
        "gateway_resets_total",
    ),
    retries: counter("Counter of attempts that were repeated. If omitted, the gateway repeats none.", "traefik_service_retries_total"),
});

/** The schema of the key `metrics.gateway`: whose statistics say what users got. */
export const gatewayStatisticsSchema = z
    .discriminatedUnion(
        "kind",
        [
            z.strictObject({
                kind: z.literal("envoy").meta({
                    description:
                        "`envoy`: Envoy's statistics of each backend, as under Contour. `istio`: those of an Istio ingress gateway. `custom`: counters of one's own. `none`: nothing; for a lab.",
                    examples: ["envoy"],
                }),
                clusterName: template
                    .refine((value) => value.includes("{revision}"), "names no revision, so both would have the same numbers")
                    .default(contourClusterName)
                    .meta({
                        description:
                            "With `envoy`: the label `envoy_cluster_name` of a revision's backend. Defaults to Contour's name. The other example is Envoy Gateway's, where its EnvoyProxy has `mergeBackends`.",
                        examples: [contourClusterName, envoyGatewayClusterName],
                        fix: templateFix,
                    }),
            }),
            z.strictObject({ kind: z.literal("istio") }),
            z.strictObject({
                kind: z.literal("custom"),
                queries: queries.meta({ description: "With `custom`: which counters to read.", fix: "give requests and latency" }),
            }),
            z.strictObject({
                kind: z.literal("none"),
                reason: text.min(shortestReason, `has fewer than ${String(shortestReason)} characters`).meta({
                    description: "Why nothing says what users got. Needed with `none`, and shown with each verdict.",
                    examples: ["this lab has no gateway"],
                    fix: "say in a sentence why the gateway is not read",
                }),
            }),
        ],
        "is not a kind of gateway",
    )
    .exactOptional()
    .meta({ description: "Whose statistics say what users got. Needed wherever `gates.kind` is `full`.", fix: "set kind to envoy, istio or custom" });

/** Counter of one's own gateway, with the labels of one revision's backend. Label values may hold {namespace}, {service} and {revision}. */
export type GatewayCounter = z.infer<ReturnType<typeof counterSchema>>;

/** Whose statistics say what users got. `none` only in a lab. */
export type GatewayStatistics = NonNullable<z.infer<typeof gatewayStatisticsSchema>>;
