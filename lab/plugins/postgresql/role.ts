import { z } from "zod";

import { defined } from "../../../rollout/defined.ts";
import { resourceKind } from "../resource-kind.ts";
import { type Server, type Session, identifier, literal } from "./connection.ts";
import { stillThere } from "./object-in-database.ts";
import { nameSet } from "./privileges.ts";

const flag = z.boolean().default(false);

const inputs = z.strictObject({
    name: z.string(),
    password: z.string().optional(),
    superuser: flag,
    createDatabase: flag,
    createRole: flag,
    inherit: z.boolean().default(true),
    login: flag,
    replication: flag,
    bypassRowLevelSecurity: flag,
    /** -1 means no limit. */
    connectionLimit: z.int().min(-1).default(-1),
    encryptedPassword: z.literal(true).default(true),
    /** When the password ends: a timestamp, or `infinity`. */
    validUntil: z.string().default("infinity"),
    /** Roles that this one becomes a member of. */
    roles: nameSet.default([]),
    searchPaths: z.array(z.string()).default([]),
    /** Milliseconds; 0 means no limit. */
    statementTimeout: z.int().min(0).default(0),
    /** Milliseconds; 0 means no limit. */
    idleInTransactionSessionTimeout: z.int().min(0).default(0),
    /** Role that a session switches to after login. */
    assumeRole: z.string().default(""),
    skipDropRole: flag,
    skipReassignOwned: flag,
});

type Inputs = z.output<typeof inputs>;

const live = z.object({
    superuser: z.boolean(),
    createDatabase: z.boolean(),
    createRole: z.boolean(),
    inherit: z.boolean(),
    login: z.boolean(),
    replication: z.boolean(),
    bypassRowLevelSecurity: z.boolean(),
    connectionLimit: z.int(),
    validUntil: z.string(),
    roles: nameSet,
    settings: z.array(z.string()),
});

const query = `
    SELECT rolsuper AS superuser, rolcreatedb AS "createDatabase", rolcreaterole AS "createRole", rolinherit AS inherit, rolcanlogin AS login,
           rolreplication AS replication, rolbypassrls AS "bypassRowLevelSecurity", rolconnlimit AS "connectionLimit",
           CASE WHEN rolvaliduntil IS NULL OR rolvaliduntil = 'infinity' THEN 'infinity' WHEN rolvaliduntil = $2::text::timestamptz THEN $2::text ELSE rolvaliduntil::text END AS "validUntil",
           ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = pg_roles.oid) AS roles, coalesce(rolconfig, '{}') AS settings
    FROM pg_roles WHERE rolname = $1`;

/** The live role. Passwords can't be read back: the one from the state is kept. */
async function read(server: Server, name: string, known: Partial<Inputs>): Promise<Inputs | undefined> {
    const wanted = known.validUntil ?? "infinity";
    const [found] = await server.session(server.database, (session) => session.rows(live, query, [name, wanted]));
    if (found === undefined) {
        return undefined;
    }
    const { settings, ...attributes } = found;
    const setting = new Map(settings.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]));
    const { password, skipDropRole, skipReassignOwned } = known;
    return {
        ...attributes,
        name,
        encryptedPassword: true,
        searchPaths: setting.get("search_path")?.split(", ").map(unquote) ?? [],
        statementTimeout: milliseconds(name, "statement_timeout", setting),
        idleInTransactionSessionTimeout: milliseconds(name, "idle_in_transaction_session_timeout", setting),
        assumeRole: setting.get("role") ?? "",
        skipDropRole: skipDropRole ?? false,
        skipReassignOwned: skipReassignOwned ?? false,
        ...defined({ password }),
    };
}

async function mustRead(server: Server, given: Inputs): Promise<Inputs> {
    return stillThere(await read(server, given.name, given), `role '${given.name}'`);
}

/** A duration as it was set: a number of milliseconds, or of the unit that it names. @throws where it is neither. */
function milliseconds(role: string, name: string, settings: ReadonlyMap<string, string>): number {
    const text = settings.get(name) ?? "0";
    const [, count, unit = "ms"] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*$/.exec(text) ?? [];
    const each = unitMilliseconds.get(unit);
    if (count === undefined || each === undefined) {
        throw new Error(`${name} of role '${role}' is '${text}', which is no duration: set it right with ALTER ROLE, or RESET it`);
    }
    return Math.round(Number(count) * each);
}

