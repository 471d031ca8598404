import pg from "pg";
import { generate } from "selfsigned";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type PostgresArgs, readPostgres } from "../../rollout/preflight/postgres/read.ts";
import { unanswered } from "../../rollout/preflight/live/unanswered.ts";
import { ensureTools } from "../../lab/toolchain/ensure.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type PostgresReading, judgePostgres } from "../../rollout/preflight/postgres/judge.ts";
import { PostgresServers, RealServers } from "./preflight-servers.ts";

const servers = new RealServers();
const postgres = new PostgresServers(servers);
const certificate = await generate([{ name: "commonName", value: "localhost" }], {
    keySize: 2048,
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
});
let port = 0;

const read = (change: Partial<PostgresArgs> = {}): Promise<PostgresReading> =>
    readPostgres({
        host: "localhost",
        port,
        sslMode: "verify-full",
        certificateAuthority: certificate.cert,
        username: "admin",
        password: postgres.password,
        databases: ["postgres"],
        roles: ["admin"],
        ...change,
    });
const judged = async (standbys: number) => judgePostgres(await read(), { standbys, encrypted: true, version: "15.0.0" });
const waitForStandbys = async (count: number): Promise<void> => {
    await waitUntil(
        async () => {
            const { standbys } = await read();
            expect(standbys.filter(({ state }) => state === "streaming")).toHaveLength(count);
        },
        { what: "the replicas", withinMs: 240_000 },
    );
};

beforeAll(async () => {
    await ensureTools(["postgres"]);
    port = await postgres.startPrimary(certificate);
    await waitUntil(() => read(), { what: "the primary", withinMs: 240_000 });
    await postgres.startReplica("replica-1");
    await waitForStandbys(1);
});
afterAll(() => servers.end());

describe("a real PostgreSQL", () => {
    it("passes with a replica that streams, over TLS with a certificate that is checked", async () => {
        expect(await judged(1)).toMatchObject({ state: "passed", text: expect.stringMatching(/1 replicas in sync within \d\.\d s, .* TLS/) as string });
    });

    it("fails when another replica is asked for", async () => {
        expect((await judged(2)).text).toMatch(/1 replicas follow the primary, not 2/);
    });

    it.each<{ readonly what: string; readonly change: () => Partial<PostgresArgs>; readonly fix: RegExp }>([
        { what: "the password is wrong", change: () => ({ password: "wrong" }), fix: /refuses the login/ },
        { what: "the authority is another", change: () => ({ sslMode: "verify-ca", certificateAuthority: other.cert }), fix: /certificate is not trusted/ },
        { what: "the certificate is for another name", change: () => ({ host: "127.0.0.1" }), fix: /certificate is not trusted for that name/ },
    ])("is a failed look when $what", async ({ change, fix }) => {
        const problem = await read(change()).then(
            () => undefined,
            (error: unknown) => unanswered(error),
        );

        expect(problem?.fix).toMatch(fix);
        expect(JSON.stringify(problem)).not.toContain(postgres.password);
    });

    it("names a database and a role that are not there", async () => {
        expect((await read({ databases: ["postgres", "events"], roles: ["events_owner"] })).missing).toEqual(["database events", "role events_owner"]);
    });

    it("fails when it is asked at a replica", async () => {
        const replica = await postgres.startReplica("replica-2");
        await waitUntil(() => read({ port: replica }), { what: "the replica", withinMs: 240_000 });

        expect(judgePostgres(await read({ port: replica }), { standbys: 0, encrypted: true, version: "15.0.0" }).text).toMatch(
            /is a replica, and takes no writes/,
        );
        await servers.stop("replica-2", "SIGINT");
        await waitForStandbys(1);
    });

    it("fails while a replica takes what is written and does not apply it", async () => {
        await postgres.startReplica("laggard", "1h");
        await waitForStandbys(2);
        const client = new pg.Client({ host: "127.0.0.1", port, user: "admin", password: postgres.password, database: "postgres" });
        await client.connect();
        await client.query("create table written as select generate_series(1, 1000) as number");
        await client.end();

        const { state, text, fix } = await judged(2);

        expect({ state, text }).toEqual({
            state: "failed",
            text: expect.stringMatching(/^replica laggard lags: after 5 s it is still [1-9]\d+ bytes behind$/) as string,
        });
        expect(fix).toMatch(/recovery_min_apply_delay/);
        await servers.stop("laggard", "SIGINT");
    });

    it("fails when a replica is gone", async () => {
        await servers.stop("replica-1", "SIGINT");
        await waitForStandbys(0);

        expect((await judged(1)).text).toMatch(/0 replicas follow the primary, not 1/);
    });
});

const other = await generate([{ name: "commonName", value: "another" }], { keySize: 2048 });
