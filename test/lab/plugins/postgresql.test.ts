import { randomBytes } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { postgresqlProvider } from "../../../lab/plugins/postgresql/provider.ts";
import { PluginClient, secret } from "../../lab-unit/plugins/plugin-client.ts";
import { labEndpoints } from "./lab-endpoints.ts";
import { answeringServer, closedPort, silentServer } from "./ports.ts";

const lab = labEndpoints();
const settings = {
    host: lab.NOVA_LAB_POSTGRES_HOST,
    port: String(lab.NOVA_LAB_POSTGRES_PORT),
    username: lab.NOVA_LAB_POSTGRES_USER,
    password: secret(lab.NOVA_LAB_POSTGRES_PASSWORD),
    sslmode: "disable",
    expectedVersion: "15.0.0",
};

/** Quotes in names and passwords prove that statements are put together safely. */
const prefix = `t${randomBytes(4).toString("hex")}`;
const databaseName = `${prefix} "quoted" db`;
const ownerName = `${prefix}-owner's`;
const applicationName = `${prefix}-application`;
const applicationPassword = "pa'ss\\word\"1";

let plugin: PluginClient;
const database = () => plugin.resource("postgresql:index/database:Database");
const role = () => plugin.resource("postgresql:index/role:Role");
const schema = () => plugin.resource("postgresql:index/schema:Schema");
const grant = () => plugin.resource("postgresql:index/grant:Grant");
const defaultPrivileges = () => plugin.resource("postgresql:index/defaultPrivileges:DefaultPrivileges");
const extension = () => plugin.resource("postgresql:index/extension:Extension");
const grantRole = () => plugin.resource("postgresql:index/grantRole:GrantRole");

/** Does something behind the provider's back. */
async function behindItsBack(statement: string, as: { user?: string; password?: string; database?: string } = {}): Promise<unknown[]> {
    const client = new pg.Client({
        host: lab.NOVA_LAB_POSTGRES_HOST,
        port: lab.NOVA_LAB_POSTGRES_PORT,
        user: as.user ?? lab.NOVA_LAB_POSTGRES_USER,
        password: as.password ?? lab.NOVA_LAB_POSTGRES_PASSWORD,
        database: as.database ?? "postgres",
    });
    await client.connect();
    try {
        return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
        await client.end();
    }
}

beforeAll(async () => {
    plugin = await PluginClient.start(postgresqlProvider, settings);
});

afterAll(async () => {
    await behindItsBack(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(databaseName)} WITH (FORCE)`);
    for (const name of [ownerName, applicationName]) {
        await behindItsBack(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(name)}`);
    }
    plugin.stop();
});

describe("a server that can't be used", () => {
    it("refuses a wrong password, and says where and as whom without giving the password away", async () => {
        const wrong = await PluginClient.start(postgresqlProvider, { ...settings, password: "a-wrong-password" });
        const failure = wrong.resource("postgresql:index/role:Role").create({ name: prefix });
        await expect(failure).rejects.toThrow(
            `at ${settings.host}:${settings.port}, database 'postgres', as user '${settings.username}': password authentication failed`,
        );
        await expect(failure).rejects.not.toThrow("a-wrong-password");
        wrong.stop();
    });

    it("is down: the error names host, port and user", async () => {
        const port = await closedPort();
        const down = await PluginClient.start(postgresqlProvider, { ...settings, host: "127.0.0.1", port: String(port) });
        await expect(down.resource("postgresql:index/role:Role").create({ name: prefix })).rejects.toThrow(
            new RegExp(`can't connect to PostgreSQL at 127\\.0\\.0\\.1:${String(port)}.*as user '${settings.username}'.*ECONNREFUSED`),
        );
        down.stop();
    });

    it("takes connections and never answers: connectTimeout bounds the wait", async () => {
        const silent = await silentServer();
        const slow = await PluginClient.start(postgresqlProvider, { ...settings, host: "127.0.0.1", port: String(silent.port), connectTimeout: "1" });
        await expect(slow.resource("postgresql:index/role:Role").create({ name: prefix })).rejects.toThrow("timeout");
        slow.stop();
        silent.close();
    });

    it("has no TLS: the error says which setting to change", async () => {
        const plain = await answeringServer("N");
        const encrypted = await PluginClient.start(postgresqlProvider, { ...settings, host: "127.0.0.1", port: String(plain.port), sslmode: "require" });
        await expect(encrypted.resource("postgresql:index/role:Role").create({ name: prefix })).rejects.toThrow("set sslmode to 'disable'");
        encrypted.stop();
        plain.close();
    });
});

