import { describe, expect, it } from "vitest";
import { z } from "zod";

import { type DeliveryLimits, deliver } from "../../../../../rollout/announce/live/notifiers/delivery.ts";
import type { Notifier } from "../../../../../rollout/announce/live/notifiers/notifier.ts";
import { statusPage } from "../../../../../rollout/announce/live/notifiers/status-page.ts";
import type { Message, PublicNotice } from "../../../../../rollout/announce/message.ts";
import { defined } from "../../../../../rollout/defined.ts";
import { type Received, type Reply, answering, message, receiver } from "./receiver.ts";

const limits: DeliveryLimits = { attempts: 3, attemptMs: 1_000, totalMs: 20_000, pauseMs: 1 };

interface Entry {
    readonly id: string;
    status: string;
    readonly metadata: unknown;
    readonly asked: Record<string, unknown>[];
}

/** A page with Statuspage's API, as far as it is used. */
class Page {
    readonly entries: Entry[] = [];
    readonly requests: string[] = [];
    /** Said in place of the answer to the request with this number, from 0; what was asked for is done all the same. */
    instead: (index: number) => Reply | undefined = () => undefined;

    async at(): Promise<string> {
        const { url } = await answering((request, index) => {
            const answer = this.#answer(request);
            return this.instead(index) ?? answer;
        });
        return url;
    }

    #answer({ method, path, headers, body }: Received): Reply {
        this.requests.push(`${method} ${path}`);
        if (headers.authorization !== "OAuth page-key-1") {
            return { status: 401, body: '{"error":"Could not authenticate"}' };
        }
        if (method === "GET") {
            return { status: 200, body: JSON.stringify([{ id: "someone-elses", status: "investigating", metadata: {} }, ...this.entries]) };
        }
        const { incident } = z.object({ incident: z.record(z.string(), z.unknown()) }).parse(JSON.parse(body));
        const known = this.entries.find(({ id }) => path.endsWith(`/incidents/${id}`));
        const entry = known ?? { id: `entry-${String(this.entries.length + 1)}`, status: "", metadata: incident.metadata, asked: [] };
        entry.status = String(incident.status);
        entry.asked.push(incident);
        if (known === undefined) {
            this.entries.push(entry);
        }
        return { status: known === undefined ? 201 : 200, body: JSON.stringify(entry) };
    }
}

function pageAt(baseUrl: string, componentIds?: readonly string[]): Notifier {
    return statusPage({
        baseUrl,
        pageId: "page1",
        key: () => Promise.resolve({ kind: "read", value: "page-key-1" }),
        ...defined({ componentIds }),
    });
}

const times = { startsAt: "2026-02-01T09:00:00.000Z", endsAt: "2026-02-01T12:15:00.000Z" };
const words = { title: "New version of video-ranking", text: "We expect no interruption." };
const scheduled: PublicNotice = { kind: "maintenance", state: "scheduled", ...words, ...times };
const inProgress: PublicNotice = { kind: "maintenance", state: "in-progress", ...words, ...times };
const completed: PublicNotice = { kind: "maintenance", state: "completed", ...words };
const investigating: PublicNotice = { kind: "incident", state: "investigating", ...words };
const resolved: PublicNotice = { kind: "incident", state: "resolved", ...words };

function saying(...notices: readonly PublicNotice[]): Message {
    return { ...message, notices };
}

describe("the status page", () => {
    it("has one maintenance from the notice to the end of a rollout", async () => {
        const page = new Page();
        const notifier = pageAt(await page.at());
        for (const notice of [scheduled, inProgress, completed]) {
            expect(await deliver(notifier, saying(notice), limits)).toMatchObject({ kind: "delivered", notifier: "status-page" });
        }
        expect(page.entries).toHaveLength(1);
        expect(page.entries[0]?.asked).toMatchObject([
            { name: words.title, body: words.text, status: "scheduled", scheduled_for: times.startsAt, scheduled_until: times.endsAt },
            { status: "in_progress" },
            { status: "completed" },
        ]);
        expect(page.requests).toContain("PATCH /pages/page1/incidents/entry-1");
    });

    it("has an incident of its own beside the maintenance, and both end with the rollback", async () => {
        const page = new Page();
        const notifier = pageAt(await page.at());
        await deliver(notifier, saying(inProgress), limits);
        await deliver(notifier, saying(investigating), limits);
        expect(page.entries.map(({ status }) => status)).toEqual(["in_progress", "investigating"]);
        expect(await deliver(notifier, saying(resolved, completed), limits)).toMatchObject({ kind: "delivered" });
        expect(page.entries.map(({ status }) => status)).toEqual(["completed", "resolved"]);
    });

    it("shows the components that are affected, and that they work again", async () => {
        const page = new Page();
        const notifier = pageAt(await page.at(), ["feed"]);
        await deliver(notifier, saying(investigating), limits);
        await deliver(notifier, saying(resolved), limits);
        expect(page.entries[0]?.asked).toMatchObject([
            { component_ids: ["feed"], components: { feed: "degraded_performance" } },
            { component_ids: ["feed"], components: { feed: "operational" } },
        ]);
    });

    it("gets a new entry for the next rollout, and for the next problem of this one", async () => {
        const page = new Page();
        const notifier = pageAt(await page.at());
        await deliver(notifier, saying(investigating), limits);
        await deliver(notifier, { ...saying(investigating), rollout: `sha256:${"3".repeat(64)}` }, limits);
        await deliver(notifier, saying(resolved), limits);
        await deliver(notifier, saying(investigating), limits);
        expect(page.entries.map(({ status }) => status)).toEqual(["resolved", "investigating", "investigating"]);
    });

    it.each([
        { what: "a message without a notice", notices: [] },
        { what: "the end of what never began", notices: [resolved, completed] },
    ])("is told nothing by $what", async ({ notices }) => {
        const page = new Page();
        expect(await deliver(pageAt(await page.at()), saying(...notices), limits)).toEqual({ kind: "not-for-it", notifier: "status-page" });
        expect(page.entries).toEqual([]);
    });

    it.each([
        { what: "an answer that is late", reply: "hang" },
        { what: "status 500", reply: { status: 500 } },
        { what: "status 420, its word for too many requests", reply: { status: 420 } },
        { what: "an answer that is none", reply: { status: 200, body: "<html>" } },
    ] as const)("gets no second entry after $what to the one that made it", async ({ reply }) => {
        const page = new Page();
        page.instead = (index) => (index === 1 ? reply : undefined);
        expect(await deliver(pageAt(await page.at()), saying(investigating), limits)).toMatchObject({ kind: "delivered", attempts: 2 });
        expect(page.entries).toHaveLength(1);
        expect(page.requests.map((request) => request.split(" ")[0])).toEqual(["GET", "POST", "GET", "PATCH"]);
    });

    it.each([
        { what: "refuses the key", reply: { status: 401, body: "no" }, attempts: 1, reason: "status 401: no" },
        {
            what: "answers a list of something else",
            reply: { status: 200, body: '[{"a":1}]' },
            attempts: 3,
            reason: 'not the answer of a status page: [{"a":1}]',
        },
        { what: "answers nothing", reply: "hang", attempts: 3, reason: "no answer in time" },
        { what: "fails", reply: { status: 503 }, attempts: 3, reason: "status 503" },
    ] as const)("is given up where it $what", async ({ reply, attempts, reason }) => {
        const { url } = await receiver(reply);
        const short = reply === "hang" ? { ...limits, attemptMs: 100 } : limits;
        expect(await deliver(pageAt(url), saying(investigating), short)).toEqual({ kind: "undelivered", notifier: "status-page", attempts, reason });
    });
});