/** @see https://www.postgresql.org/docs/current/config-setting.html */
const unitMilliseconds: ReadonlyMap<string, number> = new Map([
    ["us", 0.001],
    ["ms", 1],
    ["s", 1_000],
    ["min", 60_000],
    ["h", 3_600_000],
    ["d", 86_400_000],
]);

function unquote(name: string): string {
    return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** The attributes as CREATE ROLE and ALTER ROLE take them. */
function attributes(given: Inputs, withPassword: boolean): string {
    const flags = {
        SUPERUSER: given.superuser,
        CREATEDB: given.createDatabase,
        CREATEROLE: given.createRole,
        INHERIT: given.inherit,
        LOGIN: given.login,
        REPLICATION: given.replication,
        BYPASSRLS: given.bypassRowLevelSecurity,
    };
    return [
        ...Object.entries(flags).map(([name, on]) => (on ? name : `NO${name}`)),
        `CONNECTION LIMIT ${String(given.connectionLimit)}`,
        `VALID UNTIL ${literal(given.validUntil)}`,
        ...(withPassword ? [`PASSWORD ${given.password === undefined ? "NULL" : literal(given.password)}`] : []),
    ].join(" ");
}

/** Sets what belongs to the role's sessions, and resets what is at its default. */
async function applySettings(session: Session, given: Inputs): Promise<void> {
    const wanted = {
        search_path: given.searchPaths.map(identifier).join(", "),
        statement_timeout: given.statementTimeout === 0 ? "" : String(given.statementTimeout),
        idle_in_transaction_session_timeout: given.idleInTransactionSessionTimeout === 0 ? "" : String(given.idleInTransactionSessionTimeout),
        role: given.assumeRole === "" ? "" : identifier(given.assumeRole),
    };
    for (const [name, value] of Object.entries(wanted)) {
        await session.run(`ALTER ROLE ${identifier(given.name)} ${value === "" ? `RESET ${name}` : `SET ${name} TO ${value}`}`);
    }
}

/** A role. Renaming it keeps it. Dropping it gives what it owns in the provider's database to the provider's user. Import takes the name. */
export const role = resourceKind({
    token: "postgresql:index/role:Role",
    inputs,
    state: inputs,
    replaceOn: {},
    secretOutputs: ["password"],
    autoName: true,
    create: async (server: Server, given) => {
        await server.transaction(server.database, async (session) => {
            await session.run(`CREATE ROLE ${identifier(given.name)} ${attributes(given, given.password !== undefined)}`);
            for (const parent of given.roles) {
                await session.run(`GRANT ${identifier(parent)} TO ${identifier(given.name)}`);
            }
            await applySettings(session, given);
        });
        return { id: given.name, state: await mustRead(server, given) };
    },
    read: async (server, id, last) => {
        const name = last?.name ?? id;
        const state = await read(server, name, last ?? {});
        return state === undefined ? undefined : { id: name, state };
    },
    update: async (server, _id, given, last) => {
        const target = identifier(given.name);
        await server.transaction(server.database, async (session) => {
            if (given.name !== last.name) {
                await session.run(`ALTER ROLE ${identifier(last.name)} RENAME TO ${target}`);
            }
            // Renaming clears an MD5 password, so a new name sends the password again.
            await session.run(`ALTER ROLE ${target} ${attributes(given, given.password !== last.password || given.name !== last.name)}`);
            for (const parent of last.roles.filter((name) => !given.roles.includes(name))) {
                await session.run(`REVOKE ${identifier(parent)} FROM ${target}`);
            }
            for (const parent of given.roles.filter((name) => !last.roles.includes(name))) {
                await session.run(`GRANT ${identifier(parent)} TO ${target}`);
            }
            await applySettings(session, given);
        });
        return mustRead(server, given);
    },
    delete: (server, _id, last) =>
        server.transaction(server.database, async (session) => {
            if (!(await session.exists("SELECT 1 FROM pg_roles WHERE rolname = $1", [last.name]))) {
                return;
            }
            const target = identifier(last.name);
            if (!last.skipReassignOwned) {
                await session.run(`REASSIGN OWNED BY ${target} TO ${identifier(server.user)}`);
                await session.run(`DROP OWNED BY ${target}`);
            }
            if (!last.skipDropRole) {
                await session.run(`DROP ROLE ${target}`);
            }
        }),
});
