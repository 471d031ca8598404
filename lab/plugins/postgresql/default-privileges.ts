import { z } from "zod";

import { UnsupportedError } from "../process-server.ts";
import { resourceKind } from "../resource-kind.ts";
import { type Server, type Session, grantee, identifier } from "./connection.ts";
import { privilegeSet, reported } from "./privileges.ts";

const inputs = z.strictObject({
    database: z.string(),
    /** Who creates the objects. */
    owner: z.string(),
    /** Who may use them. */
    role: z.string(),
    /** If omitted, in every schema of the database. */
    schema: z.string().optional(),
    objectType: z.enum(["table", "sequence", "function", "routine", "type", "schema"], { error: "must be table, sequence, function, routine, type or schema" }),
    privileges: privilegeSet,
    withGrantOption: z.boolean().default(false),
});

type Inputs = z.output<typeof inputs>;

/** Letters of pg_default_acl. */
const letters = { table: "r", sequence: "S", function: "f", routine: "f", type: "T", schema: "n" } as const;

const query = `
    SELECT privilege_type AS privilege FROM pg_default_acl, aclexplode(defaclacl) AS entry
    WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname = $1) AND defaclobjtype = $2
      AND defaclnamespace = coalesce((SELECT oid FROM pg_namespace WHERE nspname = $3), 0)
      AND entry.grantee = coalesce((SELECT oid FROM pg_roles WHERE rolname = $4), 0)`;

function statement(given: Inputs, action: string): string {
    const scope = given.schema === undefined ? "" : ` IN SCHEMA ${identifier(given.schema)}`;
    return `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(given.owner)}${scope} ${action}`;
}

async function revoke(session: Session, given: Inputs): Promise<void> {
    await session.run(statement(given, `REVOKE ALL ON ${given.objectType.toUpperCase()}S FROM ${grantee(given.role)}`));
}

async function apply(server: Server, given: Inputs): Promise<void> {
    await server.transaction(given.database, async (session) => {
        await revoke(session, given);
        if (given.privileges.length > 0) {
            const option = given.withGrantOption ? " WITH GRANT OPTION" : "";
            await session.run(
                statement(given, `GRANT ${given.privileges.join(", ")} ON ${given.objectType.toUpperCase()}S TO ${grantee(given.role)}${option}`),
            );
        }
    });
}

/** Whether the roles, the database and the schema that it names are still there: without them the default privileges are gone as well. */
async function hasSubjects(server: Server, last: Inputs): Promise<boolean> {
    if (!(await server.hasDatabase(last.database))) {
        return false;
    }
    return server.session(last.database, async (session) => {
        const roles = [last.owner, ...(grantee(last.role) === "PUBLIC" ? [] : [last.role])];
        const found = await session.rows(z.object({ name: z.string() }), "SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1)", [roles]);
        const hasSchema = last.schema === undefined || (await session.exists("SELECT 1 FROM pg_namespace WHERE nspname = $1", [last.schema]));
        return hasSchema && roles.every((name) => found.some((row) => row.name === name));
    });
}

/**
 * What a role may do on objects that an owner will create. Everything but the privileges replaces. Can't be imported, like the official one.
 *
 * As with the official provider a replacement makes the new one first, and deleting the old one then takes the privileges away again: set `deleteBeforeReplace`.
 */
export const defaultPrivileges = resourceKind({
    token: "postgresql:index/defaultPrivileges:DefaultPrivileges",
    inputs,
    state: inputs,
    replaceOn: { database: true, owner: true, role: true, schema: true, objectType: true, withGrantOption: true },
    verify: (given) =>
        given.objectType === "schema" && given.schema !== undefined
            ? [{ property: "schema", reason: "'schema' can't be given when objectType is 'schema'" }]
            : [],
    create: async (server: Server, given) => {
        await apply(server, given);
        return { id: [given.role, given.database, given.schema ?? "noschema", given.owner, given.objectType].join("_"), state: given };
    },
    read: async (server, id, last) => {
        if (last === undefined) {
            throw new UnsupportedError(`default privileges can't be imported ('${id}'): declare them, creating them again changes nothing`);
        }
        if (!(await hasSubjects(server, last))) {
            return undefined;
        }
        const parameters = [last.owner, letters[last.objectType], last.schema ?? "", grantee(last.role) === "PUBLIC" ? "" : last.role];
        const rows = await server.session(last.database, (session) => session.rows(z.object({ privilege: z.string() }), query, parameters));
        const found = rows.map((row) => row.privilege);
        if (found.length === 0 && last.privileges.length > 0) {
            return undefined;
        }
        return { id, state: { ...last, privileges: reported(last.objectType === "routine" ? "function" : last.objectType, last.privileges, found) } };
    },
    update: async (server, _id, given) => {
        await apply(server, given);
        return given;
    },
    delete: async (server, _id, last) => {
        if (await hasSubjects(server, last)) {
            await server.transaction(last.database, (session) => revoke(session, last));
        }
    },
});
