import { execa } from "execa";
import { existsSync, globSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { backupScripts, passfileLine } from "../../components/backup/scripts.ts";

/** PostgreSQL's own programs: the lab's server comes without pg_dump, so this needs those of the system (Debian: postgresql). */
const programs = ["/usr/bin", ...globSync("/usr/lib/postgresql/*/bin")].findLast((folder) =>
    ["initdb", "pg_ctl", "pg_dump", "pg_restore"].every((name) => existsSync(join(folder, name))),
);
/** PostgreSQL refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const password = "a:b\\c";

let folder = "";
const inside = (name: string): string => join(folder, name);

async function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    return execa(command, args, {
        ...user,
        cwd: folder,
        reject: false,
        all: true,
        extendEnv: false,
        env: {
            PATH: `${programs ?? ""}:/usr/bin:/bin`,
            LC_ALL: "C.UTF-8",
            CREDENTIALS: inside("credentials"),
            DUMPS: inside("dumps"),
            HOME: inside("scratch"),
            SCRATCH: inside("scratch"),
            PGDATABASE: "shop",
            ...environment,
        },
    });
}

const dump = async () => run("sh", [inside("dump.sh")], { PGHOST: folder, PGUSER: "reader", PGSSLMODE: "disable", RETENTION_DAYS: "14" });
const restore = async () => run("sh", [inside("restore-check.sh")], { MAXIMUM_AGE_HOURS: "48" });
const dumps = async (): Promise<readonly string[]> => (await readdir(inside("dumps"))).toSorted();

async function newestDump(): Promise<string> {
    return join(inside("dumps"), (await dumps()).findLast((name) => name.endsWith(".dump")) ?? expect.fail("there is no dump"));
}

async function age(file: string, days: number): Promise<void> {
    const then = Date.now() / 1_000 - days * 24 * 60 * 60;
    await utimes(file, then, then);
}

async function give(path: string, content?: string): Promise<void> {
    await (content === undefined ? mkdir(path, { recursive: true }) : writeFile(path, content));
    await chmod(path, content === undefined ? 0o700 : 0o600);
    if (user.uid !== undefined) {
        await chown(path, user.uid, user.gid);
    }
}

const database = `
create role owner login; create role reader login password '${password}'; create database shop owner owner;
\\c shop
create schema orders authorization owner; grant usage on schema orders to reader;
alter default privileges for role owner in schema orders grant select on tables to reader;
alter default privileges for role owner in schema orders grant select on sequences to reader;
set role owner; create table orders.item (id serial primary key, name text); insert into orders.item (name) values ('a lamp');
`;

describe.skipIf(programs === undefined)("the backup's scripts, on a real server", () => {
    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "nova-backup-"));
        await give(folder);
        await give(inside("credentials"));
        await give(inside("credentials/passfile"), passfileLine({ host: folder, port: 5432, database: "shop", username: "reader", password }));
        await give(inside("admin-password"), "admin-word");
        await give(inside("database.sql"), database);
        for (const [name, script] of Object.entries(backupScripts)) {
            await give(inside(name), script);
        }
        const made = await run("initdb", ["--pgdata=data", "--username=admin", "--auth=scram-sha-256", "--pwfile=admin-password", "--no-sync"]);
        expect(made.exitCode, made.all).toBe(0);
        await run("pg_ctl", [
            "start",
            "--pgdata=data",
            "--wait",
            "--log=log",
            "-o",
            `-c listen_addresses='' -c fsync=off -c unix_socket_directories=${folder}`,
        ]);
        const filled = await run("psql", ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=database.sql"], {
            PGHOST: folder,
            PGUSER: "admin",
            PGDATABASE: "postgres",
            PGPASSWORD: "admin-word",
        });
        expect(filled.exitCode, filled.all).toBe(0);
    });

    beforeEach(async () => {
        for (const name of ["dumps", "scratch"]) {
            await rm(inside(name), { recursive: true, force: true });
            await give(inside(name));
        }
    });

    afterAll(async () => {
        await run("pg_ctl", ["stop", "--pgdata=data", "--mode=immediate"]);
        await rm(folder, { recursive: true, force: true });
    });

    it("dump with a role that can only read, and restore elsewhere", async () => {
        expect((await dump()).all).toMatch(/wrote .*shop-\d{8}T\d{6}Z\.dump: \d+ bytes, \d+ entries/);
        const restored = await restore();
        expect(restored.all).toContain("restored 1 tables from");
        expect(restored.exitCode).toBe(0);
    });

    it("drop old dumps, and what a broken run left, once a new one is written", async () => {
        await give(inside("dumps/shop-20200101T000000Z.dump"), "");
        await age(inside("dumps/shop-20200101T000000Z.dump"), 15);
        await give(inside("dumps/shop-20200102T000000Z.dump"), "");
        await age(inside("dumps/shop-20200102T000000Z.dump"), 13);
        await give(inside("dumps/.shop-20200101T000000Z.dump.partial"), "");
        expect((await dump()).exitCode).toBe(0);
        expect(await dumps()).toEqual(["shop-20200102T000000Z.dump", expect.stringMatching(/^shop-2/)]);
    });

    it("keep old dumps when the new one fails", async () => {
        await give(inside("dumps/shop-20200101T000000Z.dump"), "");
        await age(inside("dumps/shop-20200101T000000Z.dump"), 15);
        await give(inside("credentials/passfile"), `${folder}:5432:shop:reader:wrong\n`);
        const failed = await dump();
        await give(inside("credentials/passfile"), passfileLine({ host: folder, port: 5432, database: "shop", username: "reader", password }));
        expect([failed.exitCode, (await dumps()).filter((name) => name.endsWith(".dump"))]).toEqual([1, ["shop-20200101T000000Z.dump"]]);
        expect(failed.all).toContain("password authentication failed");
    });

    it.each([
        { what: "there is no dump", spoil: async () => rm(await newestDump()), says: "there is no dump of shop" },
        { what: "the newest is too old", spoil: async () => age(await newestDump(), 3), says: "is older than 48 h" },
        { what: "the newest is cut off", spoil: async () => truncate(await newestDump(), 1_000), says: "can't be read" },
        { what: "the newest is something else", spoil: async () => writeFile(await newestDump(), "not a dump"), says: "can't be read" },
    ])("fail the check when $what", async ({ spoil, says }) => {
        expect((await dump()).exitCode).toBe(0);
        await spoil();
        const checked = await restore();
        expect(checked.exitCode).toBe(1);
        expect(checked.all).toContain(says);
    });
});
