import { ClickHouseLogLevel, createClient } from "@clickhouse/client";

import type { ClickHouseConnection } from "./connections.ts";
import type { EngagementEvent } from "./event.ts";

/** Table of the events: components/clickhouse/migrations.ts of the program makes it. */
const table = "engagement_events";

/** How long events are gathered, in milliseconds: ClickHouse wants few large inserts. */
const gatherMs = 2_000;

/** Events that may wait. Beyond it the oldest go: the store is for analysis, and nothing here reads it. */
const waitingAtMost = 5_000;

/** Copies events to ClickHouse for analysis. Where none is reachable, they are dropped, and the service works all the same. */
export class EventStore {
    readonly #connection: ClickHouseConnection;
    readonly #onBroken: (error: unknown) => void;
    #waiting: EngagementEvent[] = [];
    #timer: NodeJS.Timeout | undefined;

    constructor(connection: ClickHouseConnection, onBroken: (error: unknown) => void) {
        this.#connection = connection;
        this.#onBroken = onBroken;
    }

    add(event: EngagementEvent): void {
        this.#waiting.push(event);
        this.#waiting.splice(0, this.#waiting.length - waitingAtMost);
        this.#timer ??= setTimeout(() => void this.flush(), gatherMs);
    }

    /** Writes what was gathered. */
    async flush(): Promise<void> {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        const values = this.#waiting.map((event) => ({
            event_id: event.id,
            event_type: event.kind,
            occurred_at: event.time.replace("T", " ").replace("Z", ""),
            viewer_id: event.user,
            video_id: event.video,
            revision: event.revision,
        }));
        this.#waiting = [];
        if (values.length === 0) {
            return;
        }
        const { url, username, password, database, tls } = this.#connection;
        try {
            // A client for each insert: an authority that was renewed is read anew.
            const client = createClient({
                url,
                username,
                password,
                database,
                request_timeout: 5_000,
                // What went wrong is in the error: the client's own lines are no JSON.
                log: { level: ClickHouseLogLevel.OFF },
                ...(tls?.ca === undefined ? {} : { tls: { ca_cert: Buffer.from(tls.ca) } }),
            });
            try {
                await client.insert({ table, values, format: "JSONEachRow" });
            } finally {
                await client.close();
            }
        } catch (error) {
            this.#onBroken(error);
        }
    }
}
