import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** What was seen of a PostgreSQL server. */
export interface PostgresReading {
    readonly version: string;
    /** Whether it is a replica itself. */
    readonly inRecovery: boolean;
    /** Whether this connection is encrypted, by the server's own account. */
    readonly encrypted: boolean;
    /** Connections of clients, of all databases. */
    readonly connections: number;
    /** Connections that clients may have: the limit without those kept for administrators. */
    readonly connectionLimit: number;
    readonly standbys: readonly StandbyReading[];
    /** Databases and roles of the service that are not there. */
    readonly missing: readonly string[];
}

/** A replica, as the primary sees it. */
export interface StandbyReading {
    readonly name: string;
    /** `streaming` when it follows. @see https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW */
    readonly state: string;
    /** Seconds until it had applied what was written when the check began. Undefined: it had not by the end of the check. */
    readonly caughtUpSeconds: number | undefined;
    /** Bytes of the log that it has yet to apply. */
    readonly behindBytes: number;
}

/** What the server must have. */
export interface PostgresExpectation {
    readonly standbys: number;
    readonly encrypted: boolean;
    /** Version that the stack config states: the part before the first dot must be the server's. */
    readonly version: string;
}

/** How long a replica may take to apply what is written, in seconds. The checklist says 'all replicas synced' and no number; a failover loses at most this. */
export const mostLagSeconds = 5;

/** Share of the connections that may be in use. Not in the checklist: a candidate's pods bring pools of their own, beside those of the stable revision. */
const mostConnectionShare = 0.8;

/** Checklist, 'Infrastructure Pre-flight': PostgreSQL 100 % available, all replicas synced. */
export function judgePostgres(reading: PostgresReading, expected: PostgresExpectation): PreflightFinding {
    const { version, connections, connectionLimit, standbys } = reading;
    const share = connections / connectionLimit;
    const problems: Problem[] = [
        ...(reading.inRecovery
            ? [{ text: "the server is a replica, and takes no writes", fix: "point stores.postgres at the primary; if there is none, fail over first" }]
            : []),
        ...(expected.encrypted && !reading.encrypted ? [{ text: "the connection is not encrypted", fix: "set ssl = on on the server" }] : []),
        ...(majorOf(version) === majorOf(expected.version)
            ? []
            : [
                  {
                      text: `the server is version ${version}, not ${expected.version}`,
                      fix: "correct stores.postgres.expectedVersion, or the server that it names",
                  },
              ]),
        ...(share <= mostConnectionShare
            ? []
            : [
                  {
                      text: `${String(connections)} of ${String(connectionLimit)} connections are in use, more than ${String(mostConnectionShare * 100)} %`,
                      fix: "find who holds them in pg_stat_activity, or raise max_connections",
                  },
              ]),
        ...(standbys.length >= expected.standbys
            ? []
            : [
                  {
                      text: `${String(standbys.length)} replicas follow the primary, not ${String(expected.standbys)}`,
                      fix: "start the missing replica, and see its log for why it does not follow",
                  },
              ]),
        ...standbys.flatMap(problemsOfStandby),
        ...reading.missing.map((what) => ({ text: `there is no ${what}`, fix: "run 'pulumi up': the program declares it" })),
    ];
    const slowest = Math.max(0, ...standbys.map(({ caughtUpSeconds = Infinity }) => caughtUpSeconds));
    return findingOf(
        problems,
        `version ${version}, ${String(standbys.length)} replicas in sync${standbys.length === 0 ? "" : ` within ${slowest.toFixed(1)} s`}, ${String(connections)} of ${String(connectionLimit)} connections, ${reading.encrypted ? "TLS" : "no TLS"}`,
        {
            version,
            encrypted: reading.encrypted,
            connections,
            connectionLimit,
            standbys: standbys.map(({ name, state, behindBytes }) => `${name} ${state}, ${String(behindBytes)} bytes behind`),
        },
    );
}

function problemsOfStandby({ name, state, caughtUpSeconds, behindBytes }: StandbyReading): readonly Problem[] {
    if (state !== "streaming") {
        return [{ text: `replica ${name} is in state '${state}'`, fix: "wait until it streams, or see its log for why it does not" }];
    }
    return caughtUpSeconds !== undefined && caughtUpSeconds <= mostLagSeconds
        ? []
        : [
              {
                  text: `replica ${name} lags: after ${String(mostLagSeconds)} s it is still ${String(behindBytes)} bytes behind`,
                  fix: "look for a long query or a delay (recovery_min_apply_delay) on the replica, or a slow disk or network",
              },
          ];
}

function majorOf(version: string): string | undefined {
    return version.split(".")[0];
}
