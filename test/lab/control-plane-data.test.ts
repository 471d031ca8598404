import { Kafka, logLevel } from "kafkajs";
import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { certificateAuthorityOf } from "../../lab/credentials.ts";
import type { LabState } from "../../lab/api.ts";
import { labHealth, labLayout, startLab, startLabService, stopLabService } from "../../lab/api.ts";

const layout = labLayout();
let lab: LabState;

beforeAll(async () => {
    lab = await startLab();
});

/** Connects, asks, and closes. */
async function ask(sql: string, settings: pg.ClientConfig = {}): Promise<unknown> {
    const client = new pg.Client({
        host: "127.0.0.1",
        port: lab.ports.postgres,
        user: lab.postgres.user,
        password: lab.postgres.password,
        database: "postgres",
        connectionTimeoutMillis: 5_000,
        ...settings,
    });
    try {
        await client.connect();
        return (await client.query<Record<string, unknown>>(sql)).rows[0];
    } finally {
        await client.end();
    }
}

describe("PostgreSQL in the lab", () => {
    it("answers over TLS with a certificate of the lab's authority", async () => {
        expect(await ask("select ssl from pg_stat_ssl where pid = pg_backend_pid()", { ssl: { ca: certificateAuthorityOf(layout) } })).toEqual({ ssl: true });
    });

    it("refuses a wrong password", async () => {
        await expect(ask("select 1", { password: "wrong" })).rejects.toThrow("password authentication failed");
    });

    it("comes back on its port with its data after a stop", async () => {
        await ask("create table if not exists kept (id int)");
        expect(await stopLabService("postgres")).toBe(true);
        expect((await labHealth())?.get("postgres")).toEqual({ kind: "stopped" });
        await expect(ask("select 1")).rejects.toThrow();
        await startLabService("postgres");
        expect(await ask("select count(*)::int as rows from kept")).toEqual({ rows: 0 });
        await ask("drop table kept");
    });
});

describe("Kafka in the lab", () => {
    const admin = (): ReturnType<Kafka["admin"]> =>
        new Kafka({ brokers: [`127.0.0.1:${String(lab.ports.kafka)}`], logLevel: logLevel.NOTHING, retry: { retries: 2 } }).admin();

    async function topics(): Promise<readonly string[]> {
        const client = admin();
        try {
            await client.connect();
            return await client.listTopics();
        } finally {
            await client.disconnect();
        }
    }

    it("comes back on its port with its topics after a stop", async () => {
        const topic = `kept-${String(process.pid)}`;
        const client = admin();
        await client.connect();
        await client.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
        await client.disconnect();
        expect(await stopLabService("kafka")).toBe(true);
        await expect(topics()).rejects.toThrow();
        await startLabService("kafka");
        expect(await topics()).toContain(topic);
        await client.connect();
        await client.deleteTopics({ topics: [topic] });
        await client.disconnect();
    });
});
