import { join } from "node:path";

import getPort from "get-port";
import { stringify } from "yaml";
import { z } from "zod";

import { toolPath } from "../../../lab/toolchain/paths.ts";
import type { RealServers } from "../preflight-servers.ts";
import type { SeriesLabels } from "../../../rollout/gate/live/prometheus/series.ts";

/** A process whose metrics are scraped, and the labels that the scrape adds. */
export interface Target {
    readonly port: number;
    readonly labels: Readonly<Record<string, string>>;
}

const answerSchema = z.object({ data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()) })) }) });
const metadataSchema = z.object({ data: z.array(z.object({ metric: z.string(), type: z.string() })) });

/** A real Prometheus of a test, which scrapes every other second and is asked what it got. */
export class ScrapingPrometheus {
    readonly port: number;

    private constructor(port: number) {
        this.port = port;
    }

    /**
     * Starts it as one of `servers`.
     *
     * @param own labels of its own metrics; left out, it does not scrape itself.
     * @param configuration further parts of its configuration.
     */
    static async start(
        servers: RealServers,
        targets: readonly Target[],
        { own, configuration = {} }: { readonly own?: Target["labels"]; readonly configuration?: object } = {},
    ): Promise<ScrapingPrometheus> {
        const port = await getPort({ host: "127.0.0.1" });
        const all = own === undefined ? targets : [...targets, { port, labels: own }];
        const whole = {
            global: { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "2s" },
            scrape_configs: [
                { job_name: "targets", static_configs: all.map((target) => ({ targets: [`127.0.0.1:${String(target.port)}`], labels: target.labels })) },
            ],
            ...configuration,
        };
        servers.start("prometheus", toolPath("prometheus"), [
            `--config.file=${await servers.write("prometheus.yaml", stringify(whole))}`,
            `--storage.tsdb.path=${join(servers.folder, "prometheus")}`,
            `--web.listen-address=127.0.0.1:${String(port)}`,
            "--log.level=warn",
        ]);
        return new ScrapingPrometheus(port);
    }

    /** Labels of each series that a query gives, whatever their values. @throws with Prometheus' reason. */
    async series(query: string): Promise<readonly SeriesLabels[]> {
        // Not by the adapter, which gates use: it takes no answer with a remark, and Prometheus remarks on counters whose name does not end in `_total`.
        const answer = await fetch(`${this.#url()}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
        if (!answer.ok) {
            throw new Error(`${query}: ${await answer.text()}`);
        }
        return answerSchema.parse(await answer.json()).data.result.map(({ metric }) => metric);
    }

    /** The type of each metric of a job, as it is exposed. */
    async types(job: string): Promise<ReadonlyMap<string, string>> {
        const query = new URLSearchParams({ match_target: `{job="${job}"}` });
        const answer = await fetch(`${this.#url()}/api/v1/targets/metadata?${query.toString()}`);
        return new Map(metadataSchema.parse(await answer.json()).data.map(({ metric, type }) => [metric, type]));
    }

    /** Every label that some series of a job's metric has, in order. */
    async labels(job: string, metric: string): Promise<readonly string[]> {
        const all = (await this.series(`${metric}{job="${job}"}`)).flatMap((labels) => Object.keys(labels));
        return [...new Set(all)].filter((label) => label !== "__name__").toSorted();
    }

    #url(): string {
        return `http://127.0.0.1:${String(this.port)}`;
    }
}
