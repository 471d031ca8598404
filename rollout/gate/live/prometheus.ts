import { Agent, type Dispatcher, interceptors } from "undici";

import { defined } from "../../defined.ts";
import type { Observation } from "../evidence.ts";
import { wordsWithCauses } from "../../words.ts";
import { alertmanagersOf, numberOf, readAnswer, rulesOf, seriesOf, targetsOf, vectorOf, versionOf } from "./prometheus/answer.ts";
import type { LoadedRule, SampledSeries, ScrapeTarget, SeriesValue } from "./prometheus/series.ts";

/**
 * Prometheus' HTTP API, as far as it is needed. No question throws: an answer that is late, broken, refused or partial (warnings) is `missing` with its
 * reason, and so is one with a value that is no finite number.
 */
export interface PrometheusClient {
    /** Value of every series that `expression` gives, at `atSeconds` (default: now, by Prometheus' clock). None is an empty list. */
    vector(expression: string, atSeconds?: number): Promise<Observation<readonly SeriesValue[]>>;
    /** The one number that `expression` gives. No series or more than one is `missing`. */
    number(expression: string, atSeconds?: number): Promise<Observation<number>>;
    /** Raw samples: `selector` ends in a range, such as `up{job="api"}[5m]`, which reaches back from `atSeconds`. */
    samples(selector: string, atSeconds: number): Promise<Observation<readonly SampledSeries[]>>;
    /** Values at regular steps, for charts and trends. */
    range(expression: string, fromSeconds: number, toSeconds: number, stepSeconds: number): Promise<Observation<readonly SampledSeries[]>>;
    /** Prometheus' clock, in seconds since the epoch. */
    now(): Promise<Observation<number>>;
    /** Targets that are scraped. */
    targets(): Promise<Observation<readonly ScrapeTarget[]>>;
    /** Rules that are loaded, of all groups. */
    rules(): Promise<Observation<readonly LoadedRule[]>>;
    /** URLs of the Alertmanagers that alerts are sent to. */
    alertmanagers(): Promise<Observation<readonly string[]>>;
    /** Version that runs, such as `3.16.0`. */
    version(): Promise<Observation<string>>;
}

/** Where Prometheus is, and how to get in. */
export interface PrometheusArgs {
    /** Base URL, with the path prefix if it has one: `https://prometheus.example.com/main`. Never with a password. */
    readonly url: string;
    /** Bearer token, or how to read it: a projected token is renewed, so its file must be read each time. It is in no message. */
    readonly bearerToken?: string | (() => Promise<string>);
    /** PEM of the authority that signed Prometheus' certificate. @default those of Node */
    readonly certificateAuthority?: string;
    /** How long one question may take, a second try included, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
    /** Longest answer that is read, in bytes. @default 64 MiB */
    readonly answerBytesAtMost?: number;
}

/**
 * A client of Prometheus' HTTP API.
 *
 * A query whose connection broke is sent once more: the server closes idle connections whenever it likes. Every other error is reported at once.
 *
 * @throws when the URL is not valid, or holds a user or a password.
 */
export function prometheusClient({
    url,
    bearerToken,
    certificateAuthority,
    timeoutMs = 5_000,
    answerBytesAtMost = 64 * 2 ** 20,
}: PrometheusArgs): PrometheusClient {
    const base = baseOf(url);
    const dispatcher = new Agent({
        maxResponseSize: answerBytesAtMost,
        ...(certificateAuthority === undefined ? {} : { connect: { ca: certificateAuthority } }),
    }).compose(
        interceptors.retry({ maxRetries: 1, minTimeout: 20, methods: ["GET", "POST"], statusCodes: [], errorCodes: ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"] }),
    );

    const ask = async <T>(path: string, form: Readonly<Record<string, string>> | undefined, read: (data: unknown) => T): Promise<Observation<T>> => {
        let token: string | undefined;
        try {
            token = typeof bearerToken === "function" ? await bearerToken() : bearerToken;
            const { status, body } = await exchange(dispatcher, base, path, form, token, timeoutMs);
            return withoutToken(readAnswer(status, body, read), token);
        } catch (error) {
            return withoutToken({ kind: "missing", reason: `Prometheus at ${base.origin} gave no answer: ${wordsWithCauses(error)}` }, token);
        }
    };
    const instant = <T>(query: string, atSeconds: number | undefined, read: (data: unknown) => T): Promise<Observation<T>> =>
        ask("api/v1/query", { query, timeout: `${String(timeoutMs)}ms`, ...defined({ time: atSeconds?.toFixed(3) }) }, read);
    return {
        vector: (expression, atSeconds) => instant(expression, atSeconds, (data) => vectorOf(data, atSeconds)),
        number: (expression, atSeconds) => instant(expression, atSeconds, (data) => numberOf(data, atSeconds)),
        samples: (selector, atSeconds) => instant(selector, atSeconds, seriesOf),
        range: (query, fromSeconds, toSeconds, stepSeconds) =>
            ask(
                "api/v1/query_range",
                { query, start: fromSeconds.toFixed(3), end: toSeconds.toFixed(3), step: String(stepSeconds), timeout: `${String(timeoutMs)}ms` },
                seriesOf,
            ),
        now: () => instant("time()", undefined, (data) => numberOf(data)),
        targets: () => ask("api/v1/targets?state=active", undefined, targetsOf),
        rules: () => ask("api/v1/rules", undefined, rulesOf),
        alertmanagers: () => ask("api/v1/alertmanagers", undefined, alertmanagersOf),
        version: () => ask("api/v1/status/buildinfo", undefined, versionOf),
    };
}

function baseOf(url: string): URL {
    const base = URL.parse(url.endsWith("/") ? url : `${url}/`);
    if (base === null || !["http:", "https:"].includes(base.protocol)) {
        throw new Error(`Prometheus' URL is '${url}': give one that begins with http:// or https://`);
    }
    if (base.username !== "" || base.password !== "") {
        throw new Error(`Prometheus' URL for ${base.host} holds a user or a password: take them out, and give a bearer token`);
    }
    return base;
}

async function exchange(
    dispatcher: Dispatcher,
    base: URL,
    path: string,
    form: Readonly<Record<string, string>> | undefined,
    token: string | undefined,
    timeoutMs: number,
): Promise<{ readonly status: number; readonly body: string }> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
        const { statusCode, body } = await dispatcher.request({
            origin: base.origin,
            path: `${base.pathname}${path}`,
            // A long expression fits no URL.
            method: form === undefined ? "GET" : "POST",
            headers: {
                accept: "application/json",
                ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
                ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
            },
            ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
            signal,
        });
        return { status: statusCode, body: await body.text() };
    } catch (error) {
        throw signal.aborted ? new Error(`it took longer than ${String(timeoutMs)} ms`) : error;
    }
}

function withoutToken<T>(observation: Observation<T>, token: string | undefined): Observation<T> {
    return observation.kind === "observed" || token === undefined || token === ""
        ? observation
        : { kind: "missing", reason: observation.reason.replaceAll(token, "(token)") };
}
