import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ensureTools } from "../../../lab/toolchain/ensure.ts";
import { ensureCommands } from "../../../lab/toolchain/system.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { alertGroups } from "../../../observability/catalogue.ts";
import { dashboardsOf } from "../../../observability/dashboards/index.ts";
import { documented as example } from "../../../config/observability-pages.ts";
import { expanded } from "../../../observability/lint/dashboards.ts";
import { parseExpression, within } from "../../../observability/lint/expression.ts";
import { postgresMetrics, redisMetrics } from "../../../observability/metrics/stores.ts";
import { StoreExporters } from "./store-exporters.ts";

/**
 * What not every version of postgres_exporter shows: a metric, or a label of it. `from`: the version that brought it. `until`: the first one without it.
 *
 * @see https://github.com/prometheus-community/postgres_exporter/blob/master/CHANGELOG.md
 */
const versioned: readonly { readonly metric: RegExp; readonly label?: string; readonly from?: string; readonly until?: string }[] = [
    // Until then a file of queries that its user had to hand over.
    { metric: /^pg_replication_/, from: "0.13" },
    ...["usename", "application_name"].map((label) => ({ metric: /^pg_stat_activity_/, label, from: "0.12" })),
    ...["backend_type", "wait_event_type", "wait_event"].map((label) => ({ metric: /^pg_stat_activity_/, label, from: "0.17" })),
    { metric: /^pg_(stat_activity|settings)_/, label: "server", until: "0.20" },
    // At the latest: these became collectors, which have no such label.
    { metric: /^pg_(stat_database|database_size)_/, label: "server", until: "0.13" },
];

const stores = new StoreExporters(example);
const exporters = [
    { name: "redis_exporter", job: example.jobs.redis, own: redisMetrics },
    { name: "postgres_exporter", job: example.jobs.postgres, own: postgresMetrics },
];
const alerts = alertGroups(example)
    .filter(({ name }) => name === "redis" || name === "postgres")
    .flatMap((group) => group.alerts);
let postgresExporterVersion = "";

beforeAll(async () => {
    await ensureCommands(["redis-server", "prometheus-redis-exporter", "prometheus-postgres-exporter"], () => undefined);
    await ensureTools(["postgres", "prometheus"]);
    await stores.start();
    const [build] = await stores.prometheus.series("postgres_exporter_build_info");
    postgresExporterVersion = build?.version ?? "";
    expect(postgresExporterVersion).toMatch(/^\d+\.\d+/);
});
afterAll(() => stores.end());

/** Whether the version that runs shows a metric, or a label of it. */
function isShown(metric: string, label?: string): boolean {
    const compared = (version: string): number => postgresExporterVersion.localeCompare(version, "en", { numeric: true });
    return versioned
        .filter((each) => each.metric.test(metric) && each.label === label)
        .every(({ from, until }) => (from === undefined || compared(from) >= 0) && (until === undefined || compared(until) < 0));
}

/** Metrics of a query that nobody shows. */
function notShown(query: string): readonly string[] {
    return [...within(parseExpression(query))].flatMap((each) => (each.kind === "selector" && !isShown(each.metric) ? [each.metric] : []));
}

/** Waits until an alert's expression is true of a series with these labels. */
async function becomesTrue(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    const expression = alerts.find((alert) => alert.name === name)?.expression ?? name;
    await waitUntil(
        async () => {
            expect(await stores.prometheus.series(expression)).toContainEqual(expect.objectContaining(labels));
        },
        { what: name, withinMs: 240_000, everyMs: 500 },
    );
}

describe.each(exporters)("a real $name", ({ job, own }) => {
    it("shows each metric that rules and panels read, as the type that they take it for", async () => {
        const types = await stores.prometheus.types(job);
        const shown = own.filter(({ name }) => types.has(name)).map(({ name }) => ({ name, type: types.get(name) }));

        expect(shown).toEqual(own.filter(({ name }) => isShown(name)).map(({ name, type }) => ({ name, type })));
    });

    it("gives each of them the labels that the lint counts on, and no others", async () => {
        for (const { name, labels } of own.filter((metric) => isShown(metric.name))) {
            const known = versioned.flatMap(({ metric, label }) => (label !== undefined && metric.test(name) ? [label] : []));
            const expected = new Set([...labels, ...known].filter((label) => isShown(name, label)));

            expect(await stores.prometheus.labels(job, name), name).toEqual([...expected].toSorted());
        }
    });
});

