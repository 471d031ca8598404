import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CoreV1Api } from "@kubernetes/client-node";
import { execa } from "execa";

import { TrialStack, succeeding } from "../../helpers/engine.ts";
import { RealServers } from "../../tools/preflight-servers.ts";
import { ServiceProcess } from "./process.ts";
import { RealRedis, primaryName } from "./redis.ts";
import { Tunnel } from "./tunnel.ts";

type Files = Readonly<Record<string, string>>;

/**
 * What the service lives in, without pods: a stack that the real engine brought up, whose Secret its processes read. They log in to the lab's PostgreSQL as the program says, and to a
 * Redis of this machine with the program's access rules. To Kafka they come without a name, since only pods reach the brokers' other door.
 */
export class ServiceWorld {
    readonly servers = new RealServers();
    /** The way to PostgreSQL. */
    readonly database: Tunnel;
    readonly stack: TrialStack;
    readonly #folder = mkdtempSync(join(tmpdir(), "video-ranking-"));
    readonly #running = new Set<ServiceProcess>();
    #redis: RealRedis | undefined;
    #secrets: Files = {};
    #started = 0;

    private constructor(stack: TrialStack) {
        this.stack = stack;
        this.database = new Tunnel("127.0.0.1", Number(stack.environment.NOVA_LAB_POSTGRES_PORT));
    }

    /** Brings up a stack, a Redis, and a way to the database. There are no tables yet. */
    static async create(purpose: string): Promise<ServiceWorld> {
        const stack = await TrialStack.create(purpose);
        const world = new ServiceWorld(stack);
        await succeeding(stack.up());
        await world.database.open();
        const [pod] = await stack.live.pods();
        const mounted = await world.#filesOf(pod?.secretName ?? "");
        world.#redis = new RealRedis(world.servers, new URL(mounted["redis-url"] ?? "").password);
        await world.#redis.start();
        const postgres = new URL(mounted["postgres-url"] ?? "");
        postgres.host = `127.0.0.1:${String(world.database.port)}`;
        world.#secrets = {
            ...mounted,
            "postgres-url": postgres.href,
            "redis-url": `rediss://application:${world.#redis.passwords.application}@127.0.0.1:${String(world.#redis.sentinelPort)}`,
            "redis-sentinel-primary": primaryName,
            "redis-authority": join(world.servers.folder, "ca.crt"),
            "kafka-bootstrap-servers": stack.environment.NOVA_LAB_KAFKA_BOOTSTRAP ?? "",
            "kafka-security-protocol": "plaintext",
        };
        return world;
    }

    get redis(): RealRedis {
        if (this.#redis === undefined) {
            throw new Error("create() makes it");
        }
        return this.#redis;
    }

    /** The files of the revision's Secret, with the addresses of this machine. */
    get secrets(): Files {
        return this.#secrets;
    }

    /** A connection string of the application's role, for the client of the tests. */
    get applicationUrl(): string {
        return (this.#secrets["postgres-url"] ?? "").replace(/\?.*/, "");
    }

    /** Runs the service's migrations as the database's owner, whose login is in the Secret of the backups. Returns what it says. */
    async migrate(): Promise<string> {
        const { passfile = "" } = await this.#filesOf(`${this.stack.live.service}-backup-credentials`);
        const file = join(this.#folder, "passfile");
        const [, , ...login] = passfile.split(":");
        writeFileSync(file, ["127.0.0.1", String(this.database.port), ...login].join(":"));
        const { stdout } = await execa(process.execPath, [join(import.meta.dirname, "../../../examples/video-ranking/migrate.ts")], {
            env: { PGPASSFILE: file, PGSSLMODE: "disable" },
        });
        return stdout;
    }

    /** Starts a process of the stable revision, with settings and secrets of its own beside the revision's. */
    async start(settings: Files = {}, secrets: Files = {}): Promise<ServiceProcess> {
        this.#started += 1;
        const { name: revision, config } = this.stack.stable;
        const one = await ServiceProcess.start(join(this.#folder, String(this.#started)), {
            service: this.stack.live.service,
            revision,
            settings: { ...config, ...settings },
            secrets: { ...this.#secrets, ...secrets },
        });
        this.#running.add(one);
        return one;
    }

    /** Ends all processes at once, but for one. */
    async killAll(except?: ServiceProcess): Promise<void> {
        const ended = [...this.#running].filter((one) => one !== except);
        await Promise.all(
            ended.map((one) => {
                this.#running.delete(one);
                return one.kill();
            }),
        );
    }

    async end(): Promise<void> {
        await this.killAll();
        await this.database.close();
        await this.servers.end();
        rmSync(this.#folder, { recursive: true, force: true });
        await this.stack.remove();
    }

    async #filesOf(prefix: string): Promise<Files> {
        const { items } = await this.stack.live.client(CoreV1Api).listNamespacedSecret({ namespace: this.stack.live.namespace });
        const data = items.find(({ metadata }) => metadata?.name?.startsWith(prefix))?.data ?? {};
        return Object.fromEntries(Object.entries(data).map(([name, encoded]) => [name, Buffer.from(encoded, "base64").toString()]));
    }
}
