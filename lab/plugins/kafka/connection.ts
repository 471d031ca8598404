import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import type { Admin, AdminOptions } from "@platformatic/kafka";
import { z } from "zod";
import { defined } from "../../../rollout/defined.ts";

/** Settings of the provider, with the official defaults. It has no settings for a cloud's identity service. */
export const settings = z.strictObject({
    /** `host:port` of each broker to start from. */
    bootstrapServers: z.array(z.string().regex(/^.+:\d+$/, "must be host:port")).min(1),
    tlsEnabled: z.boolean().default(true),
    skipTlsVerify: z.boolean().default(false),
    /** Certificate of the authority: PEM, or a file that holds it. */
    caCert: z.string().optional(),
    clientCert: z.string().optional(),
    clientKey: z.string().optional(),
    clientKeyPassphrase: z.string().optional(),
    saslMechanism: z.enum(["plain", "scram-sha256", "scram-sha512"], { error: "this stand-in knows plain, scram-sha256 and scram-sha512" }).default("plain"),
    /** Omitted, the connection is made without SASL. */
    saslUsername: z.string().optional(),
    saslPassword: z.string().optional(),
    /** Seconds that one operation may take. */
    timeout: z.int().min(1).default(120),
    /** Nothing differs: the client asks the broker. */
    kafkaVersion: z.string().default("2.7.0"),
});

const mechanisms = { plain: "PLAIN", "scram-sha256": "SCRAM-SHA-256", "scram-sha512": "SCRAM-SHA-512" } as const;

/** The longest wait for a first answer of a broker, in ms: what does not answer by then is down. */
const reachMs = 10_000;

/** How long the cluster may take to show a change everywhere, and how often to check, in ms. */
const settleMs = 30_000;
const settlePollMs = 100;

/** What went wrong, and at which brokers. */
export class KafkaError extends Error {}

/**
 * Opens an admin client, hands it to the work, and closes it whatever happens.
 *
 * @throws {KafkaError} naming the brokers when none answers within {@link reachMs}, or with what the broker said.
 */
export async function withAdmin<Result>(given: z.output<typeof settings>, work: (admin: Admin) => Promise<Result>): Promise<Result> {
    const brokers = given.bootstrapServers.join(", ");
    const kafka = await import("@platformatic/kafka");
    const admin = new kafka.Admin(clientOptions(given));
    try {
        await within(reachMs, admin.listApis(), `no answer within ${String(reachMs / 1_000)} s`).catch((error: unknown) => {
            throw new KafkaError(`can't reach Kafka at ${brokers}: ${reasons(error)}`, { cause: error });
        });
        return await within(given.timeout * 1_000, work(admin), `the operation took longer than the provider's timeout of ${String(given.timeout)} s`);
    } catch (error) {
        throw error instanceof KafkaError ? error : new KafkaError(`Kafka at ${brokers}: ${reasons(error)}`, { cause: error });
    } finally {
        await within(1_000, admin.close(), "").catch(() => undefined); // a client that can't close cleanly must not hide the result
    }
}

/** Asks until the cluster shows what is expected: answers come from brokers that hear of a change one after another. */
export async function settled(what: string, isSettled: () => Promise<boolean>): Promise<void> {
    const deadlineMs = Date.now() + settleMs;
    while (!(await isSettled())) {
        if (Date.now() > deadlineMs) {
            throw new KafkaError(`${what} did not show within ${String(settleMs / 1_000)} s`);
        }
        await sleep(settlePollMs);
    }
}

/** The innermost messages of an error: the client wraps what the broker says several times. */
export function reasons(error: unknown): string {
    if (error instanceof AggregateError && error.errors.length > 0) {
        return [...new Set(error.errors.map((inner: unknown) => reasons(inner)))].join("; ");
    }
    if (!(error instanceof Error)) {
        return String(error);
    }
    const said: unknown = "serverErrorMessage" in error ? error.serverErrorMessage : undefined;
    const cause = error.cause instanceof Error ? ` (${reasons(error.cause)})` : "";
    return `${error.message}${typeof said === "string" && said !== "" ? ` ${said}` : ""}${cause}`;
}

function clientOptions(given: z.output<typeof settings>): AdminOptions {
    const { saslUsername: username, saslPassword: password } = given;
    return {
        clientId: "nova-lab-stand-in",
        bootstrapBrokers: given.bootstrapServers,
        connectTimeout: reachMs,
        requestTimeout: given.timeout * 1_000,
        retries: 2,
        autocreateTopics: false,
        ...(given.tlsEnabled ? { tls: tlsOptions(given) } : {}),
        ...(username === undefined ? {} : { sasl: { mechanism: mechanisms[given.saslMechanism], username, ...defined({ password }) } }),
    };
}

function tlsOptions(given: z.output<typeof settings>): NonNullable<AdminOptions["tls"]> {
    return {
        rejectUnauthorized: !given.skipTlsVerify,
        ...(given.caCert === undefined ? {} : { ca: pem(given.caCert) }),
        ...(given.clientCert === undefined ? {} : { cert: pem(given.clientCert) }),
        ...(given.clientKey === undefined ? {} : { key: pem(given.clientKey) }),
        ...defined({ passphrase: given.clientKeyPassphrase }),
    };
}

function pem(textOrPath: string): string {
    return existsSync(textOrPath) ? readFileSync(textOrPath, "utf8") : textOrPath;
}

async function within<Result>(limitMs: number, work: Promise<Result>, message: string): Promise<Result> {
    const stop = new AbortController();
    const limit = sleep(limitMs, undefined, { signal: stop.signal }).then(() => {
        throw new KafkaError(message);
    });
    try {
        return await Promise.race([work, limit]);
    } finally {
        stop.abort();
        limit.catch(() => undefined);
    }
}
