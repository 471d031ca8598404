import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { type Server, identifier, literal } from "./connection.ts";
import { placeOf, stillThere } from "./object-in-database.ts";

const inputs = z.strictObject({
    name: z.string(),
    /** The provider's database if omitted. */
    database: z.string().optional(),
    schema: z.string().optional(),
    version: z.string().optional(),
    /** Whether what the extension needs is created as well. */
    createCascade: z.boolean().default(false),
    /** Whether what uses the extension is dropped as well. */
    dropCascade: z.boolean().default(false),
});

type Inputs = z.output<typeof inputs>;

const live = z.object({ schema: z.string(), version: z.string() });

async function read(server: Server, database: string, name: string, known: Partial<Inputs>): Promise<Inputs | undefined> {
    if (!(await server.hasDatabase(database))) {
        return undefined;
    }
    const query = "SELECT nspname AS schema, extversion AS version FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = $1";
    const [found] = await server.session(database, (session) => session.rows(live, query, [name]));
    return found === undefined ? undefined : { ...found, name, database, createCascade: known.createCascade ?? false, dropCascade: known.dropCascade ?? false };
}

async function mustRead(server: Server, database: string, given: Inputs): Promise<Inputs> {
    return stillThere(await read(server, database, given.name, given), `extension '${given.name}' of database '${database}'`);
}

/** An extension in a database. One that is there already is taken over, like with the official provider. Import takes `<database>.<name>`. */
export const extension = resourceKind({
    token: "postgresql:index/extension:Extension",
    inputs,
    state: inputs,
    replaceOn: { name: true, database: true },
    computedInputs: ["database", "schema", "version"],
    autoName: true,
    create: async (server: Server, given) => {
        const database = given.database ?? server.database;
        const options = [
            ...(given.schema === undefined ? [] : [`SCHEMA ${identifier(given.schema)}`]),
            ...(given.version === undefined ? [] : [`VERSION ${literal(given.version)}`]),
            ...(given.createCascade ? ["CASCADE"] : []),
        ];
        await server.transaction(database, (session) => session.run(`CREATE EXTENSION IF NOT EXISTS ${identifier(given.name)} ${options.join(" ")}`));
        return { id: `${database}.${given.name}`, state: await mustRead(server, database, given) };
    },
    read: async (server, id, last) => {
        const { database, name } = placeOf(server, id, last);
        const state = await read(server, database, name, last ?? {});
        return state === undefined ? undefined : { id: `${database}.${name}`, state };
    },
    update: async (server, _id, given, last) => {
        const database = last.database ?? server.database;
        await server.transaction(database, async (session) => {
            if (given.schema !== undefined && given.schema !== last.schema) {
                await session.run(`ALTER EXTENSION ${identifier(given.name)} SET SCHEMA ${identifier(given.schema)}`);
            }
            if (given.version !== undefined && given.version !== last.version) {
                await session.run(`ALTER EXTENSION ${identifier(given.name)} UPDATE TO ${literal(given.version)}`);
            }
        });
        return mustRead(server, database, given);
    },
    delete: async (server, _id, last) => {
        const database = last.database ?? server.database;
        if (await server.hasDatabase(database)) {
            const statement = `DROP EXTENSION IF EXISTS ${identifier(last.name)} ${last.dropCascade ? "CASCADE" : "RESTRICT"}`;
            await server.transaction(database, (session) => session.run(statement));
        }
    },
});
