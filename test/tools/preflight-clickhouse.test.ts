import { fileURLToPath } from "node:url";

import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import getPort from "get-port";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type ClickHouseArgs, readClickHouse } from "../../rollout/preflight/clickhouse/read.ts";
import { ledgerOf, migrationsOf } from "../../components/clickhouse/migrations.ts";
import { ensureTools, toolPath } from "../../lab/toolchain/index.ts";
import { ensureCommands } from "../../lab/toolchain/system.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type ClickHouseReading, judgeClickHouse } from "../../rollout/preflight/clickhouse/judge.ts";
import { RealServers } from "./preflight-servers.ts";

const servers = new RealServers();
const account = { username: "application", password: "the-application's" };
const expected = { shards: 2, replicas: 2, migrations: ["001-engagement-events"] };
const hosts = ["shard-1-0", "shard-1-1", "shard-2-0", "shard-2-1"];
let url: string;

const read = (change: Partial<ClickHouseArgs> = {}): Promise<ClickHouseReading> =>
    readClickHouse({ url, ...account, cluster: "main", database: "events", ...change });
const judged = async () => judgeClickHouse(await read(), expected);

const client = (): ClickHouseClient => createClient({ url, ...account, keep_alive: { enabled: false }, log: { level: ClickHouseLogLevel.OFF } });

async function run(...queries: readonly string[]): Promise<void> {
    await using connection = client();
    for (const query of queries) {
        await connection.command({ query });
    }
}

async function rows(query: string): Promise<readonly unknown[]> {
    await using connection = client();
    const answer = await connection.query({ query, format: "JSONEachRow" });
    return await answer.json();
}

beforeAll(async () => {
    await ensureTools(["chdb"], { progress: "stderr" });
    await ensureCommands(["python3"], () => undefined);
    const port = await getPort({ host: "127.0.0.1" });
    url = `http://127.0.0.1:${String(port)}`;
    const program = fileURLToPath(new URL("clickhouse-stand-in.py", import.meta.url));
    servers.start("clickhouse", "python3", [program, toolPath("chdb"), String(port), account.username, account.password]);
    await waitUntil(() => run("SELECT 1"), { what: "the stand-in for ClickHouse", withinMs: 240_000, everyMs: 200 });
    await run(
        "CREATE DATABASE events",
        "CREATE TABLE events.schema_migrations (version String, checksum FixedString(64), applied_at DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY version",
        "INSERT INTO events.schema_migrations (version, checksum) VALUES ('001-engagement-events', repeat('a', 64))",
    );
});
afterAll(() => servers.end());

beforeEach(async () => {
    const values = (row: (host: string, index: number) => string): string => hosts.map(row).join(", ");
    await run(
        ...["replicas", "disks", "clusters", "one", "zookeeper_connection"].map((table) => `TRUNCATE TABLE standin.${table}`),
        `INSERT INTO standin.clusters (cluster, shard_num, replica_num, host_name, errors_count) VALUES ${values(
            (host, index) => `('main', ${String(index < 2 ? 1 : 2)}, ${String((index % 2) + 1)}, '${host}.pods.nova.svc', 0)`,
        )}, ('other', 1, 1, 'elsewhere', 9)`,
        `INSERT INTO standin.one (server) VALUES ${values((host) => `('${host}')`)}`,
        `INSERT INTO standin.replicas (server, database, table, is_readonly, is_session_expired, queue_size, absolute_delay, total_replicas, active_replicas)
         VALUES ${values((host) => `('${host}', 'events', 'engagement_events_local', 0, 0, 3, 0, 2, 2)`)}`,
        `INSERT INTO standin.disks (server, name, free_space, total_space) VALUES ${values((host) => `('${host}', 'default', 500, 1000)`)}`,
        `INSERT INTO standin.zookeeper_connection (server, is_expired) VALUES ${values((host) => `('${host}', 0)`)}`,
    );
});

