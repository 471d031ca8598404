import { join } from "node:path";

import getPort from "get-port";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ensureTools } from "../../../lab/toolchain/ensure.ts";
import { toolPath } from "../../../lab/toolchain/paths.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { pipelineAlerts } from "../../../observability/alerts/pipeline.ts";
import { documented as example } from "../../../config/observability-pages.ts";
import { pipelineMetrics } from "../../../observability/metrics/cluster.ts";
import { ruleFile } from "../../../observability/promtool.ts";
import { RealServers } from "../preflight-servers.ts";
import { ScrapingPrometheus } from "./scraping-prometheus.ts";

/** Made by Prometheus at each scrape, and not exposed by anybody: they have no type. `revision` is there on targets of the service only. */
const ofScrapes: ReadonlySet<string> = new Set(["up", "scrape_samples_scraped"]);

const servers = new RealServers();
let prometheus: ScrapingPrometheus;

/** Prometheus with the alerts about it, and an Alertmanager that can't tell anybody of the Watchdog. */
beforeAll(async () => {
    await ensureTools(["prometheus", "alertmanager"]);
    const [alertmanagerPort, nobody] = [await getPort({ host: "127.0.0.1" }), await getPort({ host: "127.0.0.1" })];
    const told = { receiver: "nobody", group_wait: "1s", group_interval: "1s" };
    const receiver = { name: "nobody", webhook_configs: [{ url: `http://127.0.0.1:${String(nobody)}/`, timeout: "1s" }] };
    servers.start("alertmanager", toolPath("alertmanager"), [
        `--config.file=${await servers.write("alertmanager.yaml", stringify({ route: told, receivers: [receiver] }))}`,
        `--storage.path=${join(servers.folder, "alertmanager")}`,
        `--web.listen-address=127.0.0.1:${String(alertmanagerPort)}`,
        "--cluster.listen-address=",
        "--log.level=error",
    ]);
    const { jobs } = example;
    const labels = (job: string): Readonly<Record<string, string>> => ({ namespace: "monitoring", pod: `${job}-0`, service: job, job });
    prometheus = await ScrapingPrometheus.start(servers, [{ port: alertmanagerPort, labels: labels(jobs.alertmanager) }], {
        own: labels(jobs.prometheus),
        configuration: {
            rule_files: [await servers.write("rules.yaml", ruleFile(example, [pipelineAlerts(example)], 2))],
            alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${String(alertmanagerPort)}`] }] }] },
        },
    });
    await waitUntil(
        async () => {
            expect(await prometheus.series("alertmanager_notifications_failed_total > 0")).not.toEqual([]);
        },
        { what: "a notification that fails", withinMs: 240_000, everyMs: 500 },
    );
});
afterAll(() => servers.end());

describe.each(["prometheus", "alertmanager"] as const)("a real %s", (source) => {
    const job = example.jobs[source];
    const metrics = pipelineMetrics.filter((metric) => metric.source === source && !ofScrapes.has(metric.name));

    it("shows each metric that rules and panels read, as the type that they take it for", async () => {
        const types = await prometheus.types(job);

        expect(metrics.map(({ name }) => ({ name, type: types.get(name) }))).toEqual(metrics.map(({ name, type }) => ({ name, type })));
    });

    it("gives each of them the labels that the lint counts on, and no others", async () => {
        for (const { name, labels } of metrics) {
            expect(await prometheus.labels(job, name), name).toEqual(labels.toSorted());
        }
    });
});

describe("the alert on lost notifications", () => {
    it("is true where Alertmanager reaches nobody", async () => {
        const lost = pipelineAlerts(example).alerts.find(({ expression }) => expression.includes("alertmanager_notifications_failed_total"));

        await waitUntil(
            async () => {
                expect(await prometheus.series(lost?.expression ?? "")).not.toEqual([]);
            },
            { what: "the alert", withinMs: 240_000, everyMs: 500 },
        );
    });
});
