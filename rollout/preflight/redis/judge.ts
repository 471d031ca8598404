import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** What was seen of a Redis with its replicas, and its Sentinels if it has any. */
export interface RedisReading {
    readonly primary: RedisServerReading;
    readonly replicas: readonly RedisReplicaReading[];
    /** Absent where there is no Sentinel. */
    readonly sentinel?: SentinelReading;
}

/** The primary, as its INFO says. @see https://redis.io/docs/latest/commands/info/ */
export interface RedisServerReading {
    readonly address: string;
    readonly role: string;
    readonly version: string;
    readonly usedMemoryBytes: number;
    /** 0: no limit. */
    readonly memoryLimitBytes: number;
    readonly evictionPolicy: string;
    /** Whether it keeps an append-only file. Snapshots alone lose minutes, and INFO does not tell whether they are scheduled. */
    readonly persistent: boolean;
    /** What went wrong with the last write to disk. Undefined: nothing. */
    readonly persistenceError?: string;
    readonly loading: boolean;
    readonly offsetBytes: number;
}

/** A replica, as the primary sees it. */
export interface RedisReplicaReading {
    readonly address: string;
    /** `online` when it follows. */
    readonly state: string;
    /** Bytes of the stream of writes that it has taken. */
    readonly offsetBytes: number;
    /** Seconds since it was last heard of. */
    readonly lagSeconds: number;
}

/** What the Sentinels say. */
export interface SentinelReading {
    /** Addresses of Sentinels that answer. */
    readonly answering: readonly string[];
    /** Sentinels that did not answer, with the reason. */
    readonly silent: readonly string[];
    /** The primary that each answering one names. */
    readonly primaries: readonly string[];
    /** Replicas and other Sentinels that are down for a Sentinel, in its words. */
    readonly down: readonly string[];
    /** Replicas that they know. */
    readonly replicas: number;
}

/** What the check requires. */
export interface RedisExpectation {
    readonly replicas: number;
    /** 0 where there are none. */
    readonly sentinels: number;
}

/** Bytes of the stream of writes that a replica may be behind: a second of a busy cache. Not in the checklist, which says 'replication OK'. */
const mostBehindBytes = 8 * 2 ** 20;
/** Seconds without a word of a replica: Redis' own `min-replicas-max-lag`, and the stack's. */
const mostLagSeconds = 10;
/** Share of the memory limit that may be used where nothing is thrown out. Full, such a store refuses writes. */
const mostMemoryShare = 0.9;

/** Checklist, 'Infrastructure Pre-flight': all nodes healthy, replication OK. */
export function judgeRedis({ primary, replicas, sentinel }: RedisReading, expected: RedisExpectation): PreflightFinding {
    const problems: Problem[] = [
        ...problemsOfPrimary(primary),
        ...(replicas.length >= expected.replicas
            ? []
            : [
                  {
                      text: `${String(replicas.length)} replicas follow the primary ${primary.address}, not ${String(expected.replicas)}`,
                      fix: "start the missing replica, and see its log for why it does not follow",
                  },
              ]),
        ...replicas.flatMap((replica) => problemsOfReplica(replica, primary)),
        ...(expected.sentinels === 0 ? [] : problemsOfSentinel(sentinel, expected.sentinels)),
    ];
    const used = mebibytes(primary.usedMemoryBytes);
    const limit = primary.memoryLimitBytes === 0 ? "no limit" : mebibytes(primary.memoryLimitBytes);
    return findingOf(problems, `version ${primary.version}, ${String(replicas.length)} replicas, ${used} of ${limit}, ${primary.evictionPolicy}`, {
        primary: primary.address,
        version: primary.version,
        usedMemoryBytes: primary.usedMemoryBytes,
        memoryLimitBytes: primary.memoryLimitBytes,
        evictionPolicy: primary.evictionPolicy,
        replicas: replicas.map(({ address, state, offsetBytes }) => `${address} ${state}, ${String(primary.offsetBytes - offsetBytes)} bytes behind`),
        sentinels: sentinel?.answering ?? [],
    });
}

