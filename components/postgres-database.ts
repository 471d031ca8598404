import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";

/** A role that logs in. */
export interface DatabaseLogin {
    readonly username: string;
    /** Password. It is kept secret, whether it comes as a secret or not. */
    readonly password: pulumi.Input<string>;
    /** Connections that the role may have at once. Together they stay below the server's `max_connections`. */
    readonly connectionLimit: number;
}

export interface PostgresDatabaseArgs {
    /** Name of the database: lower-case letters, digits and underscores. */
    readonly database: string;
    /** Name of the schema that everything lives in. The schema `public` stays empty. */
    readonly schema: string;
    /** Owns database, schema and tables. Only migrations log in as it. */
    readonly owner: DatabaseLogin;
    /** The service: reads and writes rows, and can change no table. */
    readonly application: DatabaseLogin;
    /** People who look, and dumps. */
    readonly readOnly: DatabaseLogin;
    /** Refuse to delete or replace the database, its schema and its owner, and keep them when they are taken out of the program: true in production. False: tables go with the schema. */
    readonly protect: boolean;
}

/** How long a statement of the service may run, in milliseconds. Far above the 500 ms that users wait at most (checklist, 'Hold and investigate'), and short enough to free the connection. */
const applicationStatementTimeoutMs = 30_000;
/** How long a statement of a read-only role may run, in milliseconds. A dump sets its own limit aside. */
const readOnlyStatementTimeoutMs = 300_000;
/** How long a transaction may do nothing while it holds its locks, in milliseconds. */
const idleInTransactionTimeoutMs = 60_000;

/** What no role of a service has. */
const noPowers = { login: true, superuser: false, createDatabase: false, createRole: false, replication: false, bypassRowLevelSecurity: false } as const;

/** Privileges on what the owner makes from now on. There is nothing yet: database and schema are made here. */
const defaultPrivileges = [
    { login: "application", objectType: "table", privileges: ["DELETE", "INSERT", "SELECT", "UPDATE"] },
    { login: "application", objectType: "sequence", privileges: ["SELECT", "USAGE"] },
    { login: "readOnly", objectType: "table", privileges: ["SELECT"] },
    // Without it a dump stops at the first sequence.
    { login: "readOnly", objectType: "sequence", privileges: ["SELECT"] },
] as const;

const suffixes = { owner: "owner", application: "application", readOnly: "read-only" } as const;

/**
 * A database of one service on a server that others may share, with three roles: one owns, one works, one looks.
 *
 * No other role gets in: what PostgreSQL grants to everyone (PUBLIC) is revoked. No grant names existing tables, since each new table would show as drift: the
 * owner's default privileges cover every table from the first.
 *
 * It needs an explicit postgresql provider (`{ providers: [postgresql] }`).
 *
 * @throws {RangeError} when a name can't be written without quotes, two roles share one, or a connection limit is no whole number from 1.
 * @see https://www.postgresql.org/docs/current/ddl-priv.html
 */
export class PostgresDatabase extends pulumi.ComponentResource {
    /** Name of the database. A resource that uses it waits until roles and privileges are there. */
    public readonly database: pulumi.Output<string>;

