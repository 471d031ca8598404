import { describe, expect, it } from "vitest";

import { stackObservability } from "../../config/stack-observability.ts";
import { parseConfig } from "../../config/parse.ts";
import { readStack, withOwnEventStore } from "./stack-files.ts";

/** The production stack's config with changes to the key `observability` and beside it. */
function prod(change: Readonly<Record<string, unknown>> = {}) {
    const parsed = parseConfig({ ...readStack("prod"), ...change }, { variables: {}, secretKeys: new Set(["postgresAdminPassword"]) });
    if (!parsed.ok) {
        throw new Error(parsed.problems.map(({ key, problem, fix }) => `${key} ${problem}: ${fix}`).join("\n"));
    }
    return parsed.config;
}

const { observability } = readStack("prod");

describe("what a stack's config asks to be watched", () => {
    it("is nothing where the key is the empty object, which Pulumi.yaml gives a stack without it", () => {
        expect(stackObservability(prod({ observability: {} }))).toBeUndefined();
    });

    it("is about the stack's own service, revision and stores", () => {
        expect(stackObservability(prod())).toMatchObject({
            scope: {
                namespace: "nova-prod",
                service: "video-ranking",
                team: "ranking",
                stable: "v1-0-0",
                database: "video_ranking",
                inCluster: { redis: true, clickhouse: false },
                kafka: { brokers: 3, minimumInSyncReplicas: 2 },
                jobs: { redis: "video-ranking-redis", postgres: "postgres-exporter", prometheus: "prometheus" },
                links: { grafana: "https://grafana.example.com", runbooks: "https://docs.example.com/video-ranking/runbooks" },
            },
            selectLabels: { release: "kube-prometheus-stack" },
            scrapeIntervalSeconds: 15,
            receiverSecret: { name: "video-ranking-receivers", channel: "#ranking-alerts" },
        });
    });

    it("leaves stores out that somebody else runs", () => {
        const redis = { kind: "external", host: "redis.example.com", port: 6379 };
        const stores = { ...(withOwnEventStore(readStack("prod")).stores as object), redis };
        expect(stackObservability(prod({ stores }))?.scope.inCluster).toEqual({ redis: false, clickhouse: true });
    });

    it("leaves logs to whatever collects them, unless it says otherwise", () => {
        const logsUrl = "https://grafana.example.com/explore/$service?from=now-1h";
        const changed = { ...(observability as object), podLogs: {}, logsUrl };

        expect(stackObservability(prod())).not.toHaveProperty("podLogs");
        expect(stackObservability(prod({ observability: changed }))).toMatchObject({ podLogs: { selectLabels: {} }, scope: { links: { logs: logsUrl } } });
    });

    it("takes another name for what Prometheus scrapes", () => {
        const changed = { ...(observability as object), jobs: { kafka: "msk", prometheus: "prom" } };
        expect(stackObservability(prod({ observability: changed }))?.scope.jobs).toMatchObject({
            kafka: "msk",
            prometheus: "prom",
            postgres: "postgres-exporter",
        });
    });
});

describe("the key observability", () => {
    it.each([
        { change: { team: "the team" }, problem: "observability.team is not a label value" },
        { change: { grafanaUrl: "http://grafana.example.com" }, problem: "observability.grafanaUrl is not an https address" },
        {
            change: { runbookUrl: "https://docs.example.com/runbooks/" },
            problem: "observability.runbookUrl is not an https address without a slash at the end",
        },
        { change: { receivers: { secretName: "Receivers", channel: "#alerts" } }, problem: "observability.receivers.secretName is not the name of a Secret" },
        { change: { receivers: { secretName: "receivers", channel: "alerts" } }, problem: "observability.receivers.channel is not a channel" },
        { change: { logsUrl: "https://user@logs.example.com/" }, problem: "observability.logsUrl is not an https address" },
        { change: { podLogs: { selectLabels: { "a b": "c" } } }, problem: "observability.podLogs.selectLabels" },
        { change: { receivers: undefined }, problem: "observability.receivers" },
        { change: { pagerKey: "0123" }, problem: "observability.pagerKey is not a known key" },
    ])("refuses $change", ({ change, problem }) => {
        expect(() => prod({ observability: { ...(observability as object), ...change } })).toThrow(problem);
    });
});
