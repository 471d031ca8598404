import { KubeConfig } from "@kubernetes/client-node";
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { prometheusClient } from "../../rollout/gate/live/prometheus.ts";
import { serveResourceMetrics } from "./server.ts";

const options = new Command("resource-metrics")
    .requiredOption("--kubeconfig <file>", "how to reach the API server")
    .requiredOption("--prometheus <url>", "where the use of pods is measured")
    .requiredOption("--port <port>", "port on 127.0.0.1", Number)
    .requiredOption("--certificate <file>", "PEM")
    .requiredOption("--key <file>", "PEM")
    .parse()
    .opts<{ kubeconfig: string; prometheus: string; port: number; certificate: string; key: string }>();

const cluster = new KubeConfig();
cluster.loadFromFile(options.kubeconfig);
serveResourceMetrics({
    cluster,
    prometheus: prometheusClient({ url: options.prometheus, timeoutMs: 2_000 }),
    tls: { cert: readFileSync(options.certificate), key: readFileSync(options.key) },
    port: options.port,
});
