import { statfs } from "node:fs/promises";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { finalExitCode } from "../../components/backup/failure.ts";
import { ensureTools } from "../../lab/toolchain/ensure.ts";
import { BackupTrial, type Ended } from "./backup-trial.ts";

const trial = new BackupTrial();
const mebibyte = 1024 * 1024;
/** A dump of this database takes between 2 and 4 MiB: nothing of it can be compressed. */
const database = `
grant usage on schema public to reader; alter default privileges in schema public grant select on tables to reader;
create table event as select id, sha256(random()::text::bytea) as word from generate_series(1, 70000) id; grant select on event to reader;
`;

function lastLine({ all }: Ended): string {
    return all.trimEnd().split("\n").at(-1) ?? "";
}

/** Size of a dump, from the line that says it was written. */
function sizeOf({ all }: Ended): number {
    return Number(/\.dump: (\d+) bytes/.exec(all)?.[1] ?? expect.fail(all));
}

beforeAll(async () => {
    await ensureTools(["postgres"]);
    await trial.start(database);
});
beforeEach(() => trial.empty());
afterAll(() => trial.end());

describe("old dumps", () => {
    it("go by age before the next dump, with their records; the newest good one stays however old it is", async () => {
        await trial.pretend("20200101", { days: 30 });
        await trial.pretend("20200102", { days: 16 });
        await trial.pretend("20200103", { days: 15 });
        const failed = await trial.dump({ PGDATABASE: "shop", PGHOST: "/nowhere" });
        expect(failed.exitCode).not.toBe(0);
        expect(await trial.files()).toEqual(["shop-20200103T000000Z.dump", "shop-20200103T000000Z.tables"]);
    });

    it("stay while they are young and there is room", async () => {
        await trial.pretend("20200101", { days: 13, bytes: 10 });
        await trial.pretend("20200102", { days: 12, bytes: 10 });
        expect((await trial.dump()).exitCode).toBe(0);
        expect(await trial.dumps()).toHaveLength(3);
    });

    it.each([
        { what: "was cut off", good: false },
        { what: "is older than the limit too", good: false, days: 20 },
    ])("keep the newest good one when a newer one $what", async ({ good, days = 0 }) => {
        await trial.pretend("20200101", { days: 30 });
        await trial.pretend("20200102", { days: 25 });
        await trial.pretend("20200103", { days, good, bytes: 5 });
        await trial.dump({ PGHOST: "/nowhere" });
        expect(await trial.dumps()).toEqual(["shop-20200102T000000Z.dump", ...(days === 0 ? ["shop-20200103T000000Z.dump"] : [])]);
    });

    it("of a version that wrote no records keep the newest of all", async () => {
        await trial.give(trial.inside("dumps/shop-20200101T000000Z.dump"), "x");
        await trial.give(trial.inside("dumps/shop-20200102T000000Z.dump"), "x");
        await trial.age(trial.inside("dumps/shop-20200101T000000Z.dump"), 20);
        await trial.age(trial.inside("dumps/shop-20200102T000000Z.dump"), 20);
        await trial.dump({ PGHOST: "/nowhere" });
        expect(await trial.dumps()).toEqual(["shop-20200102T000000Z.dump"]);
    });
});

// Only root may mount a small file system.
describe.skipIf(process.getuid?.() !== 0)("a small volume", () => {
    it("never fills up, however many nights pass: the oldest dumps go while there is still room", async () => {
        const size = sizeOf(await trial.dump());
        await trial.empty();
        // Room for three dumps and a half.
        await trial.mount("dumps", `size=${String(Math.ceil(size * 3.5))}`);
        const days = ["20200101", "20200102", "20200103", "20200104", "20200105"];
        for (const [night, day] of days.entries()) {
            const dumped = await trial.dump();
            expect(dumped.exitCode, `night ${String(night)}: ${dumped.all}`).toBe(0);
            // As if it was of another night: the next dump's name differs.
            await trial.rename(await trial.newest(), day);
        }
        expect(await trial.dumps()).toEqual(["shop-20200104T000000Z.dump", "shop-20200105T000000Z.dump"]);
        expect((await trial.files()).filter((name) => name.endsWith(".tables"))).toHaveLength(2);
        const restored = await trial.restore();
        expect(restored.all).toMatch(/1 tables with 70000 rows, all as they were dumped/);
    });

    it("refuses a dump that would not fit beside the newest good one, which stays", async () => {
        await trial.mount("dumps", "size=4m");
        await trial.pretend("20200101", { bytes: mebibyte });
        await trial.pretend("20200102", { bytes: 2 * mebibyte });
        const failed = await trial.dump();
        expect(failed.exitCode).toBe(finalExitCode);
        expect(lastLine(failed)).toMatch(/has no room: 2 MiB are free and the next dump may need 3 MiB, .*: enlarge stores\.postgres\.backupVolumeSize$/);
        expect(await trial.files()).toEqual(["shop-20200102T000000Z.dump", "shop-20200102T000000Z.tables"]);
    });

    it.each<{ readonly what: string; readonly options: string; readonly fill?: number }>([
        { what: "is smaller than the first dump", options: "size=1m" },
        { what: "is filled by something else", options: "size=8m", fill: 7 * mebibyte },
        { what: "is full to the last byte", options: "size=1m", fill: mebibyte },
        { what: "has no room for another file", options: "size=8m,nr_inodes=1" },
        { what: "has room for the dump and not for its record", options: "size=8m,nr_inodes=2" },
    ])("ends with one message when it $what, and leaves nothing half-written", async ({ options, fill }) => {
        await trial.mount("dumps", options);
        if (fill !== undefined) {
            await trial.give(trial.inside("dumps/else"), "x".repeat(fill));
        }
        const failed = await trial.dump();
        expect(failed.exitCode, failed.all).toBe(finalExitCode);
        expect(lastLine(failed)).toMatch(
            /^the volume of the dumps, .*, is full \(\d+ MiB are free\): enlarge stores\.postgres\.backupVolumeSize, or lower retentionDays \(now 14\)$/,
        );
        expect(failed.all.split("\n").filter((line) => !line.startsWith("dumping "))).toHaveLength(1);
        expect((await trial.files()).filter((name) => name !== "else")).toEqual([]);
        const { bavail, blocks } = await statfs(trial.inside("dumps"));
        expect(fill !== undefined || bavail === blocks).toBe(true);
    });

    it.each([
        { what: "the scratch server", options: "size=20m" },
        { what: "the restored rows", options: "size=42m" },
    ])("ends the restore check with one message when the scratch volume has no room for $what", async ({ options }) => {
        expect((await trial.dump()).exitCode).toBe(0);
        await trial.mount("scratch", options);
        const failed = await trial.restore();
        expect(failed.exitCode, failed.all).toBe(finalExitCode);
        expect(lastLine(failed)).toMatch(/^the scratch volume, .*, is too small to restore .*: set restoreScratchSize/);
    });
});
