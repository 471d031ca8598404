import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { Admin } from "@platformatic/kafka";
import { execa } from "execa";
import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readKafka } from "../../rollout/preflight/kafka/read.ts";
import { ensureTools } from "../../lab/toolchain/ensure.ts";
import { toolPath } from "../../lab/toolchain/paths.ts";
import { ensureCommands } from "../../lab/toolchain/system.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type KafkaReading, judgeKafka } from "../../rollout/preflight/kafka/judge.ts";
import { RealServers } from "./preflight-servers.ts";

const servers = new RealServers();
const brokers = [1, 2, 3];
const ports = new Map<number, number>();
let controllerPort = 0;
const topic = { name: "events", partitions: 3, settings: { "min.insync.replicas": "2", "retention.ms": "60000" } };
const expected = { topics: [topic], replicationFactor: 3, minimumInSyncReplicas: 2 };

const bootstrapServers = (): readonly string[] => brokers.map((id) => `127.0.0.1:${String(ports.get(id))}`);
const read = (): Promise<KafkaReading> => readKafka({ bootstrapServers: bootstrapServers(), topics: [topic], groupPrefix: "service" });

const java = ["-Xms48m", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"];
const classPath = (): string => join(toolPath("kafka"), "*");

async function startBroker(id: number, cluster: string): Promise<void> {
    const controls = id === 1;
    const listener = `PLAINTEXT://127.0.0.1:${String(ports.get(id))}`;
    const controller = `127.0.0.1:${String(controllerPort)}`;
    const properties = {
        "process.roles": controls ? "broker,controller" : "broker",
        "node.id": String(id),
        listeners: controls ? `${listener},CONTROLLER://${controller}` : listener,
        "advertised.listeners": listener,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": `1@${controller}`,
        "log.dirs": join(servers.folder, `kafka-${String(id)}`),
        "offsets.topic.replication.factor": "1",
        "auto.create.topics.enable": "false",
        "broker.session.timeout.ms": "4000",
        // The cleaner asks for 128 MiB otherwise, which no broker with so small a heap has.
        "log.cleaner.dedupe.buffer.size": "2097152",
    };
    const file = await servers.write(
        `kafka-${String(id)}.properties`,
        Object.entries(properties)
            .map(([key, value]) => `${key}=${value}\n`)
            .join(""),
    );
    await execa("java", [...java, classPath(), "kafka.tools.StorageTool", "format", "--config", file, "--cluster-id", cluster]);
    servers.start(`kafka-${String(id)}`, "java", [...java, classPath(), "kafka.Kafka", file]);
}

beforeAll(async () => {
    await ensureCommands(["java"], () => undefined);
    await ensureTools(["kafka"]);
    controllerPort = await getPort({ host: "127.0.0.1" });
    for (const id of brokers) {
        ports.set(id, await getPort({ host: "127.0.0.1" }));
    }
    const cluster = randomBytes(16).toString("base64url");
    await Promise.all(brokers.map((id) => startBroker(id, cluster)));
    await waitUntil(
        async () => {
            expect((await read()).brokers).toEqual(brokers);
        },
        { what: "three brokers", withinMs: 240_000, everyMs: 500 },
    );
});
afterAll(() => servers.end());

describe("a real Kafka with three brokers", () => {
    it("fails while a topic that is declared is missing", async () => {
        expect(judgeKafka(await read(), expected)).toMatchObject({ state: "failed", text: "there is no topic events" });
    });

    it("passes when the topic is there, as declared, and in sync", async () => {
        const admin = new Admin({ clientId: "test", bootstrapBrokers: [...bootstrapServers()] });
        const configs = Object.entries(topic.settings).map(([name, value]) => ({ name, value }));
        await admin.createTopics({ topics: [topic.name], partitions: topic.partitions, replicas: 3, configs });
        await admin.close();

        await waitUntil(
            async () => {
                expect(judgeKafka(await read(), expected)).toMatchObject({
                    state: "passed",
                    text: "3 brokers, 1 topics with 3 partitions in sync, as declared",
                });
            },
            { what: "the topic", withinMs: 240_000 },
        );
    });

    it("fails when a setting is not as declared", async () => {
        const declared = { ...topic, settings: { ...topic.settings, "retention.ms": "1" } };

        expect(judgeKafka(await read(), { ...expected, topics: [declared] }).text).toBe("events: retention.ms is 60000, not 1");
    });

    it("fails when a broker is stopped: fewer brokers, and partitions that are under-replicated", async () => {
        await servers.stop("kafka-3");

        await waitUntil(
            async () => {
                const { state, text } = judgeKafka(await read(), expected);
                expect(state).toBe("failed");
                expect(text).toMatch(/2 brokers are up, fewer than the 3 copies of each partition; broker 3 is down/);
                expect(text).toMatch(/partition \d of events is under-replicated: 2 of 3 copies are in sync/);
            },
            { what: "the stopped broker to be noticed", withinMs: 240_000, everyMs: 500 },
        );
    });
});
