import pg from "pg";

import type { PostgresConnection } from "./connections.ts";
import { type EngagementEvent, pointsOf } from "./event.ts";
import type { PoolState } from "./metrics.ts";
import type { Candidate } from "./ranking.ts";
import type { ReadCall } from "./route.ts";

/** Connections of one pod's pool. The application's role may have 100 (index.ts of the program), which is enough for the ten pods of the largest fleet. */
const poolSize = 10;

/** How long a request waits for a connection, and for an answer, in milliseconds. Both lie below the limit of a whole request (server.ts). */
const limitMs = { connection: 1_000, query: 1_500 } as const;

/** No connection to the database could be had, or it broke. */
export class NoConnectionError extends Error {}

/** Points are kept as of a moment, and halve: what is left of them now. */
const decayed = (table: string, halfLife: string): string =>
    `${table}.points * power(0.5, extract(epoch from now() - ${table}.updated_at) / extract(epoch from interval '${halfLife}'))`;
const popularityNow = decayed("popularity", "6 hours");
const interestNow = decayed("interest", "7 days");

/** Which videos a call is about. `$1`: the user, the text, the creator or the video. */
const conditions: Readonly<Record<ReadCall["route"], string>> = {
    feed: "true",
    search: "position($1 in lower(video.title)) > 0",
    trending: "$1 = ''",
    creators: "video.creator = $1",
    similar: "video.id <> $1 and video.subject = (select subject from video where id = $1)",
};

const candidatesOf = (route: ReadCall["route"]): string => `
    select video.id, video.title, video.creator,
           coalesce(${popularityNow}, 0)::float as popularity,
           coalesce(${interestNow}, 0)::float as interest
    from video
    left join popularity on popularity.video = video.id
    left join interest on interest.subject = video.subject and interest.user_id = ${route === "feed" ? "$1" : "null"}
    where ${conditions[route]}`;

const recordEvent = `
    with seen as (select id, subject from video where id = $2),
         everyone as (
             insert into popularity (video, points, updated_at) select id, greatest($3::float, 0), now() from seen
             on conflict (video) do update set points = ${popularityNow} + excluded.points, updated_at = now()
         )
    insert into interest (user_id, subject, points, updated_at) select $1, subject, $3::float, now() from seen
    on conflict (user_id, subject) do update set points = ${interestNow} + excluded.points, updated_at = now()`;

/** The videos in PostgreSQL, with what users did with them. It logs in as the application's role, which can change rows and no table. */
export class Catalogue {
    readonly #pool: pg.Pool;

    /** @param onBroken called for each idle connection that breaks. */
    constructor(connection: PostgresConnection, onBroken: (error: Error) => void) {
        this.#pool = new pg.Pool({
            ...connection,
            max: poolSize,
            connectionTimeoutMillis: limitMs.connection,
            query_timeout: limitMs.query,
            statement_timeout: limitMs.query,
            keepAlive: true,
            application_name: "video-ranking",
        });
        this.#pool.on("error", onBroken);
    }

    /** The pool's connections now. */
    get connections(): PoolState {
        const { totalCount, idleCount, waitingCount } = this.#pool;
        return { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount, max: poolSize };
    }

    /**
     * The videos that a call is about, unranked.
     *
     * @throws {NoConnectionError}
     */
    async candidates(call: ReadCall): Promise<readonly Candidate[]> {
        const { rows } = await this.#query<Candidate>(candidatesOf(call.route), [call.of]);
        return rows;
    }

    /**
     * Adds an event to what is known of its video and its user.
     *
     * @returns whether there is such a video.
     * @throws {NoConnectionError}
     */
    async record(event: EngagementEvent): Promise<boolean> {
        return (await this.#query(recordEvent, [event.user, event.video, pointsOf(event)])).rowCount === 1;
    }

    /** Keeps all connections, and gives none back: a fault. */
    async hold(): Promise<void> {
        await Promise.all(Array.from({ length: poolSize }, async () => this.#pool.connect().catch(() => undefined)));
    }

    async close(): Promise<void> {
        await this.#pool.end();
    }

    async #query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<pg.QueryResult<Row>> {
        const client = await this.#pool.connect().catch((error: unknown) => {
            throw new NoConnectionError("no connection to the database", { cause: error });
        });
        try {
            const result = await client.query<Row>(text, [...values]);
            client.release();
            return result;
        } catch (error) {
            if (error instanceof pg.DatabaseError) {
                client.release();
                throw error;
            }
            // The server said nothing: the connection is of no use any more.
            client.release(true);
            throw new NoConnectionError("the connection to the database broke", { cause: error });
        }
    }
}
