import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { type Server, identifier } from "./connection.ts";
import { placeOf, stillThere } from "./object-in-database.ts";

const inputs = z.strictObject({
    name: z.string(),
    /** The provider's database if omitted. */
    database: z.string().optional(),
    owner: z.string().optional(),
    /** Whether a schema that is there already is taken over. */
    ifNotExists: z.boolean().default(true),
    /** Whether deleting takes what is in the schema along. */
    dropCascade: z.boolean().default(false),
});

type Inputs = z.output<typeof inputs>;

async function read(server: Server, database: string, name: string, known: Partial<Inputs>): Promise<Inputs | undefined> {
    if (!(await server.hasDatabase(database))) {
        return undefined;
    }
    const query = "SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = $1";
    const [found] = await server.session(database, (session) => session.rows(z.object({ owner: z.string() }), query, [name]));
    return found === undefined
        ? undefined
        : { name, database, owner: found.owner, ifNotExists: known.ifNotExists ?? true, dropCascade: known.dropCascade ?? false };
}

async function mustRead(server: Server, database: string, given: Inputs): Promise<Inputs> {
    return stillThere(await read(server, database, given.name, given), `schema '${given.name}' of database '${database}'`);
}

/** A schema. Renaming it keeps it; another database replaces it. Import takes `<database>.<name>`. */
export const schema = resourceKind({
    token: "postgresql:index/schema:Schema",
    inputs,
    state: inputs,
    replaceOn: { database: true },
    computedInputs: ["database", "owner"],
    autoName: true,
    create: async (server: Server, given) => {
        const database = given.database ?? server.database;
        const owner = given.owner === undefined ? "" : ` AUTHORIZATION ${identifier(given.owner)}`;
        await server.transaction(database, async (session) => {
            await session.run(`CREATE SCHEMA ${given.ifNotExists ? "IF NOT EXISTS " : ""}${identifier(given.name)}${owner}`);
            if (given.owner !== undefined) {
                await session.run(`ALTER SCHEMA ${identifier(given.name)} OWNER TO ${identifier(given.owner)}`);
            }
        });
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
            if (given.name !== last.name) {
                await session.run(`ALTER SCHEMA ${identifier(last.name)} RENAME TO ${identifier(given.name)}`);
            }
            if (given.owner !== undefined && given.owner !== last.owner) {
                await session.run(`ALTER SCHEMA ${identifier(given.name)} OWNER TO ${identifier(given.owner)}`);
            }
        });
        return mustRead(server, database, given);
    },
    delete: async (server, _id, last) => {
        const database = last.database ?? server.database;
        if (await server.hasDatabase(database)) {
            const statement = `DROP SCHEMA IF EXISTS ${identifier(last.name)} ${last.dropCascade ? "CASCADE" : "RESTRICT"}`;
            await server.transaction(database, (session) => session.run(statement));
        }
    },
});
