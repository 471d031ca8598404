import { text } from "node:stream/consumers";

import { afterEach, describe, expect, it } from "vitest";

import { readClickHouse } from "../../../../rollout/preflight/clickhouse/read.ts";
import { judgeClickHouse } from "../../../../rollout/preflight/clickhouse/judge.ts";
import { SmallServers } from "../live/small-servers.ts";

const servers = new SmallServers();
afterEach(() => servers.end());

const hosts = ["shard-1-0", "shard-1-1", "shard-2-0", "shard-2-1"];

/** Rows for each query, by a table that it names. */
const rows: Readonly<Record<string, readonly unknown[]>> = {
    "version()": [{ version: "24.8.1" }],
    "system.clusters": hosts.map((host, index) => ({ shard: index < 2 ? 1 : 2, host: `${host}.pods.nova.svc`, errors: 0 })),
    "system.one": hosts.map((host) => ({ host })),
    "system.replicas": [
        { server: "shard-1-0", table: "events.local", readonly: 0, sessionExpired: 0, queue: 3, delaySeconds: 0, replicas: 2, activeReplicas: 2 },
    ],
    "system.disks": [{ server: "shard-1-0", name: "default", freeBytes: 500, totalBytes: 1_000 }],
    "system.zookeeper_connection": [{ sessions: 4 }],
    schema_migrations: [{ version: "001-events" }],
};
const expected = { shards: 2, replicas: 2, migrations: ["001-events"] };

/** A stand-in for ClickHouse's HTTP interface: it knows these queries by the table that they name, and runs none of them. */
async function standIn(change: Readonly<Record<string, readonly unknown[] | undefined>> = {}) {
    const asked: string[] = [];
    const url = await servers.http((request, response) => {
        void text(request).then((query) => {
            asked.push(`${request.url ?? ""} ${query}`);
            const found = Object.entries({ ...rows, ...change }).find(([table]) => query.includes(table));
            if (found?.[1] === undefined) {
                response.writeHead(404, { "x-clickhouse-exception-code": "60" }).end("Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)");
            } else {
                response.end(found[1].map((row) => `${JSON.stringify(row)}\n`).join(""));
            }
        });
    });
    return { asked, look: () => readClickHouse({ url, username: "application", password: "word", cluster: "main", database: "events" }) };
}

describe("ClickHouse, as a stand-in for its HTTP interface has it", () => {
    it("is read whole, and its servers are known by the first label of their names", async () => {
        const { look } = await standIn();

        const reading = await look();

        expect(reading.servers.map(({ shard, answered }) => [shard, answered])).toEqual([
            [1, true],
            [1, true],
            [2, true],
            [2, true],
        ]);
        expect(judgeClickHouse(reading, expected).state).toBe("passed");
    });

    it("has a server that does not answer where that one is missing among those that did", async () => {
        const { look } = await standIn({ "system.one": rows["system.one"]?.slice(1), "system.zookeeper_connection": [{ sessions: 3 }] });

        expect(judgeClickHouse(await look(), expected).text).toBe("shard-1-0.pods.nova.svc of shard 1 does not answer");
    });

    it("is only read: each query says so, and leaves out servers that are gone in place of failing", async () => {
        const { asked, look } = await standIn();

        await look();

        expect(asked.every((query) => query.includes("readonly=1") && query.includes("skip_unavailable_shards=1"))).toBe(true);
    });

    it.each(["system.replicas", "schema_migrations", "system.zookeeper_connection"])("is a failed look when %s can't be read", async (table) => {
        const { look } = await standIn({ [table]: undefined });

        await expect(look()).rejects.toThrow(/Unknown table/);
    });

    it("is a failed look when an answer has another form", async () => {
        const { look } = await standIn({ "system.disks": [{ name: "default" }] });

        await expect(look()).rejects.toThrow();
    });
});
