import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { defined } from "../../../../rollout/defined.ts";
import { ledgerFile, ledgerFilePath } from "../../../../rollout/ledger/live/file.ts";
import { ledgerStore } from "../../../../rollout/ledger/live/store.ts";
import type { LedgerDraft } from "../../../../rollout/ledger/ledger-record.ts";
import { draftOf, evidence, nth } from "../arbitraries.ts";
import { MemoryConfigMaps } from "../../kubernetes/memory-config-maps.ts";

const note = draftOf("note");
const said = (text: string): LedgerDraft => ({ ...note, text });

let maps: MemoryConfigMaps;
let folder: string;

beforeEach(async () => {
    maps = new MemoryConfigMaps();
    folder = await mkdtemp(join(tmpdir(), "ledger-"));
});
afterEach(async () => {
    await rm(folder, { recursive: true });
});

const copyAt = () => ledgerFile(ledgerFilePath(folder, "prod"));
const storeWith = (copy?: ReturnType<typeof ledgerFile>) => ledgerStore({ maps, service: "api", timeoutMs: 50, ...defined({ copy }) });

/** Appends records with these texts, a second apart. */
async function write(store: ReturnType<typeof storeWith>, ...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
        await store.append(said(text));
        maps.nowMs += 1_000;
    }
}

async function textsOf(store: ReturnType<typeof storeWith>): Promise<readonly string[]> {
    return (await store.read()).records.map(({ text }) => text);
}

describe("a ledger in the cluster", () => {
    it("is one immutable object for each record, with its place in the name and the API server's time in it", async () => {
        const { record } = await storeWith().append(said("first"));
        expect(maps.everyName).toEqual(["api-ledger-000001"]);
        expect(record).toMatchObject({ sequence: 1, at: "2025-10-26T07:00:00.000Z", text: "first" });
        expect(await maps.find("api-ledger-000001")).toMatchObject({ immutable: true });
    });

    it("is read back whole, and by a machine that has never seen it", async () => {
        await write(storeWith(copyAt()), "first", "second", "third");
        const other = storeWith(ledgerFile(join(folder, "elsewhere", "copy.jsonl")));
        expect(await other.read()).toMatchObject({ intact: true, head: { sequence: 3 } });
        expect(await textsOf(other)).toEqual(["first", "second", "third"]);
    });

    it("leaves other services' records alone, also those of a service whose name begins the same", async () => {
        await write(ledgerStore({ maps, service: "api-ledger" }), "another's");
        await write(storeWith(), "ours");
        expect(maps.everyName).toEqual(["api-ledger-000001", "api-ledger-ledger-000001"]);
        expect(await textsOf(storeWith())).toEqual(["ours"]);
    });

    it("goes on beyond a million records", async () => {
        await write(storeWith(), "first");
        const { labels, data } = maps.remove("api-ledger-000001");
        maps.put("api-ledger-1000000", { labels, data });
        expect((await storeWith().append(said("next"))).record.sequence).toBe(1_000_001);
    });

    it("trims evidence that does not fit into an object, and says so", async () => {
        const samples = Array.from({ length: 40_000 }, (_, atSeconds) => ({ atSeconds, bytes: 2 ** 28 }));
        const large = { ...evidence, stable: { ...evidence.stable, memory: { kind: "observed" as const, value: [{ pod: "a", samples }] } } };
        const { record } = await storeWith().append({ ...draftOf("watch"), kind: "watch", evidence: { kind: "whole", evidence: large } });
        expect(record).toMatchObject({ kind: "watch", evidence: { kind: "trimmed" } });
        expect((await storeWith().read()).intact).toBe(true);
    });
});

describe("two writers", () => {
    it("never fork the ledger: whoever comes second goes behind the first", async () => {
        await write(storeWith(), "first");
        // All of them read the same head before any of them writes.
        const written = await Promise.all(["a", "b", "c", "d"].map(async (text) => storeWith().append(said(text))));
        expect(written.map(({ record }) => record.sequence).toSorted()).toEqual([2, 3, 4, 5]);
        const { intact, records } = await storeWith().read();
        expect(intact).toBe(true);
        expect(records.map(({ text }) => text).toSorted()).toEqual(["a", "b", "c", "d", "first"]);
    });

    it("come to an end when one of them is always faster", async () => {
        let others = 0;
        maps.beforeCreate = (name) => {
            others += 1;
            maps.put(name, {
                labels: { "app.kubernetes.io/name": "api", "app.kubernetes.io/component": "ledger" },
                data: { record: `{"hash":"sha256:${"0".repeat(64)}"}` },
            });
        };
        // Time for a second try on a machine that does other things too.
        const store = ledgerStore({ maps, service: "api", timeoutMs: 1_000 });
        await expect(store.append(note)).rejects.toThrow("others kept on writing to the ledger for 1000 ms: try again");
        expect(others).toBeGreaterThan(1);
    });
});

describe("a writer whose answer gets lost", () => {
    it("finds its record, and writes no second one", async () => {
        maps.afterCreate = () => {
            throw new Error("the API server gave no answer within 5000 ms");
        };
        expect((await storeWith().append(said("once"))).record).toMatchObject({ sequence: 1, text: "once" });
        expect(await textsOf(storeWith())).toEqual(["once"]);
    });

    it("fails when the record is not there", async () => {
        maps.beforeCreate = () => {
            throw new Error("the API server gave no answer within 5000 ms");
        };
        await expect(storeWith().append(note)).rejects.toThrow("the API server gave no answer within 5000 ms");
        expect(maps.everyName).toEqual([]);
    });
});

