import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { Admin, type BaseOptions } from "@platformatic/kafka";
import { execa } from "execa";
import getPort from "get-port";

import { ensureTools } from "../../../lab/toolchain/ensure.ts";
import { toolPath } from "../../../lab/toolchain/paths.ts";
import { ensureCommands } from "../../../lab/toolchain/system.ts";
import { waitUntil } from "../../../lab/wait.ts";
import type { RealServers } from "../../tools/preflight-servers.ts";

const java = ["-Xms48m", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"];

/** A Kafka broker with two doors: one for an administrator without a name, and one where clients log in and the access list counts. */
export class RealBroker {
    readonly #servers: RealServers;
    readonly #user: { readonly user: string; readonly password: string };
    #ports = { admin: 0, clients: 0, controller: 0 };
    #admin: Admin | undefined;

    /** @param user it has this login from its first start. */
    constructor(servers: RealServers, user: { readonly user: string; readonly password: string }) {
        this.#servers = servers;
        this.#user = user;
    }

    /** Where clients log in. */
    get address(): string {
        return `127.0.0.1:${String(this.#ports.clients)}`;
    }

    /** Options of a client that logs in as the user. */
    get login(): BaseOptions {
        const { user: username, password } = this.#user;
        return { clientId: "test", bootstrapBrokers: [this.address], sasl: { mechanism: "SCRAM-SHA-512", username, password } };
    }

    get admin(): Admin {
        if (this.#admin === undefined) {
            throw new Error("start() makes it");
        }
        return this.#admin;
    }

    async start(): Promise<void> {
        await ensureCommands(["java"], () => undefined);
        await ensureTools(["kafka"]);
        this.#ports = { admin: await getPort(), clients: await getPort(), controller: await getPort() };
        const [admin, controller] = [this.#ports.admin, this.#ports.controller].map((port) => `127.0.0.1:${String(port)}`);
        const properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            listeners: `ADMIN://${admin ?? ""},CLIENTS://${this.address},CONTROLLER://${controller ?? ""}`,
            "advertised.listeners": `ADMIN://${admin ?? ""},CLIENTS://${this.address}`,
            "listener.security.protocol.map": "ADMIN:PLAINTEXT,CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "ADMIN",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": `1@${controller ?? ""}`,
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "log.dirs": join(this.#servers.folder, "kafka"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "allow.everyone.if.no.acl.found": "false",
            "log.cleaner.dedupe.buffer.size": "2097152",
        };
        const file = await this.#servers.write(
            "kafka.properties",
            Object.entries(properties)
                .map(([key, value]) => `${key}=${value}\n`)
                .join(""),
        );
        const classPath = join(toolPath("kafka"), "*");
        const cluster = randomBytes(16).toString("base64url");
        const scram = `SCRAM-SHA-512=[name=${this.#user.user},password=${this.#user.password}]`;
        await execa("java", [...java, classPath, "kafka.tools.StorageTool", "format", "--config", file, `--cluster-id=${cluster}`, "--add-scram", scram]);
        this.#servers.start("kafka", "java", [...java, classPath, "kafka.Kafka", file]);
        this.#admin = new Admin({ clientId: "test", bootstrapBrokers: [admin ?? ""], retries: 2 });
        await waitUntil(() => this.admin.listTopics(), { what: "the broker", withinMs: 120_000, everyMs: 500 });
    }

    async close(): Promise<void> {
        await this.#admin?.close();
    }
}
