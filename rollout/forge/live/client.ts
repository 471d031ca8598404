import { setTimeout as sleep } from "node:timers/promises";

import { Agent, type Dispatcher } from "undici";
import type { z } from "zod";

import { withoutSecrets } from "../../ledger/redaction.ts";
import { wordsWithCauses } from "../../words.ts";
import { ForgeError } from "../forge.ts";

/** How long a forge is asked. */
export interface ForgeLimits {
    /** For everything that one client asks, from when it was made, in milliseconds. @default 60000 */
    readonly totalMs: number;
    /** For one request, in milliseconds. @default 10000 */
    readonly requestMs: number;
    /** How often a request is tried, the first time included. @default 3 */
    readonly attempts: number;
    /** Pause before the second try, in milliseconds; each further one is twice as long. @default 500 */
    readonly pauseMs: number;
}

export const forgeLimits: ForgeLimits = { totalMs: 60_000, requestMs: 10_000, attempts: 3, pauseMs: 500 };

export interface ForgeClientArgs {
    /** Base address of the API. */
    readonly url: string;
    /** Headers of each request, with the token where there is one. */
    readonly headers: Readonly<Record<string, string>>;
    /** The token, to keep it out of messages. */
    readonly token?: string;
    readonly limits?: Partial<ForgeLimits>;
}

/** Reads JSON of a forge's API, page by page, with a limit on everything: time, tries, pages and length. */
export class ForgeClient {
    readonly #base: URL;
    readonly #args: ForgeClientArgs;
    readonly #limits: ForgeLimits;
    readonly #deadlineMs: number;
    readonly #dispatcher = new Agent({ maxResponseSize: longestAnswer });
    readonly #answers = new Map<string, Promise<Page>>();

    /** @throws {ForgeError} when a token would travel unencrypted. */
    constructor(args: ForgeClientArgs) {
        this.#base = new URL(args.url.endsWith("/") ? args.url : `${args.url}/`);
        if (args.token !== undefined && this.#base.protocol !== "https:" && !ownMachine.has(this.#base.hostname)) {
            throw new ForgeError(`${this.#base.origin} would get the token unencrypted: use https`);
        }
        this.#args = args;
        this.#limits = { ...forgeLimits, ...args.limits };
        this.#deadlineMs = performance.now() + this.#limits.totalMs;
    }

    /** One answer, of the form of `schema`. @throws {ForgeError} */
    async one<T>(path: string, schema: z.ZodType<T>): Promise<T> {
        return this.#read(await this.#page(new URL(path, this.#base)), schema);
    }

