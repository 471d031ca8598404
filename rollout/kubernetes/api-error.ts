import { STATUS_CODES } from "node:http";

import { withoutSecrets } from "../ledger/redaction.ts";
import { fields } from "../route/fields.ts";

/** An answer of the API server, or of what stands in front of it, that is no success. The message has the server's own reason. */
export class ApiServerError extends Error {
    /** HTTP status. */
    readonly code: number;
    /** Whether the object is not there. A proxy's page with 404 does not say that. */
    readonly absent: boolean;

    constructor(answer: RawAnswer) {
        super(refusalOf(answer));
        this.code = answer.status;
        this.absent = answer.status === 404 && !isPage(answer);
    }
}

/** HTTP status of an error that the API server answered with; undefined for every other error. */
export function statusOf(error: unknown): number | undefined {
    return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;
}

/** An error in one line, with the cause that it names last. Never a token or password. */
export function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return lineOf(String(error));
    }
    const cause = error.cause instanceof Error ? causeOf(error.cause) : "";
    return lineOf(error.message === "" ? (cause === "" ? error.name : cause) : `${error.message}${cause === "" ? "" : ` (${cause})`}`);
}

/** An address that is tried as IPv4 and as IPv6 fails with a list of errors and no words of its own. */
function causeOf(error: Error): string {
    const words = error instanceof AggregateError && error.message === "" ? error.errors.map(reasonOf).join(", ") : error.message;
    return words === "" && "code" in error ? String(error.code) : words;
}

/** An answer as it came, not yet read as an object. */
export interface RawAnswer {
    readonly status: number;
    readonly contentType: string | undefined;
    readonly body: string;
}

/**
 * What `answer` says of itself: the reason of a `Status`, the words of a proxy, or the name of the HTTP status where the body is empty.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
function refusalOf(answer: RawAnswer): string {
    const { status, body } = answer;
    const name = [String(status), STATUS_CODES[status]].filter((word) => word !== undefined).join(" ");
    const words = isPage(answer) ? pageWords(body) : statusWords(body);
    return `the API server answered ${name}${words === "" ? ", with no reason" : `: ${words}`}`;
}

/** Whether `answer` is a page for browsers: the API server sends none, so something in front of it answered. */
function isPage({ contentType, body }: RawAnswer): boolean {
    return contentType?.includes("html") === true || /^\s*<(?:!doctype|html)\b/i.test(body);
}

function statusWords(body: string): string {
    try {
        const { message, reason } = fields(JSON.parse(body));
        return lineOf([message, reason].find((word) => typeof word === "string" && word !== "")?.toString() ?? "");
    } catch {
        return lineOf(body);
    }
}

function pageWords(body: string): string {
    const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1];
    const text = body.replaceAll(/<(?:script|style)[^]*?<\/(?:script|style)>/gi, " ").replaceAll(/<[^>]*>/g, " ");
    return `a page for browsers, '${lineOf(title ?? text)}': a proxy answers in its place`;
}

function lineOf(text: string): string {
    const line = withoutSecrets(text).replaceAll(/\s+/g, " ").trim();
    return line.length > longestReason ? `${line.slice(0, longestReason)}...` : line;
}

/** Characters of a reason that are shown. A `Status` says it in one sentence. */
const longestReason = 500;
