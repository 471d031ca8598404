import { cp } from "node:fs/promises";
import { join } from "node:path";

import { execa } from "execa";
import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ensureTools } from "../../../lab/toolchain/ensure.ts";
import { toolPath } from "../../../lab/toolchain/paths.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { type Evidence, type RevisionEvidence } from "../../../rollout/gate/evidence.ts";
import { collectEvidence } from "../../../rollout/gate/live/evidence.ts";
import { prometheusClient } from "../../../rollout/gate/live/prometheus.ts";
import type { SampledSeries } from "../../../rollout/gate/live/prometheus/series.ts";
import { FixedPods, candidateOf, measured, now, processes, scope as entered, valueOf } from "../../rollout/gate/live/evidence/setup.ts";
import { sampled, seriesOf } from "../../rollout/gate/live/evidence/world.ts";
import { type WorldCounter, storedSeries } from "../../rollout/gate/live/gateway/world.ts";
import { podSeries } from "../../rollout/pod-series.ts";
import { RealServers } from "../preflight-servers.ts";

/** No scrape is of just the moment at which the window begins: Prometheus 2 has one of that moment in a range, and Prometheus 3 has not. */
const scope = { ...entered, enteredAt: new Date((now - 599.5) * 1_000).toISOString() };

/** What the gateway counts each second of a revision: ten answers, and for the candidate two of them failures. */
function cluster(revision: string, failures: number): readonly WorldCounter[] {
    const cluster = { envoy_cluster_name: `${scope.namespace}_${scope.service}-${revision}_80` };
    const counter = (name: string, perSecond: number, labels: Readonly<Record<string, string>> = {}): WorldCounter => ({
        name: `envoy_cluster_upstream_${name}`,
        labels: { ...cluster, ...labels },
        at: (at) => (at - (now - 2_000)) * perSecond,
    });
    return [
        counter("rq_total", 10),
        counter("rq_xx", 10 - failures, { envoy_response_code_class: "2" }),
        counter("rq_xx", failures, { envoy_response_code_class: "5" }),
        counter("rq", 10 - failures, { envoy_response_code: "200" }),
        counter("rq", failures, { envoy_response_code: "503" }),
        ...["rq_timeout", "rq_rx_reset", "cx_destroy_remote_with_active_rq", "cx_protocol_error", "cx_connect_fail", "rq_retry"].map((name) =>
            counter(name, 0),
        ),
        ...["5", "100", "1000", "+Inf"].map((le) => counter("rq_time_bucket", le === "5" ? 0 : 10, { le })),
    ];
}

const world: readonly SampledSeries[] = [
    ...sampled(processes.flatMap(seriesOf)),
    ...storedSeries([{ instance: "gateway-a:8002", counters: [...cluster("v1", 0), ...cluster("v2", 2)] }]),
];

/** Series in the text form that `promtool` makes blocks of. */
function openMetrics(series: readonly SampledSeries[]): string {
    const lines = series.flatMap(({ labels: { __name__: name = "", ...labels }, samples }) => {
        const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
        return samples.map(({ atSeconds, value }) => `${name}{${pairs.join(",")}} ${String(value)} ${String(atSeconds)}\n`);
    });
    return `${lines.join("")}# EOF\n`;
}

const servers = new RealServers();
const majors = ["prometheus-2", "prometheus"] as const;
const evidence = new Map<string, Evidence>();

/** Both servers begin with the same blocks, and the gate reads the same moment from them. */
beforeAll(async () => {
    await ensureTools(["promtool-2", ...majors]);
    const [metrics, blocks] = [await servers.write("world.txt", openMetrics(world)), join(servers.folder, "blocks")];
    await execa(toolPath("promtool-2"), ["tsdb", "create-blocks-from", "openmetrics", "--quiet", metrics, blocks]);
    const configuration = await servers.write("prometheus.yaml", "{}\n");
    for (const major of majors) {
        const [port, data] = [await getPort({ host: "127.0.0.1" }), join(servers.folder, `${major}-data`)];
        await cp(blocks, data, { recursive: true });
        const listen = `--web.listen-address=127.0.0.1:${String(port)}`;
        servers.start(major, toolPath(major), [`--config.file=${configuration}`, `--storage.tsdb.path=${data}`, listen, "--log.level=warn"]);
        const client = prometheusClient({ url: `http://127.0.0.1:${String(port)}`, timeoutMs: 60_000 });
        const version = await waitUntil(async () => valueOf(await client.version()), { what: `${major} to answer`, withinMs: 120_000 });
        evidence.set(
            version,
            await collectEvidence(scope, {
                prometheus: { ...client, now: async () => Promise.resolve({ kind: "observed", value: now }) },
                pods: new FixedPods(),
                podSeries,
                gateway: { kind: "envoy", clusterName: "{namespace}_{service}-{revision}_80" },
            }),
        );
    }
});
afterAll(() => servers.end());

describe("what the gate reads of the same series", () => {
    const all = (): readonly (readonly [version: string, revision: RevisionEvidence])[] =>
        [...evidence].flatMap(([version, of]) => [[version, of.stable] as const, [version, candidateOf(of)] as const]);

    it("comes from Prometheus 2 and from Prometheus 3", () => {
        expect([...evidence.keys()].map((version) => version.split(".")[0])).toEqual(["2", "3"]);
    });

    it("is all there on both", () => {
        for (const [version, revision] of all()) {
            for (const field of measured) {
                expect(revision[field], `${field} on ${version}`).toMatchObject({ kind: "observed" });
            }
            expect(revision.gateway, version).toMatchObject({ kind: "seen", requests: { kind: "observed" }, latency: { kind: "observed" } });
        }
    });

    it("is what happened: a fifth of the candidate's requests failed, by its own count and by the gateway's", () => {
        for (const of of evidence.values()) {
            const candidate = candidateOf(of);
            const { total, failed } = valueOf(candidate.requests);
            expect(total).toBeGreaterThan(5_000);
            expect(failed / total).toBeCloseTo(0.2, 10);
            expect(candidate.gateway).toMatchObject({ requests: { value: { total: 5_850, failed: 1_170 } } });
        }
    });

    it("is the same on both", () => {
        const [two, three] = [...evidence.values()];
        expect(three).toEqual(two);
    });
});
