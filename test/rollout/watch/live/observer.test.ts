import { type Server, createServer } from "node:http";

import { afterEach, describe, expect, it } from "vitest";

import { Observer } from "../../../../rollout/watch/live/observer.ts";
import type { MetricsConfig } from "../../../../rollout/settings/metrics.ts";
import { profile } from "../../../../service/profile.ts";

const servers: Server[] = [];

afterEach(async () => {
    await Promise.all(
        servers.splice(0).map((server) => {
            server.closeAllConnections();
            return new Promise((resolve) => server.close(resolve));
        }),
    );
});

/** A server that takes note of what it is asked. */
async function listening(): Promise<{ readonly url: string; readonly asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
        asked.push(decodeURIComponent(request.url ?? ""));
        response.writeHead(503).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return { url: `http://127.0.0.1:${String(typeof address === "object" ? address?.port : 0)}`, asked };
}

function observer(metrics: Partial<MetricsConfig>): Observer {
    return new Observer({
        target: {
            profile,
            namespace: "shop",
            service: "ranking",
            hostname: "ranking.example.com",
            gateway: { testers: { kind: "header" } },
            timeScale: 1,
            metrics: { prometheusUrl: "http://127.0.0.1:1", gatewayUrl: "http://127.0.0.1:1", scrapeIntervalSeconds: 15, ...metrics },
        },
        testers: () => Promise.resolve({}),
        state: {
            pods: () => Promise.resolve([]),
            autoscaler: () => Promise.resolve(undefined),
            serverNow: () => Promise.resolve(new Date(0)),
        },
    });
}

describe("an observer's reader of the gateway's statistics", () => {
    it.each([
        { clusterName: "{namespace}_{service}-{revision}_80", asks: String.raw`cluster\.shop_ranking\-v2\-0\-0_80\.upstream_` },
        { clusterName: "httproute/{namespace}/{revision}/rule/0", asks: String.raw`cluster\.httproute\/shop\/v2\-0\-0\/rule\/0\.upstream_` },
    ])("asks for the cluster of the candidate, by the stack's name for it: $clusterName", async ({ clusterName, asks }) => {
        const { url, asked } = await listening();
        const own = observer({ gateway: { kind: "envoy", clusterName }, gatewayStatsUrl: `${url}/stats/prometheus` });
        const statistics = own.gatewayStatistics("v2-0-0");
        const [instance] = (await statistics?.instances()) ?? [];
        const look = instance && (await statistics?.look(instance));
        await Promise.all([statistics?.close(), own.close()]);

        expect(look?.counts).toMatchObject({ kind: "missing", reason: expect.stringContaining("it answered 503") as unknown });
        expect(asked).toEqual([expect.stringContaining(asks)]);
    });

    it("goes the way that leads to pods", async () => {
        const proxy = await listening();
        const own = observer({
            gateway: { kind: "envoy", clusterName: "{revision}" },
            gatewayStatsUrl: "http://envoy.inside:8002/stats/prometheus",
            podProxyUrl: proxy.url,
        });
        const statistics = own.gatewayStatistics("v2");
        const [instance] = (await statistics?.instances()) ?? [];
        await (instance && statistics?.look(instance));
        await Promise.all([statistics?.close(), own.close()]);

        expect(proxy.asked).toEqual([expect.stringMatching(/^http:\/\/envoy\.inside:8002\/stats\/prometheus\?filter=/)]);
    });

    it("is none where the stack doesn't say where they are", () => {
        expect(observer({ gateway: { kind: "envoy", clusterName: "{revision}" } }).gatewayStatistics("v2")).toBeUndefined();
    });
});
