import * as postgresql from "@pulumi/postgresql";
import { describe, expect, it } from "vitest";

import { PostgresDatabase, type PostgresDatabaseArgs } from "../../components/postgres-database.ts";
import { type RegisteredResource, type RegisteredStack, buildStack, isSecretAt, misnamedChildren, promiseOf, withoutSecrets } from "../helpers/mocks.ts";

const args: PostgresDatabaseArgs = {
    database: "shop",
    schema: "orders",
    owner: { username: "shop_owner", password: "owner-word", connectionLimit: 5 },
    application: { username: "shop_application", password: "application-word", connectionLimit: 80 },
    readOnly: { username: "shop_read_only", password: "read-only-word", connectionLimit: 10 },
    protect: true,
};

async function build(change: Partial<PostgresDatabaseArgs> = {}): Promise<RegisteredStack<PostgresDatabase>> {
    return buildStack(() => {
        const provider = new postgresql.Provider("postgresql", { host: "localhost", expectedVersion: "17.0.0" });
        return new PostgresDatabase("shop-database", { ...args, ...change }, { providers: [provider] });
    });
}

/** Everything that a role is given, as `privileges on what`. */
function privilegesOf(stack: RegisteredStack, role: string): readonly string[] {
    const given = (resource: RegisteredResource): string => {
        const { objectType, schema, privileges } = resource.inputs;
        const what = resource.type.endsWith(":Grant") ? String(objectType) : `future ${String(objectType)}s`;
        return `${Array.isArray(privileges) ? privileges.join(",") : "?"} on ${what}${typeof schema === "string" ? ` ${schema}` : ""}`;
    };
    return stack.resources.filter(({ inputs }) => inputs.role === role).map(given);
}

describe("PostgresDatabase", () => {
    it("gives each role what it needs, and everyone else nothing", async () => {
        const stack = await build();
        expect(privilegesOf(stack, "shop_application")).toEqual([
            "CONNECT on database",
            "USAGE on schema orders",
            "DELETE,INSERT,SELECT,UPDATE on future tables orders",
            "SELECT,USAGE on future sequences orders",
        ]);
        expect(privilegesOf(stack, "shop_read_only")).toEqual([
            "CONNECT on database",
            "USAGE on schema orders",
            "SELECT on future tables orders",
            "SELECT on future sequences orders",
        ]);
        expect(privilegesOf(stack, "public")).toEqual([" on database", " on schema public"]);
    });

    it.each(["owner", "application", "read-only"])("gives the role %s no power over the server", async (role) => {
        expect((await build()).named(`shop-database-${role}`).inputs).toMatchObject({
            superuser: false,
            createDatabase: false,
            createRole: false,
            replication: false,
            bypassRowLevelSecurity: false,
        });
    });

    it("lets the owner own database and schema, and its default privileges count", async () => {
        const stack = await build();
        expect(stack.named("shop-database-database").inputs).toMatchObject({ name: "shop", owner: "shop_owner", connectionLimit: 95 });
        expect(stack.named("shop-database-schema").inputs).toMatchObject({ name: "orders", database: "shop", owner: "shop_owner", dropCascade: false });
        expect(stack.ofType("postgresql:index/defaultPrivileges:DefaultPrivileges").map(({ inputs }) => inputs.owner)).toEqual(Array(4).fill("shop_owner"));
    });

    it("frees connections that the service holds for nothing", async () => {
        expect((await build()).named("shop-database-application").inputs).toMatchObject({
            connectionLimit: 80,
            statementTimeout: 30_000,
            idleInTransactionSessionTimeout: 60_000,
            searchPaths: ["orders"],
        });
    });

    it("chooses the collation of a new database, and leaves that of one that is there", async () => {
        const database = (await build()).named("shop-database-database");
        expect(database.inputs).toMatchObject({ encoding: "UTF8", lcCollate: "C" });
        expect(database.ignoreChanges).toEqual(["lcCollate"]);
    });

    it("keeps passwords secret, in its own inputs too, even where they come in plain text", async () => {
        const stack = await build();
        for (const role of ["owner", "application", "read-only"]) {
            expect(isSecretAt(stack.named(`shop-database-${role}`).inputs, "password")).toBe(true);
        }
        expect(JSON.stringify(stack.resources.map(({ inputs }) => withoutSecrets(inputs)))).not.toContain("-word");
    });

    it("changes privileges one after the other, and drops old ones before it gives new ones", async () => {
        const privileges = (await build()).resources.filter(({ type }) => type.endsWith(":Grant") || type.endsWith(":DefaultPrivileges"));
        expect(privileges).toHaveLength(10);
        privileges.slice(1).forEach((resource, index) => {
            expect(resource.dependsOn).toContain(privileges[index]?.urn);
        });
        expect(privileges.every(({ deleteBeforeReplace }) => deleteBeforeReplace === true)).toBe(true);
    });

    it.each([true, false])("keeps what holds data when protect is %s", async (protect) => {
        const stack = await build({ protect });
        for (const suffix of ["database", "schema", "owner"]) {
            expect(stack.named(`shop-database-${suffix}`)).toMatchObject({ protect, retainOnDelete: protect });
        }
        expect(stack.named("shop-database-schema").inputs.dropCascade).toBe(!protect);
        expect(stack.named("shop-database-application")).toMatchObject({ protect: false, retainOnDelete: false });
    });

    it("gives every child its name and its provider, and users the database when all is there", async () => {
        const stack = await build();
        expect(misnamedChildren(stack)).toEqual([]);
        expect(
            stack.childrenOf(stack.named("shop-database")).every(({ provider }) => provider?.includes("pulumi:providers:postgresql::postgresql") === true),
        ).toBe(true);
        expect(await promiseOf(stack.result.database)).toBe("shop");
    });

    it.each<{ readonly what: string; readonly change: Partial<PostgresDatabaseArgs>; readonly message: string }>([
        {
            what: "a name that needs quotes",
            change: { database: "Shop-1" },
            message: "database is 'Shop-1': use at most 63 lower-case letters, digits and underscores, so that it needs no quotes",
        },
        {
            what: "one role for two",
            change: { readOnly: args.owner },
            message: "owner, application and readOnly are shop_owner, shop_application and shop_owner: use three different roles",
        },
        {
            what: "connections without limit",
            change: { application: { ...args.application, connectionLimit: -1 } },
            message: "application.connectionLimit is -1: use a whole number of at least 1",
        },
        {
            what: "the schema of everyone",
            change: { schema: "public" },
            message: "schema is 'public': use one of its own, since everyone may look into that one",
        },
    ])("refuses $what", async ({ change, message }) => {
        await expect(build(change)).rejects.toThrow(new RangeError(message));
    });
});