function problemsOfPrimary(primary: RedisServerReading): readonly Problem[] {
    const { address, role, usedMemoryBytes, memoryLimitBytes, evictionPolicy } = primary;
    return [
        ...(role === "master" ? [] : [{ text: `${address} is a ${role}, not the primary`, fix: "ask the Sentinels who is, and correct the address" }]),
        ...(primary.loading ? [{ text: `${address} is still loading its data`, fix: "wait until it has" }] : []),
        ...(memoryLimitBytes === 0
            ? [{ text: `${address} has no memory limit`, fix: "set maxmemory below the container's limit, or the kernel ends the server when it is full" }]
            : []),
        ...(evictionPolicy === "noeviction"
            ? [
                  {
                      text: `${address} throws nothing out when it is full (noeviction)`,
                      fix: "set maxmemory-policy to allkeys-lru: a full cache must not refuse writes",
                  },
              ]
            : []),
        // A cache that throws out what is old is full most of the time, and well.
        ...(evictionPolicy !== "allkeys-lru" && evictionPolicy !== "allkeys-lfu" && memoryLimitBytes > 0 && usedMemoryBytes / memoryLimitBytes > mostMemoryShare
            ? [
                  {
                      text: `${address} uses ${mebibytes(usedMemoryBytes)} of ${mebibytes(memoryLimitBytes)}, and may not throw out every key (${evictionPolicy})`,
                      fix: "raise maxmemory, or find what fills it with 'redis-cli --bigkeys'",
                  },
              ]
            : []),
        ...(primary.persistent
            ? []
            : [
                  {
                      text: `${address} keeps no append-only file`,
                      fix: "set appendonly yes: an empty cache after a restart sends all requests to the database",
                  },
              ]),
        ...(primary.persistenceError === undefined
            ? []
            : [{ text: `${address}: ${primary.persistenceError}`, fix: "see the server's log, and the room on its volume" }]),
    ];
}

function problemsOfReplica({ address, state, offsetBytes, lagSeconds }: RedisReplicaReading, primary: RedisServerReading): readonly Problem[] {
    const behind = primary.offsetBytes - offsetBytes;
    if (state !== "online") {
        return [{ text: `replica ${address} is in state '${state}'`, fix: "wait until it is online, or see its log" }];
    }
    return [
        ...(lagSeconds <= mostLagSeconds
            ? []
            : [{ text: `replica ${address} was last heard of ${String(lagSeconds)} s ago`, fix: "see whether it hangs, and the network in between" }]),
        ...(behind <= mostBehindBytes
            ? []
            : [
                  {
                      text: `replica ${address} is ${mebibytes(behind)} behind`,
                      fix: "look for a slow network or disk; raise client-output-buffer-limit if it is cut off again and again",
                  },
              ]),
    ];
}

function problemsOfSentinel(sentinel: SentinelReading | undefined, expected: number): readonly Problem[] {
    if (sentinel === undefined) {
        return [{ text: "no Sentinel answered", fix: "start the Sentinels: without them no replica takes over from a lost primary" }];
    }
    const { answering, silent, primaries, down } = sentinel;
    const named = [...new Set(primaries)];
    return [
        ...(answering.length >= expected
            ? []
            : [
                  {
                      text: `${String(answering.length)} of ${String(expected)} Sentinels answer${silent.length === 0 ? "" : ` (${silent.join("; ")})`}`,
                      fix: "start the missing Sentinel: a majority decides who takes over",
                  },
              ]),
        ...(named.length <= 1
            ? []
            : [
                  {
                      text: `the Sentinels name ${String(named.length)} primaries: ${named.join(", ")}`,
                      fix: "wait for the end of the failover; if it stays, see their logs",
                  },
              ]),
        ...down.map((text) => ({ text, fix: "start it again, or take it out with SENTINEL RESET if it is gone for good" })),
    ];
}

function mebibytes(bytes: number): string {
    return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