    /** All pages of an answer. @throws {ForgeError} also where there are more than {@link mostPages}. */
    async pages<T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]> {
        const found: T[] = [];
        for (let url: URL | undefined = new URL(path, this.#base); url !== undefined;) {
            if (found.length === mostPages) {
                throw new ForgeError(`${this.#base.host} has more than ${String(mostPages)} pages of an answer`);
            }
            const page: Page = await this.#page(url);
            found.push(this.#read(page, schema));
            url = this.#next(page);
        }
        return found;
    }

    #read<T>({ url, body }: Page, schema: z.ZodType<T>): T {
        const parsed = schema.safeParse(jsonIn(body));
        if (!parsed.success) {
            const [issue] = parsed.error.issues;
            throw new ForgeError(`${url.host}${url.pathname} does not answer as expected: ${issue?.path.map(String).join(".") ?? ""} ${issue?.message ?? ""}`);
        }
        return parsed.data;
    }

    /** The next page, which is on the same server: the token goes nowhere else. */
    #next({ url, link }: Page): URL | undefined {
        const target = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link)?.[1];
        if (target === undefined) {
            return undefined;
        }
        const next = URL.parse(target, url.href);
        if (next?.origin !== this.#base.origin) {
            throw new ForgeError(`${this.#base.host} names a next page elsewhere`);
        }
        return next;
    }

    async #page(url: URL): Promise<Page> {
        const known = this.#answers.get(url.href);
        if (known !== undefined) {
            return known;
        }
        const asking = this.#ask(url);
        this.#answers.set(url.href, asking);
        return asking;
    }

    async #ask(url: URL): Promise<Page> {
        for (let attempt = 1; ; attempt += 1) {
            const outcome = await this.#attempt(url);
            if (outcome.kind === "answered") {
                return outcome.page;
            }
            const waitMs = Math.max(outcome.waitMs, this.#limits.pauseMs * 2 ** (attempt - 1));
            if (!outcome.mayPass || attempt >= this.#limits.attempts || performance.now() + waitMs >= this.#deadlineMs) {
                const asks = outcome.waitMs > 0 ? `, and asks to wait ${String(Math.ceil(outcome.waitMs / 1_000))} s` : "";
                throw new ForgeError(this.#clean(`${url.host}${url.pathname} ${outcome.reason}${asks}`));
            }
            await sleep(waitMs);
        }
    }

    async #attempt(url: URL): Promise<Outcome> {
        const leftMs = Math.min(this.#limits.requestMs, this.#deadlineMs - performance.now());
        if (leftMs <= 0) {
            return { kind: "failed", reason: "was not asked any more: the time was over", mayPass: false, waitMs: 0 };
        }
        const signal = AbortSignal.timeout(Math.ceil(leftMs));
        try {
            const { statusCode, headers, body } = await this.#dispatcher.request({
                origin: url.origin,
                path: `${url.pathname}${url.search}`,
                method: "GET",
                headers: { accept: "application/json", "user-agent": "progressive-rollout", ...this.#args.headers },
                signal,
            });
            const text = await body.text();
            // A redirect is not followed: the token is meant for this server alone.
            if (statusCode === 200) {
                return { kind: "answered", page: { url, body: text, link: headerOf(headers, "link") } };
            }
            return { kind: "failed", reason: `answers ${String(statusCode)}${hintOf(statusCode)}`, ...retryOf(statusCode, headers) };
        } catch (error) {
            const reason = signal.aborted ? `gave no answer in ${String(Math.ceil(leftMs))} ms` : `gave no answer: ${wordsWithCauses(error)}`;
            return { kind: "failed", reason, mayPass: true, waitMs: 0 };
        }
    }

    #clean(text: string): string {
        const { token = "" } = this.#args;
        return withoutSecrets(token === "" ? text : text.replaceAll(token, "(token)"));
    }
}

interface Page {
    readonly url: URL;
    readonly body: string;
    /** The header that names the next page. @see https://www.rfc-editor.org/rfc/rfc8288 */
    readonly link: string;
}

type Outcome =
    | { readonly kind: "answered"; readonly page: Page }
    /** `waitMs`: how long the server asks to wait. */
    | { readonly kind: "failed"; readonly reason: string; readonly mayPass: boolean; readonly waitMs: number };

/** Longest answer that is read, in bytes. */
const longestAnswer = 16 * 2 ** 20;
/** Most pages of one answer, of 100 entries each. */
const mostPages = 10;
const ownMachine: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

type Headers = Dispatcher.ResponseData["headers"];

function headerOf(headers: Headers, name: string): string {
    const value = headers[name];
    return typeof value === "string" ? value : (value?.join(", ") ?? "");
}

/** Whether another try may help, and when. GitHub says 403 for a limit too. @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function retryOf(status: number, headers: Headers): { readonly mayPass: boolean; readonly waitMs: number } {
    const seconds = Number(headerOf(headers, "retry-after") || "0");
    const limited = status === 429 || (status === 403 && (seconds > 0 || headerOf(headers, "x-ratelimit-remaining") === "0"));
    const resets = limited && seconds === 0 ? Number(headerOf(headers, "x-ratelimit-reset") || "0") * 1_000 - Date.now() : 0;
    const waitMs = Math.max(0, Number.isFinite(seconds) ? seconds * 1_000 : 0, Number.isFinite(resets) ? resets : 0);
    return { mayPass: limited || status >= 500, waitMs };
}

function hintOf(status: number): string {
    switch (status) {
        case 401:
            return " (the token is missing or wrong)";
        case 403:
        case 404:
            return " (there is no such thing, or the token may not read it)";
        default:
            return "";
    }
}

function jsonIn(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
