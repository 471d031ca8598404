import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { serverConfiguration, serverCredentials } from "../../components/clickhouse/server-configuration.ts";
import { clickhouseAccounts, usersConfiguration } from "../../components/clickhouse/users.ts";
import { ensureTools, toolPath } from "../../lab/toolchain/index.ts";
import { ensureCommands } from "../../lab/toolchain/system.ts";

/**
 * No server of ClickHouse is to be had here. Its embedded engine reads the same configuration, with the same code, but has no parser of YAML: so it gets the XML that ClickHouse makes of
 * such a file. What only a server does is not shown: listening, TLS, replication, the Keepers.
 */
const passwords = { application: "a", migration: "b", read_only: "c", backup: "d" } as const;
const users = (): string => usersConfiguration({ database: "events", clientNetworks: ["10.244.0.0/16"], passwords });
const program = `import sys, json, chdb
connection = chdb.connect(":memory:?config-file=" + sys.argv[1])
print(json.dumps([json.loads(str(connection.query(query, "JSONCompact")))["data"] for query in sys.argv[2:]]))`;

let folder = "";
beforeAll(async () => {
    await ensureTools(["chdb"], { progress: "stderr" });
    await ensureCommands(["python3"], () => undefined);
    folder = await mkdtemp(join(tmpdir(), "clickhouse-configuration-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An account of the test's own, as whom the engine is asked. */
const asking = { default: { password: "", networks: { ip: "::/0" }, profile: "default", quota: "asking", access_management: 1 } };

/** What the engine answers when it has read the server's files. @throws what it said, where it refuses them. */
async function answers(queries: readonly string[], change: { readonly users?: string; readonly asking?: object } = {}): Promise<readonly unknown[]> {
    const own = z.looseObject({ users: z.looseObject({}) }).parse(parse(change.users ?? users()));
    await writeFile(join(folder, "users.xml"), xml("clickhouse", { ...own, users: { ...own.users, ...(change.asking ?? asking) } }));
    const server = z.looseObject({}).parse(parse(serverConfiguration({ name: "events", namespace: "nova-prod", tls: true })));
    const secrets = z.looseObject({}).parse(parse(serverCredentials("servers-word")));
    const places = {
        path: `${folder}/data/`,
        tmp_path: `${folder}/data/tmp/`,
        logger: { level: "none" },
        user_directories: { users_xml: { path: join(folder, "users.xml") } },
    };
    await writeFile(
        join(folder, "config.xml"),
        xml("clickhouse", { ...server, interserver_http_credentials: secrets.interserver_http_credentials, ...places }),
    );
    const { stdout } = await execa("python3", ["-c", program, join(folder, "config.xml"), ...queries], {
        cwd: folder,
        env: { PYTHONPATH: toolPath("chdb"), SHARD: "shard-1", POD_NAME: "events-shard-1-0", REPLICA_HOST: "events-shard-1-0.pods" },
    });
    return z.array(z.unknown()).parse(JSON.parse(stdout));
}

/** An element as ClickHouse makes it of YAML: a list is the element again and again, a key with '@' an attribute. */
function xml(name: string, value: unknown): string {
    if (Array.isArray(value)) {
        return value.map((each) => xml(name, each)).join("");
    }
    if (typeof value !== "object" || value === null) {
        return `<${name}>${String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</${name}>`;
    }
    const entries = Object.entries(value);
    const attributes = entries.filter(([key]) => key.startsWith("@")).map(([key, text]) => ` ${key.slice(1)}="${String(text)}"`);
    const children = entries.filter(([key]) => !key.startsWith("@")).map(([key, child]) => xml(key, child));
    return `<${name}${attributes.join("")}>${children.join("")}</${name}>`;
}

describe("a server's configuration, as ClickHouse's own engine reads it", () => {
    it("has two shards with two replicas each, reached over TLS, and takes its own place from the pod", async () => {
        const [macros, clusters] = await answers([
            "SELECT macro, substitution FROM system.macros ORDER BY macro",
            "SELECT cluster, shard_num, replica_num, port FROM system.clusters ORDER BY shard_num, replica_num",
        ]);
        expect(macros).toEqual([
            ["cluster", "main"],
            ["replica", "events-shard-1-0"],
            ["shard", "shard-1"],
        ]);
        expect(clusters).toEqual([1, 2].flatMap((shard) => [1, 2].map((replica) => ["main", shard, replica, 9440])));
    });

    it("lets each account in from the pods' networks alone", async () => {
        const [accounts] = await answers(["SELECT name, host_ip FROM system.users WHERE name != 'default' ORDER BY name"]);
        expect(accounts).toEqual(clickhouseAccounts.toSorted().map((name) => [name, ["10.244.0.0/16"]]));
    });

    it("has no account but these: the one that a server has by default is refused", async () => {
        await expect(answers(["SELECT 1"], { asking: {} })).rejects.toThrow(/default: Authentication failed/);
    });

    it("gives every account rights of its own and a quota", async () => {
        const [quotas, ...rights] = await answers([
            "SELECT name FROM system.quotas WHERE name != 'asking' ORDER BY name",
            ...clickhouseAccounts.map((account) => `SELECT access_type FROM system.grants WHERE user_name = '${account}' ORDER BY access_type`),
        ]);
        expect(quotas).toEqual(clickhouseAccounts.toSorted().map((name) => [name]));
        expect(rights).toHaveLength(clickhouseAccounts.length);
        rights.forEach((right) => {
            expect(right).not.toEqual([]);
            expect(JSON.stringify(right)).not.toContain("ALL");
        });
    });

    it.each([
        { what: "a right that does not exist", from: /GRANT SELECT/, to: "GRANT FLY" },
        { what: "a network that is none", from: "10.244.0.0/16", to: "10.244.0.0/99" },
    ])("is refused with $what, so that the checks above can fail", async ({ from, to }) => {
        const broken = users().replace(from, to);
        expect(broken).not.toBe(users());
        await expect(answers(["SELECT 1"], { users: broken })).rejects.toThrow();
    });
});
