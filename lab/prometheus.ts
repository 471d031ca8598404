import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { credentialFiles } from "./credentials.ts";
import { post } from "./http.ts";
import { gatewayStatisticsUrlInside } from "./network.ts";
import type { LabLayout } from "./layout.ts";
import type { LabState } from "./state.ts";
import { revisionLabels, serviceLabel } from "./workload/revision-labels.ts";

/** How often the lab's Prometheus scrapes and evaluates rules unless asked otherwise, in seconds. Shorter than anywhere else: a rollout takes minutes here, not hours. */
export const defaultScrapeIntervalSeconds = 1;

/** Longest time for one scrape, in seconds: Prometheus' own default, where the interval allows it. */
const longestScrapeSeconds = 10;

/** The files of a lab's Prometheus. */
export function prometheusFiles(layout: LabLayout): {
    readonly folder: string;
    readonly configuration: string;
    readonly rules: string;
    readonly scrapes: string;
    readonly data: string;
} {
    const folder = join(layout.data, "prometheus");
    // Rules and further scrapes: every `*.yaml` in the folder is loaded, if there is any.
    return {
        folder,
        configuration: join(folder, "prometheus.yaml"),
        rules: join(folder, "rules"),
        scrapes: join(folder, "scrapes"),
        data: join(folder, "data"),
    };
}

/**
 * The configuration of the lab's Prometheus: scrapes the port `metrics` of every pod that belongs to a revision and has not ended, in all namespaces, and gives its series the
 * labels that docs/service-contract.md names, from the pod and not from what the process says. Beside them, as job `gateway`, what Envoy counts of each backend.
 *
 * @param scrapeIntervalSeconds also how often rules are evaluated.
 */
export function prometheusConfiguration(layout: LabLayout, state: Pick<LabState, "ports">, scrapeIntervalSeconds: number): unknown {
    const interval = `${String(scrapeIntervalSeconds)}s`;
    const label = (target: string, name: string): object => ({ source_labels: meta(name), target_label: target });
    return {
        global: {
            scrape_interval: interval,
            scrape_timeout: `${String(Math.min(scrapeIntervalSeconds, longestScrapeSeconds))}s`,
            evaluation_interval: interval,
        },
        rule_files: [join(prometheusFiles(layout).rules, "*.yaml")],
        scrape_config_files: [join(prometheusFiles(layout).scrapes, "*.yaml")],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${String(state.ports.alertmanager)}`] }] }] },
        scrape_configs: [
            {
                job_name: "pods",
                kubernetes_sd_configs: [podDiscovery(layout, state, serviceLabel)],
                relabel_configs: [
                    {
                        action: "keep",
                        source_labels: revisionLabels.flatMap((name) => meta(`pod_labelpresent_${metaName(name)}`)),
                        separator: "",
                        regex: "true",
                    },
                    ...metricsPorts,
                    label("namespace", "namespace"),
                    label("pod", "pod_name"),
                    label("service", `pod_label_${metaName(serviceLabel)}`),
                    // A pod has one of them, so that they are its value together.
                    { source_labels: revisionLabels.flatMap((name) => meta(`pod_label_${metaName(name)}`)), separator: "", target_label: "revision" },
                    label("job", `pod_label_${metaName(serviceLabel)}`),
                    { source_labels: ["__address__"], target_label: "instance" },
                ],
            },
            gatewayScrape("gateway", staticTarget(gatewayStatisticsUrlInside)),
        ],
    };
}

const meta = (name: string): readonly string[] => [`__meta_kubernetes_${name}`];
const keep = (name: string, regex: string): object => ({ action: "keep", source_labels: meta(name), regex });
const drop = (name: string, regex: string): object => ({ action: "drop", source_labels: meta(name), regex });

/** Of what a pod has, the port by the name `metrics`, for as long as it has not ended. */
const metricsPorts = [keep("pod_container_port_name", "metrics"), drop("pod_container_init", "true"), drop("pod_phase", "Succeeded|Failed")];

/** How Prometheus finds pods that have a label, or a label with a value (`name=value`). */
function podDiscovery(layout: LabLayout, { ports }: Pick<LabState, "ports">, label: string): object {
    const credentials = credentialFiles(layout);
    return {
        role: "pod",
        api_server: `https://127.0.0.1:${String(ports.kubeApiserver)}`,
        authorization: { credentials_file: credentials.prometheusToken },
        tls_config: { ca_file: credentials.certificateAuthority },
        selectors: [{ role: "pod", label }],
    };
}

