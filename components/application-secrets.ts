import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import { databaseName } from "./database-name.ts";

/** Who logs in, and with what. */
export interface Credential {
    readonly username: string;
    readonly password: pulumi.Output<string>;
}

/** The accounts of a service, with the user name of each after `name` made fit for the store. Only PostgreSQL and Kafka may be shared with other services. */
const accounts = {
    postgresOwner: { suffix: "postgres-owner", username: (service: string) => `${databaseName(service)}_owner` },
    postgresApplication: { suffix: "postgres-application", username: (service: string) => `${databaseName(service)}_application` },
    postgresReadOnly: { suffix: "postgres-read-only", username: (service: string) => `${databaseName(service)}_read_only` },
    redisApplication: { suffix: "redis-application", username: () => "application" },
    redisExporter: { suffix: "redis-exporter", username: () => "exporter" },
    redisReplication: { suffix: "redis-replication", username: () => "replication" },
    redisSentinel: { suffix: "redis-sentinel", username: () => "sentinel" },
    clickhouseApplication: { suffix: "clickhouse-application", username: () => "application" },
    clickhouseReadOnly: { suffix: "clickhouse-read-only", username: () => "read_only" },
    clickhouseMigration: { suffix: "clickhouse-migration", username: () => "migration" },
    clickhouseInterserver: { suffix: "clickhouse-interserver", username: () => "interserver" },
    clickhouseBackup: { suffix: "clickhouse-backup", username: () => "backup" },
    kafkaApplication: { suffix: "kafka-application", username: (service: string) => `${service}-application` },
} as const;

/** Name of an account of {@link Credentials}. */
export type CredentialName = keyof typeof accounts;

/** A credential for each account. */
export type Credentials = Readonly<Record<CredentialName, Credential>>;

export interface ApplicationSecretsArgs {
    /** Name of the service: user names in shared stores begin with it. */
    readonly service: string;
    /**
     * A word for each account whose password was rotated, such as a date. A new word gives a new password; the others stay.
     *
     * @default {}, the passwords of the first `up`
     */
    readonly rotation?: Readonly<Record<string, string>>;
}

/** Length of a password. 32 of 64 characters are 192 bits. */
const passwordLength = 32;
/** The special characters that need no escape in a URL, a shell word, an XML file or a Redis configuration (RFC 3986, section 2.3). */
const urlSafeSpecial = "-_";

/**
 * The passwords of a service: made once, kept in the state encrypted, never in the program or its config.
 *
 * @throws {RangeError} when `rotation` names an account that does not exist.
 */
export class ApplicationSecrets extends pulumi.ComponentResource {
    /** Every password is a secret output. */
    public readonly credentials: Credentials;

    constructor(name: string, args: ApplicationSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
        const rotation = args.rotation ?? {};
        const unknown = Object.keys(rotation).filter((account) => !Object.hasOwn(accounts, account));
        if (unknown.length > 0) {
            throw new RangeError(`rotation names ${unknown.join(", ")}: no such account; use ${Object.keys(accounts).join(", ")}`);
        }
        super("nova:secrets:ApplicationSecrets", name, args, opts);

        const credential = (account: CredentialName): Credential => {
            const { suffix, username } = accounts[account];
            const word = rotation[account];
            const password = new random.RandomPassword(
                `${name}-${suffix}`,
                {
                    length: passwordLength,
                    overrideSpecial: urlSafeSpecial,
                    minLower: 1,
                    minUpper: 1,
                    minNumeric: 1,
                    ...(word === undefined ? {} : { keepers: { rotation: word } }),
                },
                { parent: this },
            );
            return { username: username(args.service), password: pulumi.secret(password.result) };
        };
        this.credentials = {
            postgresOwner: credential("postgresOwner"),
            postgresApplication: credential("postgresApplication"),
            postgresReadOnly: credential("postgresReadOnly"),
            redisApplication: credential("redisApplication"),
            redisExporter: credential("redisExporter"),
            redisReplication: credential("redisReplication"),
            redisSentinel: credential("redisSentinel"),
            clickhouseApplication: credential("clickhouseApplication"),
            clickhouseReadOnly: credential("clickhouseReadOnly"),
            clickhouseMigration: credential("clickhouseMigration"),
            clickhouseInterserver: credential("clickhouseInterserver"),
            clickhouseBackup: credential("clickhouseBackup"),
            kafkaApplication: credential("kafkaApplication"),
        };
        this.registerOutputs({ credentials: this.credentials });
    }
}
