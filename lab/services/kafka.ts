import { execa } from "execa";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { Kafka, logLevel } from "kafkajs";
import { hubAddress } from "../nodes/plan.ts";
import { toolPath } from "../toolchain/paths.ts";
import type { Lab, Service } from "./service.ts";

/** Quick to start and small: this broker serves one developer. */
const jvm = [
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    `-Dlog4j.configurationFile=${join(import.meta.dirname, "../manifests/kafka-log4j2.xml")}`,
];

/**
 * One Kafka broker that is its own controller. ACLs work; the lab's own clients come without a name (ANONYMOUS) and may do everything. Clients in pods of real nodes come through
 * the hub, and must log in.
 */
export const kafka: Service = {
    name: "kafka",
    needs: [],
    readyWithinMs: 90_000,
    prepare: async (lab) => {
        const data = dataFolder(lab);
        await mkdir(data, { recursive: true });
        await writeFile(propertiesFile(lab), serverProperties(lab));
        if (!existsSync(join(data, "meta.properties"))) {
            const cluster = randomBytes(16).toString("base64url");
            // One id in 64 begins with a hyphen: as an argument of its own it would be read as an option.
            await execa("java", [...jvm, "-cp", classPath(), "kafka.tools.StorageTool", "format", "--config", propertiesFile(lab), `--cluster-id=${cluster}`], {
                timeout: 60_000,
            });
        }
    },
    command: (lab) => ({
        file: "java",
        workingDirectory: lab.layout.data,
        args: [...jvm, "-cp", classPath(), "kafka.Kafka", propertiesFile(lab)],
    }),
    check: async ({ state }) => {
        const client = new Kafka({
            clientId: "nova-lab-check",
            brokers: [`127.0.0.1:${String(state.ports.kafka)}`],
            logLevel: logLevel.NOTHING,
            connectionTimeout: 1_500,
            requestTimeout: 2_000,
            retry: { retries: 0 },
        });
        const admin = client.admin();
        try {
            await admin.connect();
            const { controller } = await admin.describeCluster();
            if (controller === null) {
                throw new Error("the broker has no controller yet");
            }
            await admin.listTopics();
        } finally {
            await admin.disconnect();
        }
    },
};

/** The broker's settings: one broker, one copy of everything, no topic made by accident. */
function serverProperties({ layout, state }: Lab): string {
    const broker = `127.0.0.1:${String(state.ports.kafka)}`;
    const pods = String(state.ports.kafkaPods);
    const controller = `127.0.0.1:${String(state.ports.kafkaController)}`;
    const properties: Readonly<Record<string, string>> = {
        "process.roles": "broker,controller",
        "node.id": "1",
        listeners: `PLAINTEXT://${broker},PODS://127.0.0.1:${pods},CONTROLLER://${controller}`,
        "advertised.listeners": `PLAINTEXT://${broker},PODS://${hubAddress}:${pods}`,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PODS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.pods.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": `1@${controller}`,
        "log.dirs": join(layout.data, "kafka"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS;User:admin",
        "allow.everyone.if.no.acl.found": "false",
        "num.network.threads": "2",
        "num.io.threads": "2",
        "log.cleaner.dedupe.buffer.size": "2097152",
    };
    return Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join("");
}

function dataFolder({ layout }: Lab): string {
    return join(layout.data, "kafka");
}

function propertiesFile({ layout }: Lab): string {
    return join(layout.data, "kafka.properties");
}

function classPath(): string {
    return join(toolPath("kafka"), "*");
}