/** One target of a scrape, for as long as there is a lab. */
export function staticTarget(url: string): object {
    return { static_configs: [{ targets: [new URL(url).host] }] };
}

/** Targets of a scrape: the port `metrics` of each pod that has a label (`name=value`). The label `pod` says which. */
export function podTargets(layout: LabLayout, state: Pick<LabState, "ports">, label: string): object {
    return {
        kubernetes_sd_configs: [podDiscovery(layout, state, label)],
        relabel_configs: [...metricsPorts, { source_labels: meta("pod_name"), target_label: "pod" }],
    };
}

/**
 * The scrape of the statistics of a gateway's Envoys. Of some 400 families it keeps those that tell of requests to a backend and of connections that failed.
 *
 * @param targets which Envoys: {@link staticTarget} or {@link podTargets}.
 */
function gatewayScrape(job: string, targets: object): object {
    const kept = "envoy_cluster_upstream_(rq|rq_.+|cx_connect_fail|cx_connect_timeout|cx_none_healthy|cx_protocol_error|cx_destroy_remote_with_active_rq)";
    return {
        job_name: job,
        metrics_path: "/stats/prometheus",
        ...targets,
        metric_relabel_configs: [{ action: "keep", source_labels: ["__name__"], regex: kept }],
    };
}

/** A label's name as Prometheus writes it in its meta labels. */
function metaName(label: string): string {
    return label.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}

/** Adds the scrape of a gateway that was started on demand, or replaces it. The running Prometheus goes on with it. */
export async function addGatewayScrape(layout: LabLayout, state: Pick<LabState, "ports">, job: string, targets: object): Promise<void> {
    await writeFile(join(prometheusFiles(layout).scrapes, `${job}.yaml`), stringify({ scrape_configs: [gatewayScrape(job, targets)] }));
    await reloadPrometheus(layout, state);
}

/** Writes the configuration, and makes the folder of rules. A running Prometheus takes it at the next {@link reloadPrometheus}. */
export async function writePrometheusConfiguration(
    layout: LabLayout,
    state: Pick<LabState, "ports">,
    scrapeIntervalSeconds: number = defaultScrapeIntervalSeconds,
): Promise<void> {
    const files = prometheusFiles(layout);
    await mkdir(files.rules, { recursive: true });
    await mkdir(files.scrapes, { recursive: true });
    await writeFile(files.configuration, stringify(prometheusConfiguration(layout, state, scrapeIntervalSeconds)));
}

/**
 * Makes the lab's running Prometheus read its configuration and rules again: after a change of a file in the folder of rules, or with another scrape interval. The interval holds
 * until the next reload or start.
 *
 * @throws Error with Prometheus' reason, where it refuses; it goes on with the old ones then.
 */
export async function reloadPrometheus(
    layout: LabLayout,
    state: Pick<LabState, "ports">,
    options: { readonly scrapeIntervalSeconds?: number } = {},
): Promise<void> {
    await writePrometheusConfiguration(layout, state, options.scrapeIntervalSeconds);
    const { status, body } = await post(`http://127.0.0.1:${String(state.ports.prometheus)}/-/reload`, { withinMs: 10_000 });
    if (status !== 200) {
        throw new Error(`Prometheus refuses its configuration: ${body.slice(0, 500)}`);
    }
}
