import { createHash } from "node:crypto";

/** The accounts of a Redis that replicates and is watched by Sentinel. */
export const redisAccounts = ["application", "exporter", "replication", "sentinel"] as const;

/** One of {@link redisAccounts}. */
export type RedisAccount = (typeof redisAccounts)[number];

/** A password in plain text for each account. */
export type RedisPasswords = Readonly<Record<RedisAccount, string>>;

/** A client must name an account: the default user exists in every Redis, and is closed here. */
const closedDefaultUser = "user default off resetpass resetkeys resetchannels -@all";

/**
 * What each account may do on the servers.
 *
 * - The application: every data command on every key, but none that administers, empties or lists the whole store. INFO and ROLE are in `@dangerous`, and clients call
 *   them to see whom they talk to.
 * - The exporter: statistics only. No CONFIG GET: it would hand over the replication password.
 * - Replication: what Redis documents for it.
 * - Sentinel: what Redis documents for it, and what the pod itself does with its server: CONFIG SET makes it read a renewed certificate, CLIENT PAUSE holds writes back while
 *   it hands over. Redis keeps the settings that would let it write files from being set (`enable-protected-configs`), and Sentinel could already make any server a copy of
 *   another.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/#acl-rules-for-sentinel-and-replicas
 */
const serverRules: Readonly<Record<RedisAccount, string>> = {
    application: "~* resetchannels +@all -@admin -@dangerous +info +role",
    exporter: "resetkeys resetchannels -@all +@connection -@admin -@dangerous +info +role +slowlog|get +slowlog|len +latency|histogram +latency|latest",
    replication: "resetkeys resetchannels -@all +psync +replconf +ping",
    sentinel:
        "resetkeys allchannels -@all +auth +hello +ping +info +role +exec +multi +slaveof +publish +subscribe +client|setname +client|kill +client|pause +client|unpause +script|kill +config|rewrite +config|set",
};

/** What each account may do on the Sentinels. Clients may only ask; Sentinels trust each other fully. */
const sentinelRules: Readonly<Partial<Record<RedisAccount, string>>> = {
    application:
        "resetkeys allchannels -@all +@connection +@pubsub -@admin -@dangerous -publish +sentinel|get-master-addr-by-name +sentinel|sentinels +sentinel|replicas +sentinel|slaves",
    exporter: "resetkeys resetchannels -@all +@connection -@admin -@dangerous +info",
    sentinel: "allkeys allchannels +@all",
};

/** The ACL file of the servers. Passwords appear as SHA-256 only, so that the file grants no access. */
export function serverAcl(passwords: RedisPasswords): string {
    return aclFile(serverRules, passwords);
}

/** The ACL file of the Sentinels. */
export function sentinelAcl(passwords: RedisPasswords): string {
    return aclFile(sentinelRules, passwords);
}

function aclFile(rules: Readonly<Partial<Record<RedisAccount, string>>>, passwords: RedisPasswords): string {
    const lines = redisAccounts.flatMap((account) => {
        const rule = rules[account];
        return rule === undefined ? [] : [`user ${account} on #${sha256(passwords[account])} sanitize-payload ${rule}`];
    });
    return [closedDefaultUser, ...lines, ""].join("\n");
}

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
