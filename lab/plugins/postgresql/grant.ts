import { z } from "zod";

import { UnsupportedError } from "../process-server.ts";
import { resourceKind } from "../resource-kind.ts";
import { type Server, type Session, grantee, identifier, literal } from "./connection.ts";
import { nameSet, privilegeSet, reported } from "./privileges.ts";

const inputs = z.strictObject({
    database: z.string(),
    role: z.string(),
    /** Required for everything but a database. */
    schema: z.string().optional(),
    objectType: z.enum(["database", "schema", "table", "sequence", "function", "procedure", "routine"], {
        error: "this stand-in grants on database, schema, table, sequence, function, procedure, routine",
    }),
    /** Tables, sequences or functions in the schema; none means all that are there now. */
    objects: nameSet.default([]),
    privileges: privilegeSet,
    withGrantOption: z.boolean().default(false),
});

type Inputs = z.output<typeof inputs>;

const objectRow = z.object({ name: z.string(), privileges: z.array(z.string()) });

/** One row for each object in the catalogue, with what the role may do on it. A null list of privileges means the built-in default. */
function catalogue(given: Inputs): { query: string; parameters: readonly unknown[] } {
    const granted = (acl: string): string =>
        `ARRAY(SELECT privilege_type FROM aclexplode(${acl}) WHERE grantee = coalesce((SELECT oid FROM pg_roles WHERE rolname = $1), 0)) AS privileges`;
    switch (given.objectType) {
        case "database":
            return {
                query: `SELECT datname AS name, ${granted("coalesce(datacl, acldefault('d', datdba))")} FROM pg_database WHERE datname = $2`,
                parameters: [given.database],
            };
        case "schema":
            return {
                query: `SELECT nspname AS name, ${granted("coalesce(nspacl, acldefault('n', nspowner))")} FROM pg_namespace WHERE nspname = $2`,
                parameters: [given.schema],
            };
        case "table":
        case "sequence": {
            const [kinds, letter] = given.objectType === "table" ? ["'r','v','m','f','p'", "r"] : ["'S'", "s"];
            return {
                query: `SELECT relname AS name, ${granted(`coalesce(relacl, acldefault('${letter}', relowner))`)} FROM pg_class
                        WHERE relnamespace = to_regnamespace($2) AND relkind IN (${kinds}) AND (cardinality($3::text[]) = 0 OR relname = ANY ($3))`,
                parameters: [given.schema === undefined ? "" : identifier(given.schema), given.objects],
            };
        }
        case "function":
        case "procedure":
        case "routine": {
            const kinds = { function: "'f','a','w'", procedure: "'p'", routine: "'f','a','w','p'" }[given.objectType];
            return {
                query: `SELECT proname AS name, ${granted("coalesce(proacl, acldefault('f', proowner))")} FROM pg_proc
                        WHERE pronamespace = to_regnamespace($2) AND prokind IN (${kinds}) AND (cardinality($3::text[]) = 0 OR proname = ANY ($3))`,
                parameters: [given.schema === undefined ? "" : identifier(given.schema), given.objects],
            };
        }
    }
}

/** The objects as GRANT and REVOKE name them. */
function target(given: Inputs): string {
    if (given.objectType === "database") {
        return `DATABASE ${identifier(given.database)}`;
    }
    const schema = identifier(given.schema ?? "");
    if (given.objectType === "schema") {
        return `SCHEMA ${schema}`;
    }
    const type = given.objectType.toUpperCase();
    return given.objects.length === 0
        ? `ALL ${type}S IN SCHEMA ${schema}`
        : `${type} ${given.objects.map((name) => `${schema}.${identifier(name)}`).join(", ")}`;
}

/** Revokes what the role has on the objects, and grants what is declared: grants made by hand go. */
async function apply(session: Session, given: Inputs): Promise<void> {
    await session.run(`REVOKE ALL PRIVILEGES ON ${target(given)} FROM ${grantee(given.role)}`);
    if (given.privileges.length > 0) {
        const option = given.withGrantOption ? " WITH GRANT OPTION" : "";
        await session.run(`GRANT ${given.privileges.join(", ")} ON ${target(given)} TO ${grantee(given.role)}${option}`);
    }
}

/** Privileges of a role on a database, a schema, or objects in a schema. Everything but the privileges replaces. Can't be imported, like the official one. */
export const grant = resourceKind({
    token: "postgresql:index/grant:Grant",
    inputs,
    state: inputs,
    replaceOn: { database: true, role: true, schema: true, objectType: true, objects: true, withGrantOption: true },
    deleteFirst: "always",
    verify: (given) => [
        ...(given.objectType !== "database" && given.schema === undefined
            ? [{ property: "schema" as const, reason: `'schema' is required when objectType is '${given.objectType}'` }]
            : []),
        ...((given.objectType === "database" || given.objectType === "schema") && given.objects.length > 0
            ? [{ property: "objects" as const, reason: `'objects' can't be given when objectType is '${given.objectType}'` }]
            : []),
    ],
    create: async (server: Server, given) => {
        await server.transaction(given.database, (session) => apply(session, given));
        const { role, database, schema, objectType, objects } = given;
        return { id: [role, database, ...(objectType === "database" ? [] : [schema ?? ""]), objectType, ...objects].join("_"), state: given };
    },
    read: async (server, id, last) => {
        if (last === undefined) {
            throw new UnsupportedError(`a grant can't be imported ('${id}'): declare it, creating it again changes nothing`);
        }
        if (!(await server.hasDatabase(last.database))) {
            return undefined;
        }
        return server.session(last.database, async (session) => {
            const isPublic = grantee(last.role) === "PUBLIC";
            if (!isPublic && !(await session.exists("SELECT 1 FROM pg_roles WHERE rolname = $1", [last.role]))) {
                return undefined;
            }
            if (last.schema !== undefined && !(await session.exists(`SELECT 1 WHERE to_regnamespace(${literal(identifier(last.schema))}) IS NOT NULL`, []))) {
                return undefined;
            }
            const { query, parameters } = catalogue(last);
            const rows = await session.rows(objectRow, query, [isPublic ? "" : last.role, ...parameters]);
            const found = new Map(rows.map((row) => [row.name, reported(last.objectType, last.privileges, row.privileges)]));
            // The first object that differs speaks for all of them: the next update grants on all again. A named object that is gone has no privileges.
            const lists = last.objects.length > 0 ? last.objects.map((name) => found.get(name) ?? []) : [...found.values()];
            const differing = lists.find((privileges) => privileges.join() !== last.privileges.join());
            return { id, state: { ...last, privileges: differing ?? last.privileges } };
        });
    },
    update: async (server, _id, given) => {
        await server.transaction(given.database, (session) => apply(session, given));
        return given;
    },
    delete: async (server, _id, last) => {
        if (await server.hasDatabase(last.database)) {
            await server.transaction(last.database, async (session) => {
                const roleIsThere = grantee(last.role) === "PUBLIC" || (await session.exists("SELECT 1 FROM pg_roles WHERE rolname = $1", [last.role]));
                const { query, parameters } = catalogue(last);
                const names = new Set((await session.rows(objectRow, query, [last.role, ...parameters])).map((row) => row.name));
                const objects = last.objects.filter((name) => names.has(name));
                if (roleIsThere && names.size > 0 && (last.objects.length === 0 || objects.length > 0)) {
                    await session.run(`REVOKE ALL PRIVILEGES ON ${target({ ...last, objects })} FROM ${grantee(last.role)}`);
                }
            });
        }
    },
});
