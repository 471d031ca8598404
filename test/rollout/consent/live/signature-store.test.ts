import { beforeEach, describe, expect, it } from "vitest";

import { approvalStore } from "../../../../rollout/consent/live/approval-store.ts";
import { type SignatureStore, signatureStore } from "../../../../rollout/consent/live/signature-store.ts";
import { nth } from "../../ledger/arbitraries.ts";
import { MemoryConfigMaps } from "../../kubernetes/memory-config-maps.ts";

const given = { box: "team-trained", role: "operations-lead", identity: "olga", verified: true, digest: `sha256:${"a".repeat(64)}` } as const;

let maps: MemoryConfigMaps;
let store: SignatureStore;

beforeEach(() => {
    maps = new MemoryConfigMaps();
    store = signatureStore({ maps, service: "api" });
});

describe("a signature on a box", () => {
    it("begins now, ends by itself, and is read back", async () => {
        const signature = await store.sign({ ...given, link: "https://wiki.example.com/x" }, 60);
        expect(signature).toMatchObject({ at: "2025-10-26T07:00:00.000Z", expiresAt: "2025-10-26T08:00:00.000Z", link: "https://wiki.example.com/x" });
        expect(await store.read()).toEqual({ signatures: [signature], problems: [], now: "2025-10-26T07:00:00.000Z" });
    });

    it("is no approval of a step", async () => {
        await store.sign(given, 60);
        expect(await approvalStore({ maps, service: "api" }).read()).toMatchObject({ approvals: [], overrides: [], problems: [] });
    });

    it.each([
        ["was changed", (text: string) => text.replace("olga", "ann"), 0, /not the hash of its content/],
        ["was dated back", (text: string) => text, 120_000, /it says .*, and was made at/],
    ] as const)("that %s counts for nothing, and is named", async (_, change, laterMs, problem) => {
        await store.sign(given, 60);
        const name = nth(maps.everyName, 0);
        const { labels, data } = maps.remove(name);
        maps.nowMs += laterMs;
        maps.put(name, { labels, data: { signature: change(data.signature ?? "") } });
        const read = await store.read();
        expect(read.signatures).toEqual([]);
        expect(read.problems).toEqual([expect.stringMatching(problem)]);
    });

    it("takes no secret", async () => {
        await expect(store.sign({ ...given, note: "password=hunter2hunter2" }, 60)).rejects.toThrow("looks like a password");
        expect(maps.everyName).toEqual([]);
    });
});
