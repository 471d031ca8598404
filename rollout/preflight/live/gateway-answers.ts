import { Agent, type Dispatcher, buildConnector } from "undici";

import type { Problem } from "../preflight.ts";
import type { GatewayDoor } from "../../route/live/tester-access.ts";
import { unanswered, wordsOf } from "./unanswered.ts";

/** Where a request goes, and what it asks for. */
export interface Question extends GatewayDoor {
    /** Path of the service that a GET with no side effect answers. */
    readonly path: string;
}

/** One request to the gateway, and who may answer it. */
export interface Asked extends Question {
    readonly who: string;
    /** Revisions that may answer. */
    readonly expected: readonly string[];
    /** Headers that the request carries. */
    readonly admission: () => Promise<Readonly<Record<string, string>>>;
    readonly signal: AbortSignal;
}

/** What is wrong with the answer to one request. Never throws. */
export async function answerProblems(dispatcher: Dispatcher, { who, expected, admission, signal, ...question }: Asked): Promise<readonly Problem[]> {
    try {
        const { status, revision } = await ask(dispatcher, question, await admission(), signal);
        if (status !== 200) {
            return [
                {
                    text: `the gateway answers ${who} with ${String(status)}`,
                    fix: "see the HTTPRoute's conditions, and whether the revision has ready pods",
                },
            ];
        }
        return expected.includes(String(revision))
            ? []
            : [
                  {
                      text: `a request of ${who} was answered by '${String(revision)}'`,
                      fix: `see the HTTPRoute's rule for ${who}, and the Services that it names`,
                  },
              ];
    } catch (error) {
        return [unanswered(error, `the gateway at ${question.gatewayUrl}, for ${who}`)];
    }
}

/**
 * Whether the users' gateway answers for the testers' host name: then each user who sends it reaches the candidate. Never throws.
 *
 * It is asked as an intruder would: with the users' host name in TLS too, where the gateway looks for the host name in `Host` alone, and whatever
 * certificate it shows.
 */
export async function exposureProblems(users: Question, hostname: string, signal: AbortSignal): Promise<readonly Problem[]> {
    const asked = await Promise.all([hostname, users.hostname].map(async (servername) => exposedBy({ ...users, hostname }, servername, signal)));
    return asked.find((problems) => problems.length > 0) ?? [];
}

async function exposedBy(door: Question, servername: string, signal: AbortSignal): Promise<readonly Problem[]> {
    const connector = buildConnector({ timeout: 5_000, rejectUnauthorized: false });
    const agent = new Agent({
        connect: (options, done) => {
            connector({ ...options, servername }, done);
        },
    });
    const place = `the users' gateway at ${door.gatewayUrl}`;
    try {
        const { revision } = await ask(agent, door, {}, signal);
        return revision === undefined
            ? []
            : [
                  {
                      text: `${place} answers for the testers' host name ${door.hostname} too, by '${String(revision)}'`,
                      fix: "give testers a Gateway of their own, or a listener on a port that users can't reach",
                  },
              ];
    } catch (error) {
        // A gateway may refuse a host name that it does not know in the handshake. No answer at all shows nothing.
        return refusals.test(wordsOf(error)) ? [] : [unanswered(error, `${place}, for the testers' host name`)];
    } finally {
        await agent.destroy();
    }
}

/** Codes of Node and of undici for a connection that the other side closed, and for a handshake that it refused. */
const refusals = /\b(ECONNRESET|UND_ERR_SOCKET|EPROTO|ERR_SSL_\w+)\b/;

async function ask(dispatcher: Dispatcher, { gatewayUrl, hostname, path }: Question, admission: Readonly<Record<string, string>>, signal: AbortSignal) {
    const { statusCode, headers, body } = await dispatcher.request({
        origin: new URL(gatewayUrl).origin,
        path,
        method: "GET",
        headers: { ...admission, host: hostname, "user-agent": "rollout-preflight" },
        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    await body.dump();
    return { status: statusCode, revision: headers["x-served-by-revision"] };
}
