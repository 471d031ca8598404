import { createHash } from "node:crypto";

import { beforeEach, describe, expect, it } from "vitest";

import { type ApprovalStore, approvalStore } from "../../../../rollout/consent/live/approval-store.ts";
import { nth } from "../../ledger/arbitraries.ts";
import { MemoryConfigMaps } from "../../kubernetes/memory-config-maps.ts";

const digest = `sha256:${"a".repeat(64)}`;
const given = { role: "tech-lead", identity: "tess@example.com", verified: true, digest } as const;
const overriding = { digest, lifts: ["soak"], reason: "the fix of an outage can't wait", identity: "olga@example.com", verified: true };

let maps: MemoryConfigMaps;
let store: ApprovalStore;

beforeEach(() => {
    maps = new MemoryConfigMaps();
    store = approvalStore({ maps, service: "api" });
});

/** The one object there is, with other content or another time. */
function meddle(change: (text: string) => string, laterMs = 0): void {
    const name = nth(maps.everyName, 0);
    const { labels, data } = maps.remove(name);
    maps.nowMs += laterMs;
    maps.put(name, { labels, data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, change(text)])) });
}

describe("an approval", () => {
    it("begins now, by the API server's clock, and ends by itself", async () => {
        const approval = await store.approve(given, 90);
        expect(approval).toEqual({ ...given, at: "2025-10-26T07:00:00.000Z", expiresAt: "2025-10-26T08:30:00.000Z" });
        expect(await store.read()).toEqual({ approvals: [approval], overrides: [], problems: [], now: "2025-10-26T07:00:00.000Z" });
    });

    it("is an object of its own whose name is the hash of its content", async () => {
        await store.approve(given, 90);
        maps.nowMs += 1_000;
        await store.approve(given, 90);
        expect(maps.everyName).toHaveLength(2);
        expect(maps.everyName.every((name) => /^api-approval-[0-9a-f]{16}$/.test(name))).toBe(true);
    });

    it("given twice within a second is one", async () => {
        expect(await store.approve(given, 90)).toEqual(await store.approve(given, 90));
        expect(maps.everyName).toHaveLength(1);
    });

    it("holds no secret", async () => {
        await expect(store.approve({ ...given, note: "login with password=hunter22" }, 90)).rejects.toThrow(
            "an approval is read by many people, and note holds what looks like a password or token: say it without the value",
        );
        expect(maps.everyName).toEqual([]);
    });

    it("of another service is not seen", async () => {
        await approvalStore({ maps, service: "other" }).approve(given, 90);
        expect((await store.read()).approvals).toEqual([]);
    });
});

describe("an override", () => {
    it("is kept in the same way", async () => {
        const override = await store.override(overriding, 60);
        expect(override).toEqual({ ...overriding, at: "2025-10-26T07:00:00.000Z", expiresAt: "2025-10-26T08:00:00.000Z" });
        expect(await store.read()).toMatchObject({ approvals: [], overrides: [override], problems: [] });
        expect(nth(maps.everyName, 0)).toMatch(/^api-override-[0-9a-f]{16}$/);
    });
});

describe("a consent that was meddled with counts for nothing, and is reported", () => {
    it.each([
        {
            what: "other content under the same name",
            meddled: () => {
                meddle((text) => text.replace("tess@example.com", "mallory@example.com"));
            },
            problem: "its name is not the hash of its content, so it was not written by this program",
        },
        {
            what: "the same content, made again later",
            meddled: () => {
                meddle((text) => text, 61_000);
            },
            problem: "it says 2025-10-26T07:00:00.000Z, and was made at 2025-10-26T07:01:01.000Z",
        },
        {
            what: "no content",
            meddled: () => {
                const { labels } = maps.remove(nth(maps.everyName, 0));
                maps.put("api-approval-0000000000000000", { labels, data: {} });
            },
            problem: "it holds neither an approval nor an override",
        },
    ])("$what", async ({ meddled, problem }) => {
        await store.approve(given, 90);
        meddled();
        const { approvals, problems } = await store.read();
        expect(approvals).toEqual([]);
        expect(problems).toEqual([`ConfigMap ${nth(maps.everyName, 0)} counts for nothing: ${problem}`]);
    });

    it.each([
        { what: "something else", text: '{"role":"tech-lead"}' },
        {
            what: "an approval in another form",
            text: `{ "role": "tech-lead", "identity": "tess", "verified": true, "digest": "${digest}", "at": "2025-10-26T07:00:00.000Z", "expiresAt": "2025-10-26T08:00:00.000Z" }`,
        },
        { what: "no JSON", text: "yes" },
    ])("$what under a name that fits", async ({ text }) => {
        const name = `api-approval-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
        maps.put(name, { labels: { "app.kubernetes.io/name": "api", "app.kubernetes.io/component": "approval" }, data: { approval: text } });
        expect((await store.read()).problems).toEqual([`ConfigMap ${name} counts for nothing: it is no approval of this program`]);
    });
});