    constructor(name: string, args: PostgresDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        refuseImpossible(args);
        super("nova:postgres:PostgresDatabase", name, withSecretPasswords(args), opts);
        // Each has one name on the server: made before the old one is dropped, the new one would go with it.
        const child: pulumi.CustomResourceOptions = { parent: this, deleteBeforeReplace: true };
        const kept: pulumi.CustomResourceOptions = { ...child, protect: args.protect, retainOnDelete: args.protect };

        const roles = {
            owner: this.role(`${name}-owner`, args.owner, {}, kept),
            application: this.role(
                `${name}-application`,
                args.application,
                { searchPaths: [args.schema], statementTimeout: applicationStatementTimeoutMs, idleInTransactionSessionTimeout: idleInTransactionTimeoutMs },
                child,
            ),
            readOnly: this.role(
                `${name}-read-only`,
                args.readOnly,
                { searchPaths: [args.schema], statementTimeout: readOnlyStatementTimeoutMs, idleInTransactionSessionTimeout: idleInTransactionTimeoutMs },
                child,
            ),
        };
        const connectionLimit = args.owner.connectionLimit + args.application.connectionLimit + args.readOnly.connectionLimit;
        const database = new postgresql.Database(
            `${name}-database`,
            // Indexes in the order of bytes outlive an update of the server's libraries; which letters belong together stays the server's.
            { name: args.database, owner: roles.owner.name, encoding: "UTF8", lcCollate: "C", template: "template0", connectionLimit },
            // It can only be chosen at the start: a database that is there keeps its own.
            { ...kept, ignoreChanges: ["lcCollate"] },
        );
        const schema = new postgresql.Schema(
            `${name}-schema`,
            { name: args.schema, database: database.name, owner: roles.owner.name, dropCascade: !args.protect },
            kept,
        );

        // One after the other: two sessions that change the same row of the catalogue fail with 'tuple concurrently updated'.
        let previous: pulumi.Resource = schema;
        const next = (make: (options: pulumi.CustomResourceOptions) => pulumi.Resource): void => {
            previous = make({ ...child, dependsOn: [previous] });
        };
        const grant = (suffix: string, grantArgs: Omit<postgresql.GrantArgs, "database">): void => {
            next((options) => new postgresql.Grant(`${name}-${suffix}`, { database: database.name, ...grantArgs }, options));
        };
        grant("nobody-connects", { role: "public", objectType: "database", privileges: [] });
        grant("nobody-uses-public", { role: "public", objectType: "schema", schema: "public", privileges: [] });
        for (const login of ["application", "readOnly"] as const) {
            grant(`${suffixes[login]}-connects`, { role: roles[login].name, objectType: "database", privileges: ["CONNECT"] });
            grant(`${suffixes[login]}-uses-schema`, { role: roles[login].name, objectType: "schema", schema: schema.name, privileges: ["USAGE"] });
        }
        for (const { login, objectType, privileges } of defaultPrivileges) {
            next(
                (options) =>
                    new postgresql.DefaultPrivileges(
                        `${name}-${suffixes[login]}-future-${objectType}s`,
                        {
                            database: database.name,
                            schema: schema.name,
                            owner: roles.owner.name,
                            role: roles[login].name,
                            objectType,
                            privileges: [...privileges],
                        },
                        options,
                    ),
            );
        }

        this.database = pulumi.all([database.name, previous.urn]).apply(([databaseName]) => databaseName);
        this.registerOutputs({ database: this.database });
    }

    private role(name: string, login: DatabaseLogin, limits: postgresql.RoleArgs, options: pulumi.CustomResourceOptions): postgresql.Role {
        const { username, password, connectionLimit } = login;
        return new postgresql.Role(name, { name: username, password: pulumi.secret(password), connectionLimit, ...noPowers, ...limits }, options);
    }
}

/** The arguments with every password secret: they are recorded as inputs of the component. */
function withSecretPasswords(args: PostgresDatabaseArgs): pulumi.Inputs {
    const secret = (login: DatabaseLogin): pulumi.Inputs => ({ ...login, password: pulumi.secret(login.password) });
    return { ...args, owner: secret(args.owner), application: secret(args.application), readOnly: secret(args.readOnly) };
}

function refuseImpossible({ database, schema, owner, application, readOnly }: PostgresDatabaseArgs): void {
    const logins = { owner, application, readOnly };
    const names = { database, schema, "owner.username": owner.username, "application.username": application.username, "readOnly.username": readOnly.username };
    for (const [key, value] of Object.entries(names)) {
        if (!/^[a-z_][a-z0-9_]{0,62}$/.test(value)) {
            throw new RangeError(`${key} is '${value}': use at most 63 lower-case letters, digits and underscores, so that it needs no quotes`);
        }
    }
    if (new Set(Object.values(logins).map(({ username }) => username)).size < 3) {
        throw new RangeError(
            `owner, application and readOnly are ${owner.username}, ${application.username} and ${readOnly.username}: use three different roles`,
        );
    }
    for (const [key, { connectionLimit }] of Object.entries(logins)) {
        if (!Number.isInteger(connectionLimit) || connectionLimit < 1) {
            throw new RangeError(`${key}.connectionLimit is ${String(connectionLimit)}: use a whole number of at least 1`);
        }
    }
    if (schema === "public") {
        throw new RangeError("schema is 'public': use one of its own, since everyone may look into that one");
    }
}
