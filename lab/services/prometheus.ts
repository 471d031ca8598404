import { getOk } from "../http.ts";
import { prometheusFiles, writePrometheusConfiguration } from "../prometheus.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Service } from "./service.ts";

/** Prometheus: finds the pods of revisions through the API server and scrapes them. Runs in the lab's network, where pods have addresses. */
export const prometheus: Service = {
    name: "prometheus",
    needs: ["kube-apiserver", "crossing"],
    after: ["network", "cluster objects"],
    inside: true,
    readyWithinMs: 30_000,
    prepare: async ({ layout, state }) => writePrometheusConfiguration(layout, state),
    command: ({ layout, state }) => {
        const files = prometheusFiles(layout);
        return {
            file: toolPath("prometheus"),
            workingDirectory: layout.data,
            args: [
                `--config.file=${files.configuration}`,
                `--storage.tsdb.path=${files.data}`,
                "--storage.tsdb.retention.time=12h",
                `--web.listen-address=127.0.0.1:${String(state.ports.prometheus)}`,
                "--web.enable-lifecycle",
                // New pods are to be scraped a second after they were found, in place of five.
                "--scrape.discovery-reload-interval=1s",
                "--log.level=warn",
            ],
        };
    },
    check: async ({ state }) => {
        await getOk(`http://127.0.0.1:${String(state.ports.prometheus)}/-/ready`);
    },
};
