import { createHash } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { keeperConfiguration } from "../../components/clickhouse/keeper-configuration.ts";
import { checksumOf, clientConfiguration, ledgerOf, migrationFiles, migrationsOf } from "../../components/clickhouse/migrations.ts";
import { serverConfiguration } from "../../components/clickhouse/server-configuration.ts";
import { clickhouseAccounts, usersConfiguration } from "../../components/clickhouse/users.ts";
import { ClickHouseCluster, type ClickHouseClusterArgs } from "../../components/clickhouse-cluster.ts";
import { type RegisteredStack, buildStack, isRecord, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "../helpers/mocks.ts";

// What is proved here is what the program passes on. No ClickHouse server reads these files in the tests.

const passwords = { application: "open-sesame", migration: "change-it", read_only: "look-only", backup: "copy-out", interserver: "among-us" };
const clientNetworks = ["10.244.0.0/16"];

const args: ClickHouseClusterArgs = {
    namespace: "nova",
    service: "ranking",
    serviceAccountName: "ranking-store",
    images: { server: "registry.test/clickhouse-server", keeper: "registry.test/clickhouse-keeper" },
    passwords,
    clientNetworks,
    database: "events",
    awaitTimeoutSeconds: 60,
    protect: true,
};

async function build(change: Partial<ClickHouseClusterArgs> = {}): Promise<RegisteredStack<ClickHouseCluster>> {
    return buildStack(() => new ClickHouseCluster("clickhouse", { ...args, ...change }));
}

/** How the project orders the store's certificate. */
const certificate = { issuer: { kind: "ClusterIssuer", name: "internal" } } as const;

const statefulSets = ["clickhouse-shard-0-servers", "clickhouse-shard-1-servers", "clickhouse-keeper-keepers"];

describe("a ClickHouse cluster", () => {
    it("is two shards of two replicas, and three Keepers, all on protected volumes", async () => {
        const stack = await build();
        const replicas = statefulSets.map((name) => valueAt(stack.named(name).inputs, "spec.replicas"));
        expect(replicas).toEqual([2, 2, 3]);
        for (const name of statefulSets) {
            expect(stack.named(name), name).toMatchObject({ protect: true, customTimeouts: { create: "60s" } });
            expect(valueAt(stack.named(name).inputs, "spec.volumeClaimTemplates[0].metadata.name"), name).toBe("data");
        }
    });

    it("starts Keepers all at once, since one is ready only with a majority", async () => {
        expect(valueAt((await build()).named("clickhouse-keeper-keepers").inputs, "spec.podManagementPolicy")).toBe("Parallel");
    });

    it("gives each shard pods, a budget and a spread of its own", async () => {
        const stack = await build();
        const selectors = ["0", "1"].map((shard) => {
            const { inputs } = stack.named(`clickhouse-shard-${shard}-servers`);
            const selector = valueAt(inputs, "spec.selector.matchLabels");
            expect(valueAt(stack.named(`clickhouse-shard-${shard}-budget`).inputs, "spec")).toMatchObject({
                maxUnavailable: 1,
                selector: { matchLabels: selector },
            });
            expect(valueAt(inputs, "spec.template.spec.topologySpreadConstraints[0].labelSelector.matchLabels")).toEqual(selector);
            return selector;
        });
        expect(selectors[0]).not.toEqual(selectors[1]);
    });

    it("answers clients at one name", async () => {
        const plain = await build();
        expect(await promiseOf(pulumi.output(plain.result.endpoint))).toEqual({ host: "clickhouse.nova.svc", port: 8123, encryption: { kind: "none" } });
        const encrypted = await build({ certificate });
        expect(await promiseOf(pulumi.output(encrypted.result.endpoint))).toEqual({
            host: "clickhouse.nova.svc",
            port: 8443,
            encryption: { kind: "private", secretName: "clickhouse-tls" },
        });
        expect(await promiseOf(pulumi.output(encrypted.result.nativeEndpoint))).toEqual({
            host: "clickhouse.nova.svc",
            port: 9440,
            certificateName: "clickhouse-tls",
        });
    });

    it("has a certificate for every name that a server, a Keeper or a client connects to", async () => {
        const stack = await build({ certificate });
        const names = valueAt(stack.named("clickhouse-certificate-certificate").inputs, "spec.dnsNames");
        const isCovered = (host: string): boolean =>
            (Array.isArray(names) ? names : []).some(
                (name: unknown) => name === host || (String(name).startsWith("*.") && host.replace(/^[^.]+/, "*") === name),
            );
        const files = [
            valueAt(stack.named("clickhouse-configuration").inputs, "data[config.yaml]"),
            valueAt(stack.named("clickhouse-keeper-configuration").inputs, "data[keeper.yaml]"),
        ];
        const hosts = files.flatMap((file) =>
            [...String(file).matchAll(/^ *(?:- )?(?:id: \d+\n *)?(?:host|hostname): (\S+)$/gm)].map(([, host]) => host ?? ""),
        );
        expect(hosts).toHaveLength(4 + 3 + 3);
        expect([...hosts, "clickhouse.nova.svc"].filter((host) => !isCovered(host))).toEqual([]);
    });

    it("mounts the certificate as a folder, which the kubelet keeps current, in every pod", async () => {
        const stack = await build({ certificate });
        for (const name of statefulSets) {
            const { inputs } = stack.named(name);
            expect(valueAt(inputs, "spec.template.spec.volumes[1]"), name).toEqual({
                name: "tls",
                secret: { secretName: "clickhouse-tls", defaultMode: 0o440 },
            });
            expect(valueAt(inputs, "spec.template.spec.containers[0].volumeMounts"), name).toContainEqual({ name: "tls", mountPath: "/tls", readOnly: true });
        }
    });

    it("shows the migration whom to trust, and no private key", async () => {
        const job = (await build({ certificate })).named("clickhouse-migration-job").inputs;
        expect(valueAt(job, "spec.template.spec.volumes")).toContainEqual({
            name: "tls",
            secret: { secretName: "clickhouse-tls", defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
        });
    });

    it("says why the Keepers have no backup, and nothing of the kind of the servers", async () => {
        const stack = await build();
        const reasons = statefulSets.map((name) => valueAt(stack.named(name).inputs, "metadata.annotations[nova.example.com/without-backup]"));
        expect(reasons).toEqual([undefined, undefined, expect.stringMatching(/^coordination only: /)]);
    });

    it("changes the schema once all servers and Keepers are ready", async () => {
        const stack = await build();
        const job = stack.named("clickhouse-migration-job");
        expect(job.dependsOn).toEqual(expect.arrayContaining(statefulSets.map((name) => stack.named(name).urn)));
        expect(valueAt(job.inputs, "metadata.name")).toBe(`clickhouse-migration-${checksumOf(migrationsOf("events")).slice(0, 12)}`);
    });

    it("shows no password in plain text, not even the ones it was given as plain text", async () => {
        const stack = await build();
        const plain = JSON.stringify(stack.resources.map(({ inputs, outputs }) => withoutSecrets([inputs, outputs])));
        for (const password of Object.values(passwords)) {
            expect(plain).not.toContain(password);
        }
    });

    it("mounts what can change by names that change with it", async () => {
        const stack = await build();
        for (const name of [
            "clickhouse-configuration",
            "clickhouse-credentials",
            "clickhouse-keeper-configuration",
            "clickhouse-migration-files",
            "clickhouse-migration-client",
        ]) {
            expect(stack.named(name).inputs, name).toMatchObject({ immutable: true });
            expect(valueAt(stack.named(name).inputs, "metadata.name"), name).toBeUndefined();
        }
    });

    it.each([
        [[], "clientNetworks is empty, so no client could log in"],
        [["::/0"], "clientNetworks has '::/0', which is every address there is"],
        [["10.0.0.0/8", "0.0.0.0/0"], "clientNetworks has '0.0.0.0/0', which is every address there is"],
        [["pods"], "clientNetworks has 'pods', not a network"],
        [["10.0.0.1"], "clientNetworks has '10.0.0.1', not a network"],
    ])("refuses the networks %j", async (networks, message) => {
        await expect(build({ clientNetworks: networks })).rejects.toThrow(message);
    });

    it.each(["Events", "my-events", "1st", ""])("refuses the database name '%s'", async (database) => {
        await expect(build({ database })).rejects.toThrow(`database is '${database}': use lower-case letters`);
    });

    it("names every child after itself", async () => {
        expect(misnamedChildren(await build({ certificate }))).toEqual([]);
    });
});

describe("ClickHouse accounts", () => {
    const users: unknown = parse(usersConfiguration({ database: "events", clientNetworks, passwords }));

    it("have no default user among them", () => {
        const listed = valueAt(users, "users");
        expect(isRecord(listed) ? Object.keys(listed) : listed).toEqual([...clickhouseAccounts]);
    });

    it.each(clickhouseAccounts)("log %s in by the hash of a password, from the pods' networks, within a quota", (account) => {
        expect(valueAt(users, `users.${account}`)).toMatchObject({
            password_sha256_hex: createHash("sha256").update(passwords[account]).digest("hex"),
            networks: { ip: clientNetworks },
            quota: account,
            profile: account,
        });
        expect(valueAt(users, `quotas.${account}.interval.queries`)).toBeGreaterThan(0);
        expect(valueAt(users, `profiles.${account}.max_execution_time`)).toBeGreaterThan(0);
    });

    it("let people look, and nothing more", () => {
        expect(valueAt(users, "profiles.read_only.readonly")).toBe(1);
        expect(valueAt(users, "users.read_only.grants.query")).toEqual(["GRANT SELECT ON events.*"]);
    });

    it("leave the schema to the migration", () => {
        expect(valueAt(users, "profiles.application.allow_ddl")).toBe(0);
        expect(valueAt(users, "users.application.grants.query")).toEqual(["GRANT SELECT, INSERT ON events.*"]);
    });
});

describe("ClickHouse configuration", () => {
    const domains = { name: "clickhouse", namespace: "nova" };

    it("lists every replica of every shard, and every Keeper", () => {
        const server: unknown = parse(serverConfiguration({ ...domains, tls: false }));
        expect(valueAt(server, "remote_servers.main.shard[1].replica[0]")).toEqual({ host: "clickhouse-shard-1-0.clickhouse-pods.nova.svc", port: 9000 });
        expect(valueAt(server, "zookeeper.node[2].host")).toBe("clickhouse-keeper-3.clickhouse-keeper-pods.nova.svc");
        const keeper: unknown = parse(keeperConfiguration({ ...domains, tls: false }));
        expect(valueAt(keeper, "keeper_server.raft_configuration.server[0]")).toEqual({
            id: 1,
            hostname: "clickhouse-keeper-1.clickhouse-keeper-pods.nova.svc",
            port: 9234,
        });
    });

    it("opens no plain-text port but the metrics once it has a certificate", () => {
        for (const text of [serverConfiguration({ ...domains, tls: true }), keeperConfiguration({ ...domains, tls: true })]) {
            expect(text).not.toMatch(/^ *(http_port|tcp_port|interserver_http_port):/m);
            expect(text).toContain("verificationMode: strict");
        }
    });

    it("takes accounts from the file alone", () => {
        expect(valueAt(parse(serverConfiguration({ ...domains, tls: false })), "user_directories")).toEqual({
            users_xml: { path: "/configuration/users.yaml" },
        });
    });
});

describe("schema migrations", () => {
    const migrations = migrationsOf("events");

    it("are numbered without a gap", () => {
        expect(migrations.map(({ version }) => version.slice(0, 4))).toEqual(migrations.map((_, index) => `${String(index + 1).padStart(3, "0")}-`));
    });

    it.each([...migrations, { version: "ledger", sql: ledgerOf("events") }])("can run again: $version", ({ sql }) => {
        const statements = sql.split(";").filter((statement) => statement.trim() !== "");
        for (const statement of statements) {
            expect(statement.trim()).toMatch(/^CREATE (TABLE|DATABASE) IF NOT EXISTS .* ON CLUSTER '\{cluster\}'/);
        }
    });

    it("keep events on every replica, and for a bounded time", () => {
        expect(migrations[0]?.sql).toContain("ENGINE = ReplicatedMergeTree(");
        expect(migrations[0]?.sql).toContain("TTL toDateTime(occurred_at) + INTERVAL 90 DAY DELETE");
    });

    it("were not edited after they were applied", () => {
        // A new migration adds a line. A changed line means that an applied migration was edited, which every cluster that has it refuses.
        const checksums = migrations.map(({ version, sql }) => `${version} ${createHash("sha256").update(sql).digest("hex")}`);
        expect(checksums).toEqual(["001-engagement-events 140313ba9e1cc1893b109cef0ea9e14bb5942d39cc3a09b3337e512ec602f5e9"]);
    });

    it("are applied by a script that knows each by file", () => {
        expect(Object.keys(migrationFiles("events", migrations)).sort()).toEqual(["001-engagement-events.sql", "ledger.sql", "migrate.sh"]);
    });

    it("give another job for another schema", () => {
        expect(checksumOf([...migrations, { version: "002-more", sql: "" }])).not.toBe(checksumOf(migrations));
    });

    it("log in with the password as it is, whatever it holds", () => {
        const configuration = { host: "clickhouse", port: 9440, tls: true, account: "backup", password: "a<b&c" } as const;
        expect(clientConfiguration(configuration)).toContain("<user>backup</user><password>a&lt;b&amp;c</password><secure>1</secure>");
    });
});
