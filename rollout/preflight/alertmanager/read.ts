import { Agent } from "undici";
import { parse } from "yaml";
import { z } from "zod";

import { fields, list } from "../../route/fields.ts";
import type { AlertMatcher, AlertRoute, AlertmanagerReading } from "./judge.ts";

/** How Alertmanager is reached. */
export interface AlertmanagerArgs {
    /** Base URL, without credentials. */
    readonly url: string;
    /** How long the answer may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/**
 * Reads the configuration that an Alertmanager runs with. Its API leaves secrets out of it.
 *
 * @throws where there is no answer in time, or none of Alertmanager's.
 * @see https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export async function readAlertmanager({ url, timeoutMs = 5_000 }: AlertmanagerArgs, signal?: AbortSignal): Promise<AlertmanagerReading> {
    const base = new URL(url.endsWith("/") ? url : `${url}/`);
    const limit = AbortSignal.timeout(timeoutMs);
    const agent = new Agent({ maxResponseSize: 4 * 2 ** 20, connect: { timeout: timeoutMs } });
    try {
        const { statusCode, body } = await agent.request({
            origin: base.origin,
            path: `${base.pathname}api/v2/status`,
            method: "GET",
            headers: { accept: "application/json" },
            signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        });
        const text = await body.text();
        if (statusCode !== 200) {
            throw new Error(`it answered ${String(statusCode)}`);
        }
        const { versionInfo, config } = statusOf(text);
        const written: unknown = parse(config.original);
        return {
            version: versionInfo.version,
            root: routeOf(fields(written).route),
            receivers: list(fields(written).receivers).map((receiver) => ({
                name: String(fields(receiver).name),
                integrations: Object.entries(fields(receiver)).reduce((sum, [key, value]) => sum + (key.endsWith("_configs") ? list(value).length : 0), 0),
            })),
        };
    } catch (error) {
        throw limit.aborted ? new Error(`it took longer than ${String(timeoutMs)} ms`) : error;
    } finally {
        await agent.destroy();
    }
}

function statusOf(text: string): z.infer<typeof statusAnswer> {
    try {
        return statusAnswer.parse(JSON.parse(text));
    } catch {
        throw new Error("Invalid response: that is no answer of Alertmanager's API");
    }
}

function routeOf(route: unknown): AlertRoute {
    const { receiver, matchers, match, match_re: expressions, continue: continues, routes } = fields(route);
    return {
        ...(typeof receiver === "string" ? { receiver } : {}),
        matchers: [
            ...list(matchers).flatMap((text) => matchersIn(String(text))),
            ...Object.entries(fields(match)).map(([label, value]): AlertMatcher => ({ label, operator: "=", value: String(value) })),
            ...Object.entries(fields(expressions)).map(([label, value]): AlertMatcher => ({ label, operator: "=~", value: String(value) })),
        ],
        continues: continues === true,
        routes: list(routes).map(routeOf),
    };
}

/**
 * `severity=~"critical|warning"`, or several in braces. @throws where it can't be read: a route taken for another would claim that an alert reaches a person.
 */
function matchersIn(text: string): readonly AlertMatcher[] {
    const found = [...text.matchAll(/\s*[{,]?\s*"?([a-zA-Z_][\w.]*)"?\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}\s]*))\s*[},]?\s*/gy)];
    if (found.reduce((sum, [whole]) => sum + whole.length, 0) !== text.length) {
        throw new Error(`the matcher '${text}' of a route can't be read`);
    }
    return found.map(([, label = "", operator = "=", quoted, bare]) => {
        const value = quoted === undefined ? (bare ?? "") : quoted.replaceAll(/\\(.)/g, "$1");
        return { label, operator: operator === "=~" || operator === "!~" || operator === "!=" ? operator : "=", value };
    });
}

const statusAnswer = z.object({ versionInfo: z.object({ version: z.string() }), config: z.object({ original: z.string() }) });
