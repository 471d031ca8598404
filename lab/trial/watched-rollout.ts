import { execa } from "execa";
import { randomInt } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { profile } from "../../service/profile.ts";

import { databaseName } from "../../components/database-name.ts";
import { type PrometheusClient, prometheusClient } from "../../rollout/gate/live/prometheus.ts";
import { contourClusterName } from "../../rollout/settings/gateway-statistics.ts";
import { ruleGroups } from "../../observability/catalogue.ts";
import { ruleFile } from "../../observability/promtool.ts";
import { type Scope, ownJobs } from "../../observability/scope.ts";
import { labLayout, labVariables, readLabState } from "../api.ts";
import { type Load, startLoad } from "../load/load.ts";
import { gatewayUrlInside, insideNetwork } from "../network.ts";
import { prometheusFiles, reloadPrometheus } from "../prometheus.ts";
import { nextRevision } from "./revisions.ts";
import { TrialStack, labMetrics } from "./trial-stack.ts";

/**
 * A rollout in the lab under load, watched by the real `rollout watch` and by every rule of observability/ in the lab's own Prometheus.
 *
 * The watcher runs inside the lab's network, where Prometheus can scrape it.
 */
export class WatchedRollout {
    /** What the rules are about. */
    readonly scope: Scope;
    /** Name of the candidate. */
    readonly candidate: string;
    readonly prometheus: PrometheusClient;
    readonly #url: string;
    /** The stack itself, to change it or to see what is live. */
    readonly stack: TrialStack;
    readonly #load: Load;
    readonly #stopWatcher: () => Promise<void>;

    private constructor(stack: TrialStack, scope: Scope, candidate: string, url: string, load: Load, stopWatcher: () => Promise<void>) {
        this.scope = scope;
        this.candidate = candidate;
        this.prometheus = prometheusClient({ url });
        this.#url = url;
        this.stack = stack;
        this.#load = load;
        this.#stopWatcher = stopWatcher;
    }

    /**
     * Makes all of it, and waits until Prometheus has evaluated every group and scraped the watcher.
     *
     * @param purpose as of a {@link TrialStack}.
     * @param requestsPerSecond of users, over both revisions.
     * @param options evaluationSeconds: how often every group is evaluated. Defaults to its own interval, which is minutes for some.
     */
    static async start(
        purpose: string,
        requestsPerSecond: number,
        { evaluationSeconds }: { readonly evaluationSeconds?: number } = {},
    ): Promise<WatchedRollout> {
        const state = readLabState();
        if (state === undefined) {
            throw new Error("the lab is not up: start it with 'make lab-up'");
        }
        const layout = labLayout();
        const { NOVA_LAB_PROMETHEUS_URL: url = "" } = labVariables(layout, state);
        const stack = await TrialStack.create(purpose);
        const next = nextRevision(stack.stable);
        stack.configure({ candidate: next, metrics: insideMetrics, observability });
        await done(stack, "at 0 %");
        stack.configure({ rolloutPercent: firstWeightPercent });
        await done(stack, `at ${String(firstWeightPercent)} %`);
        const load = await startLoad({ host: stack.hostname, requestsPerSecond });
        const scope = scopeOf(stack);
        const port = randomInt(20_000, 30_000);
        const stopWatcher = watch(stack, port);
        await writeRules(scope, port, evaluationSeconds);
        const rollout = new WatchedRollout(stack, scope, next.name, url, load, stopWatcher);
        await rollout.#settled();
        return rollout;
    }

    /** Series that a query gives now. @throws with Prometheus' reason where it refuses. */
    async query(expression: string): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]> {
        const response = await fetch(`${this.#url}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query: expression }) });
        const answer = answerSchema.parse(await response.json());
        if (answer.status !== "success") {
            throw new Error(`Prometheus refuses '${expression}': ${answer.error ?? "no reason"}`);
        }
        return (answer.data?.result ?? []).map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    }

    /** Groups of the rules, with how long their latest evaluation took, in seconds. */
    async groups(): Promise<readonly { readonly name: string; readonly intervalSeconds: number; readonly evaluationSeconds: number }[]> {
        const response = await fetch(`${this.#url}/api/v1/rules`);
        const { data } = groupsSchema.parse(await response.json());
        return data.groups
            .filter(({ file }) => file.endsWith(`/${fileName(this.scope)}`))
            .map(({ name, interval, evaluationTime }) => ({ name, intervalSeconds: interval, evaluationSeconds: evaluationTime }));
    }

    /** Ends the watcher: from then on nothing rolls the candidate back. */
    async stopWatching(): Promise<void> {
        await this.#stopWatcher();
    }

    /** Takes everything away again. */
    async remove(): Promise<void> {
        await this.stopWatching();
        await this.#load.stop();
        const files = prometheusFiles(labLayout());
        for (const folder of [files.rules, files.scrapes]) {
            rmSync(join(folder, fileName(this.scope)), { force: true });
        }
        await reload();
        await this.stack.remove();
    }

    /** Waits until the watcher's metrics are recorded and every group was evaluated. */
    async #settled(): Promise<void> {
        const deadline = Date.now() + 120_000;
        const { namespace, service } = this.scope;
        const recorded = [
            `rollout:step_weight_percent:live{namespace="${namespace}",service="${service}"} == ${String(firstWeightPercent)}`,
            `slo:bad_events:ratio_rate3d{namespace="${namespace}",service="${service}"}`,
        ];
        for (;;) {
            const found = await Promise.all(recorded.map((query) => this.query(query)));
            if (found.every((series) => series.length > 0)) {
                return;
            }
            if (Date.now() > deadline) {
                throw new Error(`Prometheus has not recorded ${recorded.filter((_, index) => found[index]?.length === 0).join(", ")} within two minutes`);
            }
            await sleep(500);
        }
    }
}

