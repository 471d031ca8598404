import type { Socket } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { readAlertmanager } from "../../../../rollout/preflight/alertmanager/read.ts";
import { certificateOfEndpoint } from "../../../../rollout/preflight/certificates/read.ts";
import { readClickHouse } from "../../../../rollout/preflight/clickhouse/read.ts";
import { readKafka } from "../../../../rollout/preflight/kafka/read.ts";
import { readPostgres } from "../../../../rollout/preflight/postgres/read.ts";
import { Redaction } from "../../../../rollout/preflight/live/redaction.ts";
import { readRedis } from "../../../../rollout/preflight/redis/read.ts";
import { registry } from "../../../../rollout/preflight/registry/live/registry.ts";
import { unanswered } from "../../../../rollout/preflight/live/unanswered.ts";
import type { Problem } from "../../../../rollout/preflight/preflight.ts";
import { SmallServers } from "./small-servers.ts";

const servers = new SmallServers();
afterEach(() => servers.end());

const password = "s3cret-Passw0rd/+x";
const timeoutMs = 300;

/** Limit where a server does answer, on a machine that may be busy: in milliseconds. */
const patientMs = 20_000;
const image = { registry: "registry.example.com", repository: "nova/api", digest: `sha256:${"a".repeat(64)}` };

/** Every adapter that speaks to a server, with the same kind of login where it has one. */
const adapters: readonly { readonly adapter: string; readonly look: (host: string, port: number) => Promise<unknown> }[] = [
    {
        adapter: "PostgreSQL",
        look: (host, port) => readPostgres({ host, port, sslMode: "disable", username: "admin", password, databases: [], roles: [], timeoutMs }),
    },
    {
        adapter: "PostgreSQL over TLS",
        look: (host, port) => readPostgres({ host, port, sslMode: "verify-full", username: "admin", password, databases: [], roles: [], timeoutMs }),
    },
    { adapter: "Redis", look: (host, port) => readRedis({ addresses: [{ host, port }], username: "application", password, timeoutMs }) },
    { adapter: "Redis over TLS", look: (host, port) => readRedis({ addresses: [{ host, port }], username: "application", password, tls: {}, timeoutMs }) },
    {
        adapter: "Sentinel",
        look: (host, port) => readRedis({ addresses: [{ host, port }], sentinelPrimaryName: "main", username: "application", password, timeoutMs }),
    },
    {
        adapter: "ClickHouse",
        look: (host, port) =>
            readClickHouse({ url: `http://${host}:${String(port)}`, username: "application", password, cluster: "main", database: "events", timeoutMs }),
    },
    {
        adapter: "Kafka",
        look: (host, port) => readKafka({ bootstrapServers: [`${host}:${String(port)}`], topics: [], groupPrefix: "api", timeoutMs }),
    },
    {
        adapter: "Kafka with a login",
        look: (host, port) =>
            readKafka({
                bootstrapServers: [`${host}:${String(port)}`],
                topics: [],
                groupPrefix: "api",
                timeoutMs,
                sasl: { mechanism: "plain", username: "admin", password },
            }),
    },
    {
        adapter: "the registry",
        look: async (host, port) => {
            const client = registry({ url: `http://${host}:${String(port)}`, login: { username: "ci", password }, timeoutMs });
            try {
                return await client.manifest(image);
            } finally {
                await client.close();
            }
        },
    },
    { adapter: "Alertmanager", look: (host, port) => readAlertmanager({ url: `http://${host}:${String(port)}`, timeoutMs }) },
    { adapter: "a TLS endpoint", look: (host, port) => certificateOfEndpoint({ host, port, hostname: "api.example.com", timeoutMs }) },
];

/** What can be wrong with what is at the other end, and what the fix must speak of. */
const troubles: readonly { readonly trouble: string; readonly behave?: (socket: Socket) => void; readonly fix: RegExp }[] = [
    { trouble: "nothing listens", fix: /nothing listens/ },
    { trouble: "the connection is taken and nothing is said", behave: () => undefined, fix: /does not answer in time/ },
    {
        trouble: "the connection is closed at once",
        behave: (socket) => {
            socket.destroy();
        },
        fix: /ended the connection|something else answers|does not answer in time/,
    },
    {
        trouble: "something else speaks at the port",
        behave: (socket) => {
            socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n");
        },
        fix: /something else answers|ended the connection/,
    },
];

