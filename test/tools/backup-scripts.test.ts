import { appendFile, chmod, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { finalExitCode } from "../../components/backup/failure.ts";
import { ensureTools } from "../../lab/toolchain/ensure.ts";
import { BackupTrial, type Ended } from "./backup-trial.ts";
import { answeringServer, closedPort, silentServer } from "../lab/plugins/ports.ts";

const trial = new BackupTrial();

/** A schema with one table that the reader may read, as PostgresDatabase makes it. */
const database = `
create schema orders authorization owner; grant usage on schema orders to reader;
alter default privileges for role owner in schema orders grant select on tables to reader;
alter default privileges for role owner in schema orders grant select on sequences to reader;
set role owner; create table orders.item (id serial primary key, name text, bought timestamptz, price double precision, picture bytea);
insert into orders.item (name, bought, price, picture) values ('a lamp', now(), 0.1, '\\xdeadbeef'), ('a "b" | c', now(), 1e300, null);
create table orders.month (day date) partition by range (day); create table orders.january partition of orders.month for values from ('2026-01-01') to ('2026-02-01');
insert into orders.month values ('2026-01-03');
create table "orders"."odd name" (t text, r text); insert into orders."odd name" values ('x', 'y');
`;

/** What a Job's log ends with: one line, which the pod's status repeats. */
function lastLine({ all }: Ended): string {
    return all.trimEnd().split("\n").at(-1) ?? "";
}

/** One message: nothing else is said on standard error, and no line but the last is one of an error. */
function expectOneMessage(ended: Ended, exitCode: number, message: RegExp): void {
    expect(ended.exitCode, ended.all).toBe(exitCode);
    expect(lastLine(ended)).toMatch(message);
    expect(ended.all.split("\n").filter((line) => !/^(dumping|removing|restoring) /.test(line))).toHaveLength(1);
}

beforeAll(async () => {
    await ensureTools(["postgres"]);
    await trial.start(database);
});
beforeEach(() => trial.empty());
afterAll(() => trial.end());

describe("a dump", () => {
    it("is made by a role that can only read, and has a record of each table's rows", async () => {
        const dumped = await trial.dump();
        expect(dumped.all).toMatch(/wrote .*shop-\d{8}T\d{6}Z\.dump: \d+ bytes, 3 tables; \d+ MiB are free$/);
        expect((await readFile((await trial.newest()).replace(/dump$/, "tables"), "utf8")).split("\n")).toEqual([
            expect.stringMatching(/^bytes\|\d+$/),
            expect.stringMatching(/^orders\."odd name"\|1\|-?\d+$/),
            expect.stringMatching(/^orders\.item\|2\|-?\d+$/),
            expect.stringMatching(/^orders\.january\|1\|-?\d+$/),
            "",
        ]);
        expect((await trial.files()).filter((name) => name.startsWith("."))).toEqual([]);
    });

    it("removes what a run that was cut off has left", async () => {
        await trial.give(trial.inside("dumps/.shop-20200101T000000Z.dump.partial"), "x");
        expect((await trial.dump()).exitCode).toBe(0);
        expect(await trial.files()).toEqual([expect.stringMatching(/^shop-.*dump$/), expect.stringMatching(/^shop-.*tables$/)]);
    });

    it.each<{ readonly what: string; readonly prepare: () => Promise<unknown>; readonly repair?: () => Promise<unknown>; readonly says: RegExp }>([
        {
            what: "the password is wrong",
            prepare: async () => trial.logIn(`${trial.inside("")}:5432:shop:reader:wrong\n`.replace("/:5432", ":5432")),
            says: /password authentication failed/,
        },
        {
            what: "the Secret has no password for the server",
            prepare: async () => trial.logIn("elsewhere:5432:shop:reader:word\n"),
            says: /no password supplied/,
        },
        {
            what: "the role may not log in",
            prepare: async () => trial.sql("alter role reader nologin"),
            repair: async () => trial.sql("alter role reader login"),
            says: /not permitted to log in/,
        },
        {
            what: "the role is gone",
            prepare: async () => trial.sql("alter role reader rename to other"),
            repair: async () => trial.sql(`alter role other rename to reader; alter role reader password '${trial.password}'`),
            says: /authentication failed/,
        },
    ])("ends with one message on the login when $what, and is not tried again", async ({ prepare, repair, says }) => {
        const kept = await trial.pretend("20200101", { days: 15 });
        await prepare();
        const failed = await trial.dump();
        await repair?.();
        expectOneMessage(failed, finalExitCode, /^PostgreSQL at .*:5432 refuses the login of PGUSER=reader \(.*\): run 'pulumi up'/);
        expect(lastLine(failed)).toMatch(says);
        expect(failed.all).not.toContain(trial.password);
        expect(trial.inside(`dumps/${(await trial.dumps()).join()}`)).toBe(kept);
    });

    it.each<{
        readonly what: string;
        readonly server: () => Promise<{ readonly host?: string; readonly port: number; readonly close?: () => void }>;
        readonly says: RegExp;
    }>([
        { what: "nothing listens", server: async () => ({ port: await closedPort() }), says: /Connection refused/ },
        { what: "it takes the connection and never answers", server: silentServer, says: /timeout expired/ },
        { what: "it closes the connection", server: closingServer, says: /server closed the connection/ },
        { what: "its name is unknown", server: async () => Promise.resolve({ host: "database.invalid", port: 5432 }), says: /could not translate host name/ },
    ])("ends with one message on the server when $what, and is tried again", async ({ server, says }) => {
        const { host = "127.0.0.1", port, close } = await server();
        const failed = await trial.dump({ PGHOST: host, PGPORT: String(port), PGCONNECT_TIMEOUT: "2" });
        close?.();
        expectOneMessage(
            failed,
            1,
            new RegExp(`^PostgreSQL at ${host}:${String(port)} does not serve \\(.*\\): start it, or correct stores\\.postgres\\.host and port`),
        );
        expect(lastLine(failed)).toMatch(says);
        expect(await trial.files()).toEqual([]);
    });

    it("ends with one message on the server when it was stopped, and keeps what it has", async () => {
        expect((await trial.dump()).exitCode).toBe(0);
        const kept = await trial.files();
        await trial.stopServer();
        const failed = await trial.dump();
        await trial.startServer();
        expectOneMessage(failed, 1, /does not serve \(connection to server on socket .* failed: No such file or directory\): start it/);
        expect(await trial.files()).toEqual(kept);
    });

    it.each<{ readonly what: string; readonly change: Readonly<Record<string, string>>; readonly says: RegExp }>([
        { what: "there is no such database", change: { PGDATABASE: "shopp" }, says: /has no database PGDATABASE=shopp: run 'pulumi up'/ },
        {
            what: "the server has no TLS",
            change: { PGSSLMODE: "require" },
            says: /no trusted connection .* with PGSSLMODE=require .*: correct the server's certificate/,
        },
    ])("ends with one message when $what", async ({ change, says }) => {
        // A socket has no TLS, so that case needs a server that says so.
        const server = change.PGSSLMODE === undefined ? undefined : await answeringServer("N");
        await trial.logIn(`*:*:*:reader:${trial.password.replaceAll(/[\\:]/g, "\\$&")}\n`);
        const failed = await trial.dump({ ...change, ...(server === undefined ? {} : { PGHOST: "127.0.0.1", PGPORT: String(server.port) }) });
        server?.close();
        expectOneMessage(failed, finalExitCode, says);
    });

    it("names the table that its role may not read", async () => {
        await trial.sql("create table orders.secret (word text)");
        const failed = await trial.dump();
        await trial.sql("drop table orders.secret");
        expectOneMessage(failed, finalExitCode, /PGUSER=reader may not read all of PGDATABASE=shop \(.*permission denied for table secret\): grant it SELECT/);
        expect(await trial.files()).toEqual([]);
    });

    it("says so when the volume belongs to another user", async () => {
        await chmod(trial.inside("dumps"), 0o500);
        expectOneMessage(
            await trial.dump(),
            finalExitCode,
            /^the volume of the dumps, .*, can't be written to by user \d+ \(.*Permission denied\): give it to group/,
        );
    });
});

describe("a restore check", () => {
    it("restores into a fresh database and finds every row as it was", async () => {
        expect((await trial.dump()).exitCode).toBe(0);
        const checked = await trial.restore();
        expect(checked.all).toMatch(/restored .*\.dump: 3 tables with 4 rows, all as they were dumped$/);
        expect(checked.exitCode).toBe(0);
    });

    it("compares with what the dump saw, whatever is written meanwhile and however the server writes values", async () => {
        await trial.sql(
            "alter database shop set timezone = 'Asia/Tokyo'; alter database shop set datestyle = 'German'; alter database shop set extra_float_digits = -5;",
        );
        const writing = trial.sql(
            "do $$ begin for i in 1..400 loop insert into orders.item (name) values (i::text); commit; perform pg_sleep(0.002); end loop; end $$;",
        );
        const dumped = await trial.dump();
        await writing;
        await trial.sql("delete from orders.item where id > 2; alter database shop reset all;");
        expect(dumped.exitCode, dumped.all).toBe(0);
        const checked = await trial.restore();
        expect(checked.exitCode, checked.all).toBe(0);
    });

    const record = async (): Promise<string> => (await trial.newest()).replace(/dump$/, "tables");
    const edit = async (path: string, change: (text: string) => string): Promise<void> => writeFile(path, change(await readFile(path, "utf8")));
    it.each<{ readonly what: string; readonly spoil: () => Promise<unknown>; readonly says: RegExp }>([
        { what: "there is no dump", spoil: async () => rm(await trial.newest()), says: /^there is no dump of PGDATABASE=shop in / },
        { what: "the newest is too old", spoil: async () => trial.age(await trial.newest(), 3), says: /is older than 48 h: see why the dumps stopped/ },
        { what: "the newest is cut off", spoil: async () => truncate(await trial.newest(), 1_000), says: /has 1000 bytes, and had \d+ when it was written/ },
        {
            what: "the newest is something else",
            spoil: async () => writeFile(await trial.newest(), "not a dump"),
            says: /has 10 bytes, and had \d+ when it was written/,
        },
        { what: "something was added to it", spoil: async () => appendFile(await trial.newest(), "x"), says: /it was cut off or changed; run a dump/ },
        { what: "it has no record", spoil: async () => rm(await record()), says: /has no record of its tables beside it, .*\.tables: nothing can be compared/ },
        { what: "its record is empty", spoil: async () => writeFile(await record(), ""), says: /and had none when it was written/ },
        {
            what: "its record has no table",
            spoil: async () => edit(await record(), (text) => `${text.split("\n")[0] ?? ""}\n`),
            says: /has no table: nothing can be compared/,
        },
        {
            what: "a row is missing",
            spoil: async () => edit(await record(), (text) => text.replace("item|2|", "item|3|")),
            says: /is not what was dumped \(table\|rows\|checksum\): dumped orders\.item\|3\|.*;restored orders\.item\|2\|/,
        },
        {
            what: "a value differs",
            spoil: async () => edit(await record(), (text) => text.replace(/(january\|1\|-?\d)/, "$11")),
            says: /: dumped orders\.january\|1\|.*;restored orders\.january\|1\|/,
        },
        { what: "a table is missing", spoil: async () => edit(await record(), (text) => `${text}orders.zebra|0|0\n`), says: /: dumped orders\.zebra\|0\|0;/ },
        {
            what: "a table is one too many",
            spoil: async () => edit(await record(), (text) => text.replace(/orders\.january.*\n/, "")),
            says: /: restored orders\.january\|1\|/,
        },
        {
            what: "its bytes are others",
            spoil: async () => {
                const path = await trial.newest();
                const bytes = await readFile(path);
                await writeFile(path, bytes.fill(0, Math.floor(bytes.length / 2)));
            },
            says: /can't be restored: /,
        },
    ])("fails with one message when $what", async ({ spoil, says }) => {
        expect((await trial.dump()).exitCode).toBe(0);
        await spoil();
        expectOneMessage(await trial.restore(), finalExitCode, says);
    });
});

/** A server that ends each connection at once. */
async function closingServer(): Promise<{ readonly port: number; readonly close: () => void }> {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return { port: typeof address === "object" && address !== null ? address.port : 0, close: () => server.close() };
}
