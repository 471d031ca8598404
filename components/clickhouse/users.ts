import { createHash } from "node:crypto";
import { isIP } from "node:net";

import { stringify } from "yaml";

/** The accounts that log in. There is no default user. */
export const clickhouseAccounts = ["application", "migration", "read_only", "backup"] as const;

/** One of {@link clickhouseAccounts}. */
export type ClickHouseAccount = (typeof clickhouseAccounts)[number];

/** What the accounts depend on. */
export interface ClickHouseUsersArgs {
    /** Database that the accounts work in. */
    readonly database: string;
    /** Addresses that may log in, as networks: the pods' own. */
    readonly clientNetworks: readonly string[];
    /** A password in plain text for each account. */
    readonly passwords: Readonly<Record<ClickHouseAccount, string>>;
}

/** What each account may do. The application writes and reads; only the migration changes the schema, on every server at once. */
const grants: Readonly<Record<ClickHouseAccount, (database: string) => readonly string[]>> = {
    application: (database) => [`GRANT SELECT, INSERT ON ${database}.*`],
    migration: (database) => [
        `GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, SELECT, INSERT ON ${database}.*`,
        "GRANT CLUSTER, REMOTE ON *.*",
    ],
    read_only: (database) => [`GRANT SELECT ON ${database}.*`],
    backup: (database) => [`GRANT SELECT ON ${database}.*`],
};

/** Limits of each account's queries: seconds, bytes, rows. @see https://clickhouse.com/docs/operations/settings/query-complexity */
const profiles = {
    default: {},
    application: { allow_ddl: 0, max_execution_time: 30, max_memory_usage: 1_000_000_000, max_threads: 4 },
    migration: { max_execution_time: 600, distributed_ddl_task_timeout: 180 },
    // People and dashboards: nothing is written, and one heavy question can't starve the service.
    read_only: { readonly: 1, max_execution_time: 60, max_memory_usage: 2_000_000_000, max_result_rows: 1_000_000, max_threads: 2 },
    // Dumps read whole days, and may take their time: two threads leave the rest to users.
    backup: { readonly: 1, max_execution_time: 7_200, max_memory_usage: 1_000_000_000, max_threads: 2 },
} as const;

/** What each account may use of the whole. A runaway client is slowed down, not the servers. 0 counts without a limit. @see https://clickhouse.com/docs/operations/quotas */
const quotas = {
    application: { interval: { duration: 60, queries: 60_000, errors: 6_000, result_rows: 0, read_rows: 0, execution_time: 0 } },
    migration: { interval: { duration: 3_600, queries: 10_000, errors: 1_000, result_rows: 0, read_rows: 0, execution_time: 0 } },
    read_only: { interval: { duration: 3_600, queries: 10_000, errors: 1_000, result_rows: 100_000_000, read_rows: 0, execution_time: 3_600 } },
    backup: { interval: { duration: 3_600, queries: 1_000, errors: 100, result_rows: 0, read_rows: 0, execution_time: 0 } },
} as const;

/** `users.yaml`, complete. Passwords appear as SHA-256 only. */
export function usersConfiguration({ database, clientNetworks, passwords }: ClickHouseUsersArgs): string {
    const users = clickhouseAccounts.map((account): readonly [string, unknown] => [
        account,
        {
            password_sha256_hex: createHash("sha256").update(passwords[account]).digest("hex"),
            networks: { ip: [...clientNetworks] },
            profile: account,
            quota: account,
            grants: { query: [...grants[account](database)] },
        },
    ]);
    return stringify({ profiles, quotas, users: Object.fromEntries(users) });
}

/**
 * Refuses an invalid network, and one that is every address.
 *
 * @throws {RangeError} naming the network and the fix.
 */
export function refuseOpenNetworks(clientNetworks: readonly string[]): void {
    if (clientNetworks.length === 0) {
        throw new RangeError("clientNetworks is empty, so no client could log in: list the networks of the pods, such as 10.244.0.0/16");
    }
    for (const network of clientNetworks) {
        const [address, bits, ...rest] = network.split("/");
        if (address === undefined || isIP(address) === 0 || bits === undefined || !/^\d+$/.test(bits) || rest.length > 0) {
            throw new RangeError(`clientNetworks has '${network}', not a network: write one as 10.244.0.0/16`);
        }
        if (Number(bits) === 0) {
            throw new RangeError(`clientNetworks has '${network}', which is every address there is: list the networks of the pods, such as 10.244.0.0/16`);
        }
    }
}