describe("ClickHouse, as its own engine has it behind a stand-in for a cluster", () => {
    it("passes with all shards and replicas, in order", async () => {
        const finding = await judged();

        expect(finding.state).toBe("passed");
        expect(finding.text).toContain("2 shards of 2 replicas, 4 replicated tables in order");
    });

    it.each([
        {
            what: "a server that is gone",
            change: ["ALTER TABLE standin.one DELETE WHERE server = 'shard-2-1' SETTINGS mutations_sync = 1"],
            says: "shard-2-1.pods.nova.svc of shard 2 does not answer",
        },
        {
            what: "a table that is read-only",
            change: ["ALTER TABLE standin.replicas UPDATE is_readonly = 1 WHERE server = 'shard-1-1' SETTINGS mutations_sync = 1"],
            says: "events.engagement_events_local on shard-1-1 is read-only",
        },
        {
            what: "a replication queue that grows",
            change: ["ALTER TABLE standin.replicas UPDATE queue_size = 5000 WHERE server = 'shard-1-0' SETTINGS mutations_sync = 1"],
            says: "events.engagement_events_local on shard-1-0 has 5000 entries in its replication queue",
        },
        {
            what: "a disk that is nearly full",
            change: ["ALTER TABLE standin.disks UPDATE free_space = 100 WHERE server = 'shard-1-0' SETTINGS mutations_sync = 1"],
            says: "disk default of shard-1-0 has 10 % free, less than 15 %",
        },
        {
            what: "a server without a Keeper",
            change: ["ALTER TABLE standin.zookeeper_connection UPDATE is_expired = 1 WHERE server = 'shard-1-0' SETTINGS mutations_sync = 1"],
            says: "3 of 4 servers are connected to a Keeper",
        },
        {
            what: "a shard that is not there",
            change: ["ALTER TABLE standin.clusters DELETE WHERE shard_num = 2 SETTINGS mutations_sync = 1"],
            says: "the cluster has 1 shards, not 2",
        },
    ])("fails with $what", async ({ change, says }) => {
        await run(...change);

        const finding = await judged();

        expect(finding.state).toBe("failed");
        expect(finding.text).toContain(says);
    });

    it("fails with a migration that was not applied", async () => {
        const finding = judgeClickHouse(await read(), { ...expected, migrations: [...expected.migrations, "002-later"] });

        expect(finding).toMatchObject({ state: "failed", text: "migration 002-later was not applied" });
    });

    it("is a failed look with a wrong password, and one that does not show it", async () => {
        await expect(read({ password: "another-word" })).rejects.toThrow(/Authentication failed/);
        await expect(read({ password: "another-word" })).rejects.not.toThrow(/another-word/);
    });

    it("is a failed look where the list of migrations is not there", async () => {
        await expect(read({ database: "nothing" })).rejects.toThrow(/nothing/);
    });
});

describe("the schema of the store of events", () => {
    const statements = [ledgerOf("events"), ...migrationsOf("events").map(({ sql }) => sql)].flatMap((text) =>
        text
            .split(";")
            .map((statement) => statement.trim())
            .filter((statement) => statement !== ""),
    );

    it.each(statements.map((statement) => ({ what: statement.split("\n")[0] ?? "", statement })))(
        "is understood by ClickHouse: $what",
        async ({ statement }) => {
            expect(JSON.stringify(await rows(`EXPLAIN AST ${statement}`))).toContain("Create");
        },
    );

    it("is refused by ClickHouse with a word that it does not know, so that the check above can fail", async () => {
        await expect(rows("EXPLAIN AST CREATE TABEL events.typo (a String)")).rejects.toThrow(/Syntax error/);
    });

    it("makes a table that takes an event and gives it back, once it replicates nothing", async () => {
        const [table] = migrationsOf("scratch").map(({ sql }) => sql.split(";")[0] ?? "");
        // One process has no Keeper to replicate with.
        const local = table?.replace(" ON CLUSTER '{cluster}'", "").replace(/ReplicatedMergeTree\(.*\)/, "MergeTree") ?? "";
        await run(
            "CREATE DATABASE scratch",
            local,
            "INSERT INTO scratch.engagement_events_local (event_id, event_type, occurred_at, video_id) VALUES (generateUUIDv4(), 'view', now64(3), 'v1')",
        );

        expect(await rows("SELECT event_type, video_id FROM scratch.engagement_events_local")).toEqual([{ event_type: "view", video_id: "v1" }]);
    });
});