describe("the life of a database and its roles", () => {
    it("makes a role that can log in with its password, which stays secret in the state", async () => {
        await role().create({ name: ownerName });
        const created = await role().create({
            name: applicationName,
            login: true,
            password: secret(applicationPassword),
            connectionLimit: 7,
            searchPaths: ["app", "public"],
        });
        expect(created.id).toBe(applicationName);
        expect(created.state).toMatchObject({
            password: secret(applicationPassword),
            superuser: false,
            inherit: true,
            validUntil: "infinity",
            searchPaths: ["app", "public"],
        });
        expect(await behindItsBack("SELECT current_user::text AS me", { user: applicationName, password: applicationPassword })).toEqual([
            { me: applicationName },
        ]);
    });

    it("makes a database with the official defaults, and with the server's collation", async () => {
        const [server] = await behindItsBack(`SELECT datcollate AS "lcCollate", datctype AS "lcCtype" FROM pg_database WHERE datname = 'template0'`);
        const created = await database().create({ name: databaseName, owner: ownerName });
        expect(created.id).toBe(databaseName);
        expect(created.state).toEqual({
            name: databaseName,
            owner: ownerName,
            template: "template0",
            encoding: "UTF8",
            ...Object(server),
            tablespaceName: "pg_default",
            connectionLimit: -1,
            allowConnections: true,
            isTemplate: false,
            alterObjectOwnership: false,
        });
    });

    it.each([
        { what: "database", make: () => database().create({ name: databaseName }) },
        { what: "role", make: () => role().create({ name: applicationName }) },
        { what: "schema", make: () => schema().create({ name: "public", database: databaseName, ifNotExists: false }) },
    ])("refuses to make a $what that is there already, and says how to bring it in", async ({ what, make }) => {
        await expect(make()).rejects.toThrow(new RegExp(`${what} ".*" already exists; bring it in with 'pulumi import', or choose another name`));
    });

    it("imports what is there by its name", async () => {
        const imported = await database().read(databaseName);
        expect(imported.id).toBe(databaseName);
        expect(imported.inputs).toMatchObject({ name: databaseName, owner: ownerName, connectionLimit: -1 });
        expect((await role().read(applicationName)).inputs).toMatchObject({ name: applicationName, login: true, connectionLimit: 7 });
        expect((await schema().read(`${databaseName}.public`)).state).toMatchObject({ name: "public", database: databaseName });
    });

    it("changes what can be changed in place, the password too", async () => {
        const before = await role().read(applicationName, (await role().read(applicationName)).state, { name: applicationName });
        const state = await role().update(before.id, before.state, {
            name: applicationName,
            login: true,
            password: secret("another one"),
            roles: ["pg_monitor"],
        });
        expect(state).toMatchObject({ password: secret("another one"), roles: ["pg_monitor"], connectionLimit: -1, searchPaths: [] });
        expect(await behindItsBack("SELECT 1 AS one", { user: applicationName, password: "another one" })).toEqual([{ one: 1 }]);
        const { inputs } = await database().check({ name: databaseName, encoding: "SQL_ASCII", lcCollate: "POSIX" });
        expect((await database().diff((await database().read(databaseName)).state, inputs)).replaces).toEqual(["encoding", "lcCollate"]);
    });

    it.each([
        { text: "99s", found: 99_000 },
        { text: "2min", found: 120_000 },
        { text: "1h", found: 3_600_000 },
        { text: "250", found: 250 },
    ])("reads a time limit that was set by hand as '$text'", async ({ text, found }) => {
        await behindItsBack(`ALTER ROLE ${pg.escapeIdentifier(applicationName)} SET statement_timeout TO ${pg.escapeLiteral(text)}`);
        const read = await role().read(applicationName);
        expect(read.state).toMatchObject({ statementTimeout: found, idleInTransactionSessionTimeout: 0 });
        await behindItsBack(`ALTER ROLE ${pg.escapeIdentifier(applicationName)} RESET statement_timeout`);
    });

    it("finds the drift: what was changed behind its back, and what is gone", async () => {
        const inputs = { name: databaseName, connectionLimit: -1 };
        const { state } = await database().read(databaseName);
        await behindItsBack(`ALTER DATABASE ${pg.escapeIdentifier(databaseName)} CONNECTION LIMIT 3`);
        const refreshed = await database().read(databaseName, state, inputs);
        expect(refreshed.inputs).toEqual({ name: databaseName, connectionLimit: 3 });
        expect((await database().diff(refreshed.state, (await database().check(inputs)).inputs)).changed).toEqual(["connectionLimit"]);

        const other = await role().create({ name: `${prefix}-gone` });
        await behindItsBack(`DROP ROLE "${prefix}-gone"`);
        expect((await role().read(other.id, other.state, other.inputs)).id).toBe("");
        await role().delete(other.id, other.state);
    });
});