describe("what is built on them, in a real Prometheus", () => {
    it("calls nobody while all is well", async () => {
        for (const { name, expression } of alerts) {
            expect(await stores.prometheus.series(expression), name).toEqual([]);
        }
    });

    it("finds series for every selector of an alert", async () => {
        const empty: string[] = [];
        for (const { name, expression } of alerts) {
            for (const each of within(parseExpression(expression))) {
                if (each.kind === "selector" && isShown(each.metric)) {
                    const conditions = each.conditions.map(({ label, operator, value }) => `${label}${operator}"${value}"`).join(",");
                    if ((await stores.prometheus.series(`${each.metric}{${conditions}}`)).length === 0) {
                        empty.push(`${name}: ${each.metric}{${conditions}}`);
                    }
                }
            }
        }
        expect(empty).toEqual([]);
    });

    const panels = dashboardsOf(example)
        .filter(({ name }) => name === "redis" || name === "postgres")
        .flatMap(({ name, rows }) => rows.flatMap((row) => row.panels.map(({ title, queries }) => ({ panel: `${name}, ${title}`, queries }))));

    it.each(panels)("draws the panel '$panel'", async ({ queries }) => {
        for (const { expression } of queries) {
            const query = expanded(expression)
                .replaceAll("$namespace", example.namespace)
                .replaceAll("$service", example.service)
                .replaceAll(/\$(job|instance)\b/g, ".+");
            expect((await stores.prometheus.series(query)).length > 0, query).toBe(notShown(query).length === 0);
        }
    });
});

describe("what goes wrong with a store", () => {
    it("is seen when PostgreSQL ends deadlocks, and rolls back", async () => {
        const first = await stores.session();
        await first.query("CREATE TABLE pairs (id int PRIMARY KEY); INSERT INTO pairs SELECT generate_series(1, 10)");
        await first.end();
        await Promise.all([1, 3, 5, 7, 9].map((id) => deadlock(id, id + 1)));

        await becomesTrue("PostgresDeadlocks");
        await becomesTrue("PostgresTransactionsRolledBack");
    });

    it("is seen when a transaction stays open, by its age and state", async () => {
        const session = await stores.session();
        await session.query("BEGIN; SELECT 1");

        await becomesTrue(`max by (state) (pg_stat_activity_max_tx_duration{datname="${example.database}"}) > 1`, { state: "idle in transaction" });
        await session.end();
    });

    it("is seen when connections are used up, as their share", async () => {
        const used = alerts.find(({ name }) => name === "PostgresConnectionsNearlyUsedUp")?.expression.replace(/> [\d.]+$/, "> 0.2") ?? "";
        const sessions = await Promise.all(Array.from({ length: 22 }, () => stores.session()));

        await becomesTrue(used);
        await Promise.all(sessions.map((session) => session.end()));
    });

    it("is seen when Redis turns clients away", async () => {
        const clients = Array.from({ length: 30 }, () => stores.redis(0, "application"));
        await waitUntil(() => Promise.any(clients.map((client) => client.get("key"))), { what: "a client of thirty", withinMs: 240_000 });
        clients.forEach((client) => {
            client.disconnect();
        });

        await becomesTrue("RedisRejectsConnections", { pod: "redis-0" });
    });

    it("is seen when two Redis servers take writes", async () => {
        const replica = stores.redis(1, "sentinel");
        await replica.call("SLAVEOF", "NO", "ONE");

        await becomesTrue("RedisPrimariesDisagree");
        await replica.call("SLAVEOF", "127.0.0.1", String(stores.redisPort(0)));
        replica.disconnect();
        await becomesTrue("redis_master_link_up == 1", { pod: "redis-1" });
    });

    it("is seen when the primary of Redis is gone", async () => {
        await stores.stopServer("redis-0");

        await becomesTrue("RedisServerDown", { pod: "redis-0" });
        await becomesTrue("RedisPrimaryMissing");
        await becomesTrue("RedisReplicaDisconnected", { pod: "redis-1" });
    });

    it("is seen when PostgreSQL is gone", async () => {
        await stores.stopServer("primary");

        await becomesTrue("PostgresDown");
    });
});

/** Two transactions that wait for each other's row, of which PostgreSQL ends one. */
async function deadlock(left: number, right: number): Promise<void> {
    const sessions = await Promise.all([stores.session(), stores.session()]);
    const take = (session: number, id: number): Promise<unknown> =>
        sessions[session]?.query(`SELECT * FROM pairs WHERE id = ${String(id)} FOR UPDATE`) ?? Promise.resolve();
    await Promise.all(sessions.map((session) => session.query("BEGIN")));
    await Promise.all([take(0, left), take(1, right)]);
    const ends = await Promise.allSettled([take(0, right), take(1, left)]);
    expect(ends.filter(({ status }) => status === "rejected")).toHaveLength(1);
    await Promise.all(sessions.map((session) => session.query("ROLLBACK")));
    await Promise.all(sessions.map((session) => session.end()));
}
