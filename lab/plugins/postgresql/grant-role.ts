import { z } from "zod";

import { UnsupportedError } from "../process-server.ts";
import { resourceKind } from "../resource-kind.ts";
import { type Server, identifier } from "./connection.ts";

const inputs = z.strictObject({
    /** Who becomes a member. */
    role: z.string(),
    /** Of which role. */
    grantRole: z.string(),
    withAdminOption: z.boolean().default(false),
});

const membership = `
    SELECT bool_or(admin_option) AS "withAdminOption" FROM pg_auth_members
    WHERE member = (SELECT oid FROM pg_roles WHERE rolname = $1) AND roleid = (SELECT oid FROM pg_roles WHERE rolname = $2) HAVING count(*) > 0`;

/** Membership of one role in another. Every field replaces. Can't be imported, like the official one. */
export const grantRole = resourceKind({
    token: "postgresql:index/grantRole:GrantRole",
    inputs,
    state: inputs,
    replaceOn: { role: true, grantRole: true, withAdminOption: true },
    deleteFirst: ["role", "grantRole"],
    create: async (server: Server, given) => {
        const option = given.withAdminOption ? " WITH ADMIN OPTION" : "";
        await server.transaction(server.database, (session) => session.run(`GRANT ${identifier(given.grantRole)} TO ${identifier(given.role)}${option}`));
        return { id: `${given.role}_${given.grantRole}_${String(given.withAdminOption)}`, state: given };
    },
    read: async (server, id, last) => {
        if (last === undefined) {
            throw new UnsupportedError(`a membership can't be imported ('${id}'): declare it, creating it again changes nothing`);
        }
        const row = z.object({ withAdminOption: z.boolean() });
        const [found] = await server.session(server.database, (session) => session.rows(row, membership, [last.role, last.grantRole]));
        return found === undefined ? undefined : { id, state: { ...last, ...found } };
    },
    update: (_server, _id, given) => Promise.resolve(given),
    delete: (server, _id, last) =>
        server.transaction(server.database, async (session) => {
            if (await session.exists(membership, [last.role, last.grantRole])) {
                await session.run(`REVOKE ${identifier(last.grantRole)} FROM ${identifier(last.role)}`);
            }
        }),
});
