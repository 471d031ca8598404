import { z } from "zod";

import type { Message, PublicNotice } from "../../message.ts";
import { addressIn, excerpt, exchange, failureIn } from "./exchange.ts";
import type { Attempt, Notifier } from "./notifier.ts";
import type { SecretReading } from "../../../settings/live/secret-source.ts";

export interface StatusPageArgs {
    /** Where the API is, such as `https://api.statuspage.io/v1`. */
    readonly baseUrl: string;
    readonly pageId: string;
    /** Components that an entry is about. @default none */
    readonly componentIds?: readonly string[];
    readonly key: () => Promise<SecretReading>;
}

/**
 * A public status page with Statuspage's API: a maintenance for a rollout, an incident for a problem.
 *
 * It keeps nothing: each time it asks the page which entry is open, by a mark in the entry. So a second try, or another watcher, changes the entry that
 * is there, and makes no second one.
 *
 * @see https://developer.statuspage.io/
 */
export function statusPage({ baseUrl, pageId, componentIds = [], key }: StatusPageArgs): Notifier {
    return {
        name: "status-page",
        send: async (message, signal): Promise<Attempt> => {
            const looksOnly = message.kind === "test";
            if (message.notices.length === 0 && !looksOnly) {
                return { kind: "not-for-it" };
            }
            const secret = await key();
            const base = addressIn(`${baseUrl.replace(/\/$/, "")}/pages/${encodeURIComponent(pageId)}/`);
            if (secret.kind === "missing" || base === undefined) {
                return { kind: "unusable", reason: secret.kind === "missing" ? secret.reason : "its address is none that begins with https://" };
            }
            const page: Page = { base, headers: { authorization: `OAuth ${secret.value}` }, signal };
            const entries = await entriesOf(page);
            if (entries.kind !== "entries") {
                return entries;
            }
            // The page is public: a test shows that the key opens it, and writes nothing.
            let outcome: Attempt = { kind: looksOnly ? "delivered" : "not-for-it" };
            for (const notice of message.notices) {
                const attempt = await put(page, message, notice, entries.list, componentIds);
                if (attempt.kind !== "delivered" && attempt.kind !== "not-for-it") {
                    return attempt;
                }
                outcome = attempt.kind === "delivered" ? attempt : outcome;
            }
            return outcome;
        },
    };
}

interface Page {
    readonly base: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
}

/** The newest hundred, which an open entry of a rollout is among. */
async function entriesOf({ base, headers, signal }: Page): Promise<{ readonly kind: "entries"; readonly list: readonly Entry[] } | Attempt> {
    const answer = await exchange({ url: new URL("incidents?limit=100", base), method: "GET", headers, signal });
    if (answer.kind === "failed") {
        return answer;
    }
    const failure = failureIn(answer);
    if (failure !== undefined) {
        return failure;
    }
    const list = parsed(z.array(entrySchema), answer.body);
    return list === undefined ? unreadable(answer.body) : { kind: "entries", list };
}

async function put(
    { base, headers, signal }: Page,
    message: Message,
    notice: PublicNotice,
    entries: readonly Entry[],
    componentIds: readonly string[],
): Promise<Attempt> {
    const mark = `${notice.kind} ${message.rollout}`;
    const open = entries.find(({ status, metadata }) => metadata?.rollout?.mark === mark && !overStatuses.includes(status));
    if (open === undefined && (notice.state === "completed" || notice.state === "resolved")) {
        return { kind: "not-for-it" };
    }
    const incident = { ...entryOf(notice, componentIds), metadata: { rollout: { mark } } };
    const answer = await exchange({
        url: new URL(open === undefined ? "incidents" : `incidents/${encodeURIComponent(open.id)}`, base),
        method: open === undefined ? "POST" : "PATCH",
        headers,
        body: JSON.stringify({ incident }),
        signal,
    });
    if (answer.kind === "failed") {
        return answer;
    }
    return failureIn(answer) ?? (parsed(entrySchema, answer.body) === undefined ? unreadable(answer.body) : { kind: "delivered" });
}

function entryOf(notice: PublicNotice, componentIds: readonly string[]): Readonly<Record<string, unknown>> {
    const { title: name, text: body, state } = notice;
    const common = { name, body, status: state.replace("-", "_"), ...(componentIds.length === 0 ? {} : { component_ids: componentIds }) };
    if (notice.kind === "maintenance") {
        return "startsAt" in notice ? { ...common, scheduled_for: notice.startsAt, scheduled_until: notice.endsAt } : common;
    }
    const componentStatus = notice.state === "resolved" ? "operational" : "degraded_performance";
    return { ...common, ...(componentIds.length === 0 ? {} : { components: Object.fromEntries(componentIds.map((id) => [id, componentStatus])) }) };
}

function parsed<T>(schema: z.ZodType<T>, body: string): T | undefined {
    try {
        return schema.safeParse(JSON.parse(body)).data;
    } catch {
        return undefined;
    }
}

function unreadable(body: string): Attempt {
    return { kind: "failed", reason: `not the answer of a status page${excerpt(body)}` };
}

const entrySchema = z.object({
    id: z.string().min(1),
    status: z.string(),
    metadata: z.object({ rollout: z.object({ mark: z.string() }).optional() }).nullish(),
});
type Entry = z.infer<typeof entrySchema>;

const overStatuses: readonly string[] = ["resolved", "postmortem", "completed"];