async function troubleOf(look: () => Promise<unknown>): Promise<Problem> {
    try {
        await look();
    } catch (error) {
        return unanswered(error);
    }
    throw new Error("it did not fail");
}

describe.each(adapters)("$adapter", ({ look }) => {
    it.each(troubles)("fails with the fix when $trouble", async ({ behave, fix }) => {
        const port = behave === undefined ? 1 : await servers.tcp(behave);

        const problem = await troubleOf(() => look("127.0.0.1", port));

        expect(problem.text).not.toBe("");
        expect(problem.fix).toMatch(fix);
        expect(JSON.stringify(problem)).not.toContain(password);
    });

    it("fails with the fix when the host's name does not resolve", async () => {
        const { fix } = await troubleOf(() => look("no-such-host.invalid", 1));

        expect(fix).toMatch(/does not resolve/);
    });
});

describe("a login that is refused", () => {
    it("is told of Redis, with no password in it", async () => {
        const port = await servers.tcp((socket) => {
            socket.on("data", () => socket.write(`-WRONGPASS invalid username-password pair or user is disabled: ${password}\r\n`));
        });
        const redaction = new Redaction();
        redaction.note(password);

        const { text, fix } = await troubleOf(() =>
            readRedis({ addresses: [{ host: "127.0.0.1", port }], username: "application", password, timeoutMs: patientMs }),
        );

        expect(fix).toMatch(/refuses the login/);
        expect(redaction.text(text)).toContain("WRONGPASS");
        expect(redaction.text(text)).not.toContain(password);
    });

    it("is told of ClickHouse", async () => {
        const url = await servers.http((_, response) => {
            response
                .writeHead(403, { "x-clickhouse-exception-code": "516" })
                .end("Code: 516. DB::Exception: application: Authentication failed. (AUTHENTICATION_FAILED)");
        });

        const { fix } = await troubleOf(() =>
            readClickHouse({ url, username: "application", password, cluster: "main", database: "events", timeoutMs: patientMs }),
        );

        expect(fix).toMatch(/refuses the login/);
    });

    it("is told of the registry", async () => {
        const url = await servers.http((_, response) => response.writeHead(401, { "www-authenticate": "Basic realm=registry" }).end());
        const client = registry({ url, login: { username: "ci", password }, timeoutMs: patientMs });

        const { fix } = await troubleOf(() => client.manifest(image));
        await client.close();

        expect(fix).toMatch(/refuses the login/);
    });
});

describe("an answer in HTTP", () => {
    it.each([
        { what: "a login page", status: 200, body: "<html>", fix: /something else answers/ },
        { what: "an error", status: 500, body: "", fix: /./ },
    ])("of Alertmanager is none when it is $what", async ({ status, body, fix }) => {
        const url = await servers.http((_, response) => response.writeHead(status).end(body));

        expect((await troubleOf(() => readAlertmanager({ url, timeoutMs: patientMs }))).fix).toMatch(fix);
    });
});

describe("the words of an error", () => {
    it("tell each address that was tried, and the causes, in one line", () => {
        const error = new Error("fetch failed", {
            cause: new AggregateError([new Error("connect ECONNREFUSED ::1:1"), new Error("connect ECONNREFUSED 127.0.0.1:1")], ""),
        });

        expect(unanswered(error, "the gateway").text).toBe("the gateway: fetch failed (connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1)");
    });

    it("are the API server's own where it refused, with none of the headers", () => {
        const refusal = Object.assign(new Error("HTTP-Code: 403\nMessage: x\nHeaders: ..."), {
            code: 403,
            body: JSON.stringify({ message: 'secrets "a" is forbidden' }),
        });

        expect(unanswered(refusal)).toEqual({
            text: 'the API server answered 403: secrets "a" is forbidden',
            fix: expect.stringMatching(/refuses the login/) as string,
        });
    });
});
