import getPort from "get-port";
import { Redis } from "ioredis";
import pg from "pg";
import { generate } from "selfsigned";
import { expect } from "vitest";

import { type RedisAccount, serverAcl } from "../../../components/redis/acl.ts";
import { exporterEnvironment, exporterPasswords } from "../../../components/redis/pods.ts";
import { waitUntil } from "../../../lab/wait.ts";
import type { Scope } from "../../../observability/scope.ts";
import { PostgresServers, RealServers } from "../preflight-servers.ts";
import { ScrapingPrometheus, type Target } from "./scraping-prometheus.ts";

const redisPasswords = { application: "application", exporter: "exporter", replication: "replication", sentinel: "sentinel" };

/** A PostgreSQL server and two Redis servers, each with its real exporter, and a Prometheus that scrapes these every other second. */
export class StoreExporters {
    readonly #servers = new RealServers();
    readonly #postgres = new PostgresServers(this.#servers);
    readonly #scope: Scope & { readonly database: string };
    readonly #ports = { postgres: 0, redis: [0, 0] };
    readonly #targets: Target[] = [];
    #prometheus: ScrapingPrometheus | undefined;

    /** @param scope what the rules are about: the targets get its labels, and PostgreSQL its database. */
    constructor(scope: Scope & { readonly database: string }) {
        this.#scope = scope;
    }

    /** Starts all of it, and waits until Prometheus has scraped each exporter and each of them has reached its server. */
    async start(): Promise<void> {
        await this.#startPostgres();
        for (const index of this.#ports.redis.keys()) {
            await this.#startRedis(index);
        }
        const prometheus = await ScrapingPrometheus.start(this.#servers, this.#targets);
        this.#prometheus = prometheus;
        await waitUntil(
            async () => {
                const answering = (await prometheus.series("redis_up == 1 or pg_up == 1")).map(({ job, pod }) => pod ?? job);
                expect(answering.toSorted()).toEqual([this.#scope.jobs.postgres, "redis-0", "redis-1"]);
                expect(await prometheus.series("redis_master_link_up == 1")).toHaveLength(1);
                // A rate needs two scrapes, the second some time after the first.
                expect(await prometheus.series("count_over_time(up[1m]) > 2")).toHaveLength(3);
            },
            { what: "the exporters", withinMs: 240_000, everyMs: 500 },
        );
    }

    /** Ends everything. */
    end(): Promise<void> {
        return this.#servers.end();
    }

    /** Ends one server; its exporter goes on. */
    stopServer(name: "primary" | "redis-0"): Promise<void> {
        return this.#servers.stop(name, name === "primary" ? "SIGINT" : "SIGTERM");
    }

    /** The Prometheus that scrapes them. */
    get prometheus(): ScrapingPrometheus {
        if (this.#prometheus === undefined) {
            throw new Error("not started");
        }
        return this.#prometheus;
    }

    /** A session in the service's database, to be ended by the caller. */
    async session(database: string = this.#scope.database): Promise<pg.Client> {
        const client = new pg.Client({ host: "127.0.0.1", port: this.#ports.postgres, user: "admin", password: this.#postgres.password, database });
        await client.connect();
        return client;
    }

    /** A connection to one of the Redis servers, to be ended by the caller. */
    redis(index: number, account: RedisAccount): Redis {
        const client = new Redis({ host: "127.0.0.1", port: this.redisPort(index), username: account, password: redisPasswords[account] });
        // A refused connection is what some tests are about.
        client.on("error", () => undefined);
        return client;
    }

    /** Port of one of the Redis servers. */
    redisPort(index: number): number {
        return this.#ports.redis[index] ?? 0;
    }

    async #startPostgres(): Promise<void> {
        this.#ports.postgres = await this.#postgres.startPrimary(await generate([{ name: "commonName", value: "localhost" }], { keySize: 2048 }));
        const client = await waitUntil(() => this.session("postgres"), { what: "PostgreSQL", withinMs: 240_000 });
        await client.query(`CREATE DATABASE ${this.#scope.database}`);
        await client.query("CREATE ROLE exporter LOGIN PASSWORD 'exporter'");
        // What the exporter's own pages ask for, and no more.
        await client.query("GRANT pg_monitor TO exporter");
        await client.end();
        const port = await getPort({ host: "127.0.0.1" });
        this.#servers.start("postgres-exporter", "prometheus-postgres-exporter", [`--web.listen-address=127.0.0.1:${String(port)}`], {
            environment: {
                DATA_SOURCE_URI: `127.0.0.1:${String(this.#ports.postgres)}/postgres?sslmode=require`,
                DATA_SOURCE_USER: "exporter",
                DATA_SOURCE_PASS_FILE: await this.#servers.write("postgres-exporter.password", "exporter"),
            },
        });
        this.#targets.push({ port, labels: { job: this.#scope.jobs.postgres } });
    }

    async #startRedis(index: number): Promise<void> {
        const name = `redis-${String(index)}`;
        const serverPort = await getPort({ host: "127.0.0.1" });
        this.#ports.redis[index] = serverPort;
        await this.#servers.write("server.acl", serverAcl(redisPasswords));
        const lines = [
            `port ${String(serverPort)}`,
            "bind 127.0.0.1",
            `dir ${await this.#servers.makeFolder(name)}`,
            `aclfile ${this.#servers.folder}/server.acl`,
            "maxmemory 64mb",
            "maxclients 20",
            "appendonly yes",
            'save ""',
            "masteruser replication",
            `masterauth ${redisPasswords.replication}`,
            "repl-diskless-sync-delay 0",
            ...(index === 0 ? [] : [`replicaof 127.0.0.1 ${String(this.redisPort(0))}`]),
        ];
        this.#servers.start(name, "redis-server", [await this.#servers.write(`${name}.conf`, lines.join("\n"))]);
        const port = await getPort({ host: "127.0.0.1" });
        const address = `redis://localhost:${String(serverPort)}`;
        const passwords = await this.#servers.write(`${name}.passwords`, exporterPasswords(address, redisPasswords.exporter));
        this.#servers.start(`${name}-exporter`, "prometheus-redis-exporter", [], {
            environment: {
                ...exporterEnvironment(false),
                REDIS_ADDR: address,
                REDIS_EXPORTER_WEB_LISTEN_ADDRESS: `127.0.0.1:${String(port)}`,
                REDIS_PASSWORD_FILE: passwords,
            },
        });
        const { namespace, service, jobs } = this.#scope;
        this.#targets.push({ port, labels: { namespace, service, pod: name, job: jobs.redis } });
    }
}