describe("schemas, grants and extensions", () => {
    it("lets the application read and write what the owner makes, now and later, and nothing else", async () => {
        const made = await schema().create({ name: "app", database: databaseName, owner: ownerName });
        expect(made.id).toBe(`${databaseName}.app`);
        const subject = { database: databaseName, role: applicationName };
        await grant().create({ ...subject, objectType: "database", privileges: ["CONNECT"] });
        await grant().create({ ...subject, schema: "app", objectType: "schema", privileges: ["USAGE"] });
        await defaultPrivileges().create({ ...subject, owner: ownerName, schema: "app", objectType: "table", privileges: ["SELECT", "INSERT"] });
        await behindItsBack(`SET ROLE ${pg.escapeIdentifier(ownerName)}; CREATE TABLE app.events (id int)`, { database: databaseName });

        const as = { user: applicationName, password: "another one", database: databaseName };
        await behindItsBack("INSERT INTO app.events VALUES (1)", as);
        await expect(behindItsBack("DELETE FROM app.events", as)).rejects.toThrow("permission denied");
    });

    it("finds default privileges gone where all were taken away by hand, and changed where some were", async () => {
        const inputs = { database: databaseName, role: applicationName, owner: ownerName, objectType: "sequence", privileges: ["SELECT", "USAGE"] };
        const created = await defaultPrivileges().create(inputs);
        const take = (what: string): Promise<unknown> =>
            behindItsBack(
                `ALTER DEFAULT PRIVILEGES FOR ROLE ${pg.escapeIdentifier(ownerName)} REVOKE ${what} ON SEQUENCES FROM ${pg.escapeIdentifier(applicationName)}`,
                { database: databaseName },
            );
        await take("USAGE");
        expect((await defaultPrivileges().read(created.id, created.state, created.inputs)).state.privileges).toEqual(["SELECT"]);
        await take("ALL");
        expect((await defaultPrivileges().read(created.id, created.state, created.inputs)).id).toBe("");
    });

    it("sees a privilege that was taken away or added by hand, and puts it right", async () => {
        const inputs = {
            database: databaseName,
            role: applicationName,
            schema: "app",
            objectType: "table",
            objects: ["events"],
            privileges: ["select", "UPDATE"],
        };
        const created = await grant().create(inputs);
        expect(created.state.privileges).toEqual(["SELECT", "UPDATE"]);
        await behindItsBack(`REVOKE UPDATE ON app.events FROM ${pg.escapeIdentifier(applicationName)}`, { database: databaseName });
        const refreshed = await grant().read(created.id, created.state, created.inputs);
        expect(refreshed.state.privileges).toEqual(["SELECT"]);
        expect(await grant().diff(refreshed.state, created.inputs)).toMatchObject({ changed: ["privileges"], replaces: [] });
        await grant().update(created.id, refreshed.state, inputs);
        expect((await grant().read(created.id, created.state, created.inputs)).state).toEqual(created.state);
        await grant().delete(created.id, created.state);
        expect((await grant().read(created.id, created.state, created.inputs)).state.privileges).toEqual([]);
    });

    it("makes many grants at once without 'tuple concurrently updated'", async () => {
        const made = Array.from({ length: 12 }, (_, index) =>
            grant().create({
                database: databaseName,
                role: applicationName,
                objectType: "database",
                privileges: index % 2 === 0 ? ["CONNECT"] : ["CONNECT", "TEMPORARY"],
            }),
        );
        expect(await Promise.all(made)).toHaveLength(12);
    });

    it("takes an extension in and out, and finds it gone with its database", async () => {
        const created = await extension().create({ name: "plpgsql", database: databaseName });
        expect(created.state).toMatchObject({ schema: "pg_catalog", version: "1.0" });
        expect((await extension().read(created.id, { ...created.state, database: `${prefix}-nowhere` }, created.inputs)).id).toBe("");
        await extension().delete(created.id, created.state);
        expect((await extension().read(created.id, created.state, created.inputs)).id).toBe("");
    });

    it("makes one role a member of another, and replaces the membership when anything about it changes", async () => {
        const inputs = { role: applicationName, grantRole: ownerName };
        const created = await grantRole().create(inputs);
        const { inputs: withAdmin } = await grantRole().check({ ...inputs, withAdminOption: true });
        expect(await grantRole().diff(created.state, withAdmin)).toEqual({
            changed: ["withAdminOption"],
            replaces: ["withAdminOption"],
            deleteBeforeReplace: true,
        });
        await grantRole().delete(created.id, created.state);
        expect((await grantRole().read(created.id, created.state, created.inputs)).id).toBe("");
    });

    it("drops a role that has privileges, and a database that is in use", async () => {
        const { state } = await database().read(databaseName);
        await database().delete(databaseName, state);
        expect((await database().read(databaseName, state, { name: databaseName })).id).toBe("");
        for (const name of [applicationName, ownerName]) {
            await role().delete(name, (await role().read(name)).state);
            expect((await role().read(name)).id).toBe("");
        }
    });
});