describe("tampering in the cluster", () => {
    const name = (sequence: number) => `api-ledger-00000${String(sequence)}`;

    it("by deleting a record is found", async () => {
        await write(storeWith(), "1", "2", "3");
        maps.remove(name(2));
        expect((await storeWith().read()).findings).toMatchObject([{ kind: "missing", sequence: 2 }]);
    });

    it("by deleting a record and making it again with other content is found", async () => {
        await write(storeWith(), "1", "innocent", "3");
        const { labels, data } = maps.remove(name(2));
        maps.put(name(2), { labels, data: { record: (data.record ?? "").replace("innocent", "guilty") } });
        expect((await storeWith().read()).findings).toMatchObject([{ kind: "changed", sequence: 2 }]);
    });

    it("by making a record again later is found, although its content is the same", async () => {
        await write(storeWith(), "1", "2", "3");
        const removed = maps.remove(name(2));
        maps.nowMs += 3_600_000;
        maps.put(name(2), removed);
        expect((await storeWith().read()).findings).toMatchObject([{ kind: "written-later", sequence: 2 }]);
    });

    it("by taking a record's labels away is found, and does not stop the next writer", async () => {
        await write(storeWith(), "1", "2");
        const { data } = maps.remove(name(2));
        maps.put(name(2), { labels: {}, data });
        expect((await storeWith().append(said("3"))).record.sequence).toBe(3);
        expect((await storeWith().read()).findings).toMatchObject([{ kind: "missing", sequence: 2 }]);
    });

    it("by adding an object of another name is found", async () => {
        await write(storeWith(), "1");
        const { labels, data } = maps.remove(name(1));
        maps.put(name(1), { labels, data });
        maps.put("api-ledger-zero", { labels, data });
        expect(await storeWith().read()).toMatchObject({
            intact: false,
            findings: [{ kind: "unreadable", text: "ConfigMap api-ledger-zero has the labels of a record, and no record's name" }],
        });
    });

    it("with the newest record leaves a readable hash or stops the ledger, and says where", async () => {
        await write(storeWith(), "1");
        const { labels } = maps.remove(name(1));
        maps.put(name(1), { labels, data: {} });
        await expect(storeWith().append(note)).rejects.toThrow(
            "record 1 has no readable hash, so no record can follow it: look at ConfigMap api-ledger-000001",
        );
    });

    it("with the end is found by the local copy, or by a head that somebody noted", async () => {
        const store = storeWith(copyAt());
        await write(store, "1", "2", "3");
        const { head } = await store.read();
        maps.remove(name(3));
        expect((await storeWith().read()).intact).toBe(true);
        expect((await store.read()).findings).toMatchObject([{ kind: "cut-off", sequence: 3 }]);
        expect((await storeWith().read(head)).findings).toMatchObject([{ kind: "cut-off", sequence: 3 }]);
    });

    it("is told at the next append too, where there is a local copy", async () => {
        const store = storeWith(copyAt());
        await write(store, "1", "2", "3");
        maps.remove(name(3));
        maps.remove(name(2));
        const { warnings } = await store.append(said("other"));
        expect(warnings).toEqual([`the local copy ${copyAt().path} had record 3, and the cluster's ledger now ends at 2`]);
        expect((await store.read()).findings.map(({ kind, sequence }) => `${kind} ${String(sequence)}`)).toEqual(["changed 2", "cut-off 3"]);
    });
});

describe("the local copy", () => {
    it("holds every record that was written or read here, each once", async () => {
        await write(storeWith(), "before");
        const store = storeWith(copyAt());
        await store.read();
        await write(store, "after");
        await store.read();
        const lines = (await readFile(copyAt().path, "utf8")).trimEnd().split("\n");
        expect(lines.map((line) => nth(/"text":"(\w+)"/.exec(line) ?? [], 1))).toEqual(["before", "after"]);
    });

    it("takes no records from a ledger that is not intact", async () => {
        await write(storeWith(), "1", "2", "3");
        maps.remove("api-ledger-000002");
        await storeWith(copyAt()).read();
        expect(await copyAt().heads()).toEqual([]);
    });

    it("that can't be written is a warning", async () => {
        await writeFile(join(folder, ".rollout"), "a file where the folder should be");
        const { record, warnings } = await storeWith(copyAt()).append(note);
        expect(record.sequence).toBe(1);
        expect(warnings).toEqual([expect.stringMatching(/^the local copy .*prod\.jsonl can't be written: /)]);
    });

    it("that ends in half a line is still a copy, and goes on on a line of its own", async () => {
        const store = storeWith(copyAt());
        await write(store, "1", "2");
        const text = await readFile(copyAt().path, "utf8");
        await writeFile(copyAt().path, text.slice(0, -20));
        expect(await copyAt().heads()).toHaveLength(1);
        await write(store, "3");
        expect((await copyAt().heads()).map(({ sequence }) => sequence)).toEqual([1, 3]);
    });
});
