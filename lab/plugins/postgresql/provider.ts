import type { z } from "zod";

import { provider } from "../provider.ts";
import { Server, settings } from "./connection.ts";
import { database } from "./database.ts";
import { defaultPrivileges } from "./default-privileges.ts";
import { extension } from "./extension.ts";
import { grantRole } from "./grant-role.ts";
import { grant } from "./grant.ts";
import { role } from "./role.ts";
import { schema } from "./schema.ts";

/** Stand-in for @pulumi/postgresql. */
export const postgresqlProvider = provider({
    name: "postgresql",
    settings,
    secretSettings: ["password"],
    use: <Result>(given: z.output<typeof settings>, work: (server: Server) => Promise<Result>) => work(new Server(given)),
    kinds: [database, role, grant, grantRole, defaultPrivileges, schema, extension],
});