/** Weight that the candidate has while rules are looked at: the plan's first with users. */
const firstWeightPercent = 10;

const answerSchema = z.object({
    status: z.string(),
    error: z.string().optional(),
    data: z.object({ result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })) }).optional(),
});

const groupsSchema = z.object({
    data: z.object({ groups: z.array(z.object({ name: z.string(), file: z.string(), interval: z.number(), evaluationTime: z.number() })) }),
});

const configurationSchema = z.looseObject({ global: z.looseObject({ scrape_interval: z.string().regex(/^\d+s$/) }) });

/** Where the watcher finds everything: pods are within its reach, and the way to them from outside is not. */
const insideMetrics = {
    prometheusUrl: labMetrics.prometheusUrl,
    gatewayUrl: labMetrics.gatewayUrl,
    gateway: labMetrics.gateway,
    gatewayStatsUrl: labMetrics.gatewayStatsUrl,
    scrapeIntervalSeconds: labMetrics.scrapeIntervalSeconds,
};

/** What the stack's config says of its monitoring. No operator acts on the objects in the lab: Prometheus gets the same rules as a file. */
const observability = {
    team: "trial",
    grafanaUrl: "https://grafana.example.com",
    runbookUrl: "https://runbooks.example.com",
    receivers: { secretName: "trial-receivers", channel: "#trial-alerts" },
} as const;

function scopeOf(stack: TrialStack): Scope {
    const { namespace, service } = stack.live;
    return {
        profile,
        namespace,
        service,
        team: observability.team,
        stable: stack.stable.name,
        inCluster: { redis: true, clickhouse: false },
        database: databaseName(service),
        kafka: { brokers: 1, minimumInSyncReplicas: 1 },
        gateway: { kind: "envoy", clusterName: contourClusterName },
        jobs: { ...ownJobs(service), postgres: "postgres-exporter", kafka: "kafka-exporter", prometheus: "prometheus", alertmanager: "alertmanager" },
        links: { runbooks: observability.runbookUrl, grafana: observability.grafanaUrl },
    };
}

/** The real command, in the network where Prometheus is. Returns a stop function. */
function watch(stack: TrialStack, port: number): () => Promise<void> {
    const controller = new AbortController();
    const { file, args } = insideNetwork(labLayout(), {
        file: process.execPath,
        args: [
            join(stack.checkout, "rollout/cli/index.ts"),
            "watch",
            "--forever",
            "--no-reconcile",
            "--stack",
            stack.name,
            "--metrics-port",
            String(port),
            "--json",
        ],
        workingDirectory: stack.checkout,
    });
    const running = execa(file, args, {
        cwd: stack.checkout,
        extendEnv: false,
        env: { ...stack.environment, NOVA_LAB_GATEWAY_URL: gatewayUrlInside },
        cancelSignal: controller.signal,
        reject: false,
        stdout: "ignore",
        stderr: "inherit",
    });
    const ended = running.then(
        () => undefined,
        () => undefined,
    );
    return async () => {
        controller.abort();
        await ended;
    };
}

/** Rules and the scrape of the watcher, as files that the lab's Prometheus loads. */
async function writeRules(scope: Scope, port: number, evaluationSeconds: number | undefined): Promise<void> {
    const files = prometheusFiles(labLayout());
    mkdirSync(files.rules, { recursive: true });
    mkdirSync(files.scrapes, { recursive: true });
    writeFileSync(join(files.rules, fileName(scope)), ruleFile(scope, ruleGroups(scope), evaluationSeconds));
    const target = { targets: [`127.0.0.1:${String(port)}`], labels: { namespace: scope.namespace, service: scope.service } };
    writeFileSync(join(files.scrapes, fileName(scope)), stringify({ scrape_configs: [{ job_name: scope.jobs.watcher, static_configs: [target] }] }));
    await reload();
}

/** Loads the files, with the scrape interval that Prometheus has: a measurement may use another than the lab's usual one. */
async function reload(): Promise<void> {
    const [layout, state] = [labLayout(), readLabState()];
    if (state === undefined) {
        return;
    }
    const { global } = configurationSchema.parse(parse(readFileSync(prometheusFiles(layout).configuration, "utf8")));
    await reloadPrometheus(layout, state, { scrapeIntervalSeconds: Number(global.scrape_interval.slice(0, -1)) });
}

function fileName({ service }: Scope): string {
    return `${service}-observability.yaml`;
}

async function done(stack: TrialStack, what: string): Promise<void> {
    const result = await stack.up();
    if (result.exitCode !== 0) {
        throw new Error(`the stack can't be brought ${what}: ${result.errors === "" ? result.output : result.errors}`);
    }
}
