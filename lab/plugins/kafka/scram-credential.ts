import { pbkdf2Sync, randomBytes } from "node:crypto";

import type { Admin, Connection } from "@platformatic/kafka";
import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { KafkaError, settled } from "./connection.ts";
import { protocol } from "./protocol.ts";

/** The mechanisms by their official names: Kafka's number for each (KIP-554), and the hash that it is made of. */
const mechanisms = {
    "SCRAM-SHA-256": { number: protocol.scram.sha256, hash: "sha256", bytes: 32 },
    "SCRAM-SHA-512": { number: protocol.scram.sha512, hash: "sha512", bytes: 64 },
} as const;

const inputs = z.strictObject({
    username: z.string().min(1),
    scramMechanism: z.enum(["SCRAM-SHA-256", "SCRAM-SHA-512"], { error: "must be SCRAM-SHA-256 or SCRAM-SHA-512" }),
    scramIterations: z.int().min(4_096, "must be at least 4096").default(4_096),
    password: z.string().min(1),
});

type Inputs = z.output<typeof inputs>;

/** A connection to a broker: the admin client of the library has no method for these two requests, and keeps its connections under a name that its types leave out. */
async function connectionOf(admin: Admin): Promise<Connection> {
    const { kGetBootstrapConnection } = await import("@platformatic/kafka");
    const open: unknown = Reflect.get(admin, kGetBootstrapConnection);
    if (typeof open !== "function") {
        throw new KafkaError("this version of the client library gives no connection: pin the one that package.json names");
    }
    return new Promise((resolve, reject) => {
        const done = (error: Error | null, connection: Connection): void => {
            if (error === null) {
                resolve(connection);
            } else {
                reject(error);
            }
        };
        Reflect.apply(open, admin, [done]);
    });
}

/** Iterations of the user's credential of that mechanism, or undefined where there is none. Nobody can read a password back. */
async function iterationsOf(admin: Admin, { username, scramMechanism }: Pick<Inputs, "username" | "scramMechanism">): Promise<number | undefined> {
    const { describeUserScramCredentialsV0, ResponseError } = await import("@platformatic/kafka");
    const answer = describeUserScramCredentialsV0.api.async(await connectionOf(admin), [{ name: username }]);
    const { results } = await answer.catch((error: unknown) => {
        // A user without any credential is no answer but an error: before the first one has reached the broker, and after the last one was deleted.
        if (error instanceof ResponseError && error.findBy("apiId", "RESOURCE_NOT_FOUND") !== null) {
            return { results: [] };
        }
        throw error;
    });
    return results[0]?.credentialInfos.find(({ mechanism }) => mechanism === mechanisms[scramMechanism].number)?.iterations;
}

/** Makes or replaces the credential. The broker gets what it stores, and never the password itself. */
async function write(admin: Admin, { username, scramMechanism, scramIterations, password }: Inputs): Promise<void> {
    const { alterUserScramCredentialsV0 } = await import("@platformatic/kafka");
    const { number, hash, bytes } = mechanisms[scramMechanism];
    const salt = randomBytes(24);
    const saltedPassword = pbkdf2Sync(password.normalize("NFKC"), salt, scramIterations, bytes, hash);
    const upsertion = { name: username, mechanism: number, iterations: scramIterations, salt, saltedPassword };
    const { results } = await alterUserScramCredentialsV0.api.async(await connectionOf(admin), [], [upsertion]);
    refuse(username, results);
    await settled(`the credential of ${username}`, async () => (await iterationsOf(admin, { username, scramMechanism })) === scramIterations);
}

function refuse(username: string, results: readonly { readonly errorCode: number; readonly errorMessage?: string | null | undefined }[]): void {
    const refusal = results.find(({ errorCode }) => errorCode !== 0);
    if (refusal !== undefined) {
        throw new KafkaError(`credential of ${username}: error ${String(refusal.errorCode)}: ${refusal.errorMessage ?? "no reason given"}`);
    }
}

/** The password by which a user logs in to the brokers. Another user or mechanism makes a new one. Import takes `<user>|<mechanism>|<password>`. */
export const scramCredential = resourceKind({
    token: "kafka:index/userScramCredential:UserScramCredential",
    inputs,
    state: inputs,
    replaceOn: { username: true, scramMechanism: true },
    secretOutputs: ["password"],
    create: async (admin: Admin, given) => {
        await write(admin, given);
        return { id: `${given.username}|${given.scramMechanism}`, state: given };
    },
    read: async (admin, id, last) => {
        const [username, scramMechanism, password] = id.split("|");
        const known = last ?? inputs.parse({ username, scramMechanism, password });
        const scramIterations = await iterationsOf(admin, known);
        return scramIterations === undefined ? undefined : { id: `${known.username}|${known.scramMechanism}`, state: { ...known, scramIterations } };
    },
    update: async (admin, _id, given) => {
        await write(admin, given);
        return given;
    },
    delete: async (admin, _id, last) => {
        if ((await iterationsOf(admin, last)) === undefined) {
            return;
        }
        const { alterUserScramCredentialsV0 } = await import("@platformatic/kafka");
        const deletion = { name: last.username, mechanism: mechanisms[last.scramMechanism].number };
        const { results } = await alterUserScramCredentialsV0.api.async(await connectionOf(admin), [deletion], []);
        refuse(last.username, results);
        await settled(`that the credential of ${last.username} is gone`, async () => (await iterationsOf(admin, last)) === undefined);
    },
});
