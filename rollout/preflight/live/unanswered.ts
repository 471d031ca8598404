import { fields } from "../../route/fields.ts";
import type { Problem } from "../preflight.ts";

/** What a failed connection means, in words that help to fix it. */
interface Meaning {
    readonly pattern: RegExp;
    readonly fix: string;
}

/** Known by the error's code or words: those of Node, OpenSSL, and of the clients of PostgreSQL, Redis, ClickHouse and Kafka. The first that matches counts. */
const meanings: readonly Meaning[] = [
    {
        pattern: /there is no (Secret|Deployment|HTTPRoute)/,
        fix: "run 'pulumi up'; a certificate's Secret is written by cert-manager: see the Certificate's events",
    },
    { pattern: /git does not know/, fix: "fetch it, or name another with --commit" },
    { pattern: /ENOENT/, fix: "the file is not there: correct its path in the stack config, or have the pipeline leave it there" },
    {
        pattern: /is not JSON|JUnit|no report of|not a report|is no image reference|XML/i,
        fix: "have the pipeline write that file anew, in the form that docs/preflight.md names",
    },
    { pattern: /LEADER_NOT_AVAILABLE|no leader/i, fix: "a partition is offline: start the brokers that have a copy of it" },
    {
        pattern: /ENOTFOUND|EAI_AGAIN/,
        fix: "the name does not resolve from here: correct the host, or run where the cluster's names are known; preflight.reach names another address",
    },
    { pattern: /ECONNREFUSED/, fix: "nothing listens there: start the server, or correct host and port" },
    {
        pattern: /EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/,
        fix: "there is no way to that network from here: run inside it, or name another address in preflight.reach",
    },
    {
        pattern:
            /28P01|28000|authentication failed|no pg_hba.conf entry|WRONGPASS|NOAUTH|NOPERM|AUTHENTICATION_FAILED|REQUIRED_PASSWORD|SASL ?\S* ?authentication failed|SASLAuthentication|\b401\b|\b403\b/i,
        fix: "the server refuses the login: correct user and password, or give the account the right",
    },
    {
        pattern: /CERT_|certificate|UNABLE_TO_|SELF_SIGNED|ERR_TLS_CERT|DEPTH_ZERO|altname/i,
        fix: "the server's certificate is not trusted for that name: give the authority that signed it, or correct the host",
    },
    {
        pattern:
            /wrong version number|EPROTO|packet length|WRONG_VERSION|ERR_SSL|HPE_|Parse Error|does not support SSL|establishing an SSL connection|reply type byte|Unknown RESP type|Protocol error|unexpected (message|response)|Received unexpected|Expected HTTP|Invalid (response|message)/i,
        fix: "something else answers at that port, or one side speaks TLS and the other does not: correct the port, or the TLS setting",
    },
    {
        pattern: /timed? ?out|timeout|ETIMEDOUT|took longer|gave no answer within|aborted|no result within/i,
        fix: "the server takes the connection and does not answer in time: see whether it or a proxy in between hangs, and whether one side speaks TLS and the other does not",
    },
    {
        pattern: /ECONNRESET|EPIPE|socket hang up|other side closed|terminated unexpectedly|closed|disconnected/i,
        fix: "the server ended the connection: see its log; the port or the TLS setting may be wrong",
    },
];

/** A problem of an answer that did not come: the error's words with those of its causes, and what to do. `whom`: a name for the system, in front. */
export function unanswered(error: unknown, whom?: string): Problem {
    const words = wordsOf(error);
    const fix = meanings.find(({ pattern }) => pattern.test(words))?.fix ?? "read the message; see the system's own log";
    return { text: whom === undefined ? words : `${whom}: ${words}`, fix };
}

/** An error with its code and its causes, in one line. An address that is tried as IPv4 and as IPv6 fails with a list of errors and no words. */
export function wordsOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    if ("code" in error && typeof error.code === "number" && "body" in error) {
        return `the API server answered ${String(error.code)}: ${messageIn(error.body)}`;
    }
    const own = error instanceof AggregateError && error.errors.length > 0 ? [...new Set(error.errors.map(wordsOf))].join(", ") : error.message;
    const code = "code" in error && typeof error.code === "string" && !own.includes(error.code) ? ` (${error.code})` : "";
    const cause = error.cause instanceof Error ? wordsOf(error.cause) : "";
    return `${own}${code}${cause === "" || own.includes(cause) ? "" : ` (${cause})`}`.replaceAll(/\s*[\r\n]+\s*/g, " ");
}

/** The API server's own words, without the headers that its client adds. @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function messageIn(body: unknown): string {
    try {
        const { message } = fields(typeof body === "string" ? JSON.parse(body) : body);
        return typeof message === "string" ? message : "no reason given";
    } catch {
        return "no reason given";
    }
}
