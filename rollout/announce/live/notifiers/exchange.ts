import { Agent } from "undici";

import { defined } from "../../../defined.ts";
import { wordsWithCauses } from "../../../words.ts";
import type { Attempt } from "./notifier.ts";

/** A request to a receiver of messages. */
export interface Exchange {
    readonly url: URL;
    /** @default POST */
    readonly method?: "GET" | "POST" | "PATCH";
    readonly headers?: Readonly<Record<string, string>>;
    /** JSON text. */
    readonly body?: string;
    readonly signal: AbortSignal;
}

/** An answer, whatever it says. */
export interface Answer {
    readonly kind: "answered";
    readonly status: number;
    readonly body: string;
    readonly retryAfterMs?: number;
}

/** Sends one request, and follows no redirect: a signed message or a key must go nowhere else. Never throws. */
export async function exchange({ url, method = "POST", headers = {}, body, signal }: Exchange): Promise<Answer | Extract<Attempt, { kind: "failed" }>> {
    try {
        const response = await dispatcher.request({
            origin: url.origin,
            path: `${url.pathname}${url.search}`,
            method,
            headers: { "user-agent": "rollout", ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
            ...defined({ body }),
            signal,
            reset: true,
        });
        const retryAfterMs = retryAfterIn(response.headers["retry-after"]);
        const text = await response.body.text();
        return { kind: "answered", status: response.statusCode, body: text, ...defined({ retryAfterMs }) };
    } catch (error) {
        return { kind: "failed", reason: signal.aborted ? "no answer in time" : wordsWithCauses(error) };
    }
}

/** What an answer means for another try. Undefined: it was accepted. */
export function failureIn({ status, body, retryAfterMs }: Answer): Extract<Attempt, { kind: "failed" | "refused" }> | undefined {
    if (status >= 200 && status < 300) {
        return undefined;
    }
    const reason = `status ${String(status)}${excerpt(body)}`;
    const later = status >= 500 || laterStatuses.includes(status);
    return later ? { kind: "failed", reason, ...defined({ retryAfterMs }) } : { kind: "refused", reason };
}

/** The beginning of an answer that was not expected, for people. */
export function excerpt(body: string): string {
    const words = body.replaceAll(/[^\x20-\x7e]+/g, " ").trim();
    return words === "" ? "" : `: ${words.length > 80 ? `${words.slice(0, 80)}...` : words}`;
}

/** `Retry-After` in milliseconds: a number of seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterIn(header: string | readonly string[] | undefined, nowMs = Date.now()): number | undefined {
    const text = typeof header === "string" ? header.trim() : header?.[0]?.trim();
    if (text === undefined || text === "") {
        return undefined;
    }
    const milliseconds = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
    return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

/**
 * `text` as an address that a message may be sent to: https, or http to this machine. Undefined where it is not one.
 */
export function addressIn(text: string): URL | undefined {
    const url = URL.parse(text);
    const local = url !== null && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
    return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && local)) ? url : undefined;
}

/** Besides 5xx: a time limit, too early, too many requests, and Statuspage's own word for too many. */
const laterStatuses: readonly number[] = [408, 420, 425, 429];

const dispatcher = new Agent({ maxResponseSize: 4 * 2 ** 20, connectTimeout: 5_000 });
