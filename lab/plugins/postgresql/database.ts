import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { type Server, identifier, literal } from "./connection.ts";
import { stillThere } from "./object-in-database.ts";

const inputs = z.strictObject({
    name: z.string(),
    owner: z.string().optional(),
    /** `template0` if omitted. */
    template: z.string().optional(),
    /** `UTF8` if omitted. */
    encoding: z.string().optional(),
    /** The server's if omitted. */
    lcCollate: z.string().optional(),
    /** The server's if omitted. */
    lcCtype: z.string().optional(),
    tablespaceName: z.string().optional(),
    /** -1 means no limit. */
    connectionLimit: z.int().min(-1).default(-1),
    allowConnections: z.boolean().default(true),
    isTemplate: z.boolean().default(false),
    /** Whether a change of owner takes the objects of the old owner along. */
    alterObjectOwnership: z.boolean().default(false),
});

type Inputs = z.output<typeof inputs>;

const live = z.object({
    owner: z.string(),
    encoding: z.string(),
    lcCollate: z.string(),
    lcCtype: z.string(),
    tablespaceName: z.string(),
    connectionLimit: z.int(),
    allowConnections: z.boolean(),
    isTemplate: z.boolean(),
});

const query = `
    SELECT pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, datcollate AS "lcCollate", datctype AS "lcCtype",
           spcname AS "tablespaceName", datconnlimit AS "connectionLimit", datallowconn AS "allowConnections", datistemplate AS "isTemplate"
    FROM pg_database JOIN pg_tablespace ON pg_tablespace.oid = dattablespace WHERE datname = $1`;

async function read(server: Server, name: string, known: Partial<Inputs>): Promise<Inputs | undefined> {
    const [found] = await server.session(server.database, (session) => session.rows(live, query, [name]));
    return found === undefined
        ? undefined
        : { ...found, name, template: known.template ?? "template0", alterObjectOwnership: known.alterObjectOwnership ?? false };
}

async function mustRead(server: Server, given: Inputs): Promise<Inputs> {
    return stillThere(await read(server, given.name, given), `database '${given.name}'`);
}

/** A database. Renaming it keeps it; template, encoding and locale can only be chosen when it is made. Import takes the name. */
export const database = resourceKind({
    token: "postgresql:index/database:Database",
    inputs,
    state: inputs,
    replaceOn: { template: true, encoding: true, lcCollate: true, lcCtype: true },
    computedInputs: ["owner", "template", "encoding", "lcCollate", "lcCtype", "tablespaceName"],
    deleteFirst: ["name"],
    autoName: true,
    create: async (server: Server, given) => {
        const options = [
            ...(given.owner === undefined || given.owner === "DEFAULT" ? [] : [`OWNER ${identifier(given.owner)}`]),
            `TEMPLATE ${given.template === "DEFAULT" ? "DEFAULT" : identifier(given.template ?? "template0")}`,
            ...(given.encoding === "DEFAULT" ? [] : [`ENCODING ${literal(given.encoding ?? "UTF8")}`]),
            ...(given.lcCollate === undefined || given.lcCollate === "DEFAULT" ? [] : [`LC_COLLATE ${literal(given.lcCollate)}`]),
            ...(given.lcCtype === undefined || given.lcCtype === "DEFAULT" ? [] : [`LC_CTYPE ${literal(given.lcCtype)}`]),
            ...(given.tablespaceName === undefined ? [] : [`TABLESPACE ${identifier(given.tablespaceName)}`]),
            `ALLOW_CONNECTIONS ${String(given.allowConnections)}`,
            `CONNECTION LIMIT ${String(given.connectionLimit)}`,
            `IS_TEMPLATE ${String(given.isTemplate)}`,
        ];
        await server.alone(server.database, (session) => session.run(`CREATE DATABASE ${identifier(given.name)} ${options.join(" ")}`));
        return { id: given.name, state: await mustRead(server, given) };
    },
    read: async (server, id, last) => {
        const name = last?.name ?? id;
        const state = await read(server, name, last ?? {});
        return state === undefined ? undefined : { id: name, state };
    },
    update: async (server, _id, given, last) => {
        const target = identifier(given.name);
        await server.alone(server.database, async (session) => {
            if (given.name !== last.name) {
                await session.run(`ALTER DATABASE ${identifier(last.name)} RENAME TO ${target}`);
            }
            if (given.owner !== undefined && given.owner !== last.owner) {
                await session.run(`ALTER DATABASE ${target} OWNER TO ${identifier(given.owner)}`);
            }
            if (given.tablespaceName !== undefined && given.tablespaceName !== last.tablespaceName) {
                await session.run(`ALTER DATABASE ${target} SET TABLESPACE ${identifier(given.tablespaceName)}`);
            }
            await session.run(
                `ALTER DATABASE ${target} ALLOW_CONNECTIONS ${String(given.allowConnections)} CONNECTION LIMIT ${String(given.connectionLimit)} IS_TEMPLATE ${String(given.isTemplate)}`,
            );
        });
        if (given.alterObjectOwnership && given.owner !== undefined && last.owner !== undefined && given.owner !== last.owner) {
            const statement = `REASSIGN OWNED BY ${identifier(last.owner)} TO ${identifier(given.owner)}`;
            await server.transaction(given.name, (session) => session.run(statement));
        }
        return mustRead(server, given);
    },
    delete: (server, _id, last) =>
        server.alone(server.database, async (session) => {
            if (await session.exists("SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate", [last.name])) {
                await session.run(`ALTER DATABASE ${identifier(last.name)} IS_TEMPLATE false`);
            }
            await session.run(`DROP DATABASE IF EXISTS ${identifier(last.name)} WITH (FORCE)`);
        }),
});
