import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { clickhouseBackupScripts } from "../../components/clickhouse/backup-scripts.ts";

// The real scripts run in a real shell, with stand-ins for the client and for `clickhouse local`: a dump is a file with one line a row. That ClickHouse itself takes the queries was
// tried with its engine, not by these tests.

let root: string;

beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "clickhouse-backup-"));
    for (const folder of ["bin", "credentials", "dumps", "scratch", "table"]) {
        mkdirSync(join(root, folder));
    }
    program(
        "clickhouse-client",
        `for last in "$@"; do :; done
day="$(echo "$last" | sed "s/.*= '\\([0-9-]*\\)'.*/\\1/")"
case "$last" in
    *OUTFILE*) file="$(echo "$last" | sed "s/.*OUTFILE '\\([^']*\\)'.*/\\1/")"; cat "${root}/table/$day" > "$file" 2> /dev/null || : > "$file" ;;
    *count*) if [ -e "${root}/table/$day" ]; then wc -l < "${root}/table/$day"; else echo 0; fi ;;
esac`,
    );
    program(
        "clickhouse",
        `for last in "$@"; do :; done
file="$(echo "$last" | sed "s/.*file('\\([^']*\\)'.*/\\1/")"
[ -s "$file" ] || { echo 'no structure' >&2; exit 1; }
wc -l < "$file"`,
    );
});

afterEach(() => {
    rmSync(root, { recursive: true });
});

function program(name: string, body: string): void {
    const file = join(root, "bin", name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
}

function run(script: "dump.sh" | "restore-check.sh"): { readonly exitCode: number | null; readonly printed: string } {
    const env = {
        PATH: `${root}/bin:${process.env.PATH ?? ""}`,
        CREDENTIALS: join(root, "credentials"),
        DUMPS: join(root, "dumps"),
        SCRATCH: join(root, "scratch"),
        DATABASE: "shelf",
        TABLE: "events",
        RETENTION_DAYS: "3",
        MAXIMUM_AGE_DAYS: "2",
    };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", clickhouseBackupScripts[script] ?? ""], { env, encoding: "utf8" });
    return { exitCode: status, printed: stdout + stderr };
}

/** The day so many days ago, in UTC: `2026-01-31`. */
const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const dumpOf = (ago: number): string => `events-${day(ago)}.native.zst`;
const received = (ago: number, rows: number): void => {
    writeFileSync(join(root, "table", day(ago)), "row\n".repeat(rows));
};
const dumps = (): readonly string[] => readdirSync(join(root, "dumps")).sort();

describe("the dump", () => {
    it("writes every whole day that is missing, with its number of rows, and not today", () => {
        [0, 1, 2, 3, 4].forEach((ago) => {
            received(ago, ago + 1);
        });
        expect(run("dump.sh")).toMatchObject({ exitCode: 0 });
        expect(dumps()).toEqual([3, 2, 1].flatMap((ago) => [dumpOf(ago), `${dumpOf(ago)}.rows`]));
        expect(readFileSync(join(root, "dumps", `${dumpOf(1)}.rows`), "utf8").trim()).toBe("2");
    });

    it("leaves a day alone that is there, and dumps one without rows", () => {
        writeFileSync(join(root, "dumps", dumpOf(1)), "as it was\n");
        received(1, 9);
        expect(run("dump.sh")).toMatchObject({ exitCode: 0 });
        expect(readFileSync(join(root, "dumps", dumpOf(1)), "utf8")).toBe("as it was\n");
        expect(readFileSync(join(root, "dumps", `${dumpOf(2)}.rows`), "utf8").trim()).toBe("0");
    });

    it("fails when a dump has another number of rows than the table, and gives it no name", () => {
        received(3, 5);
        program("clickhouse", "echo 4");
        const { exitCode, printed } = run("dump.sh");
        expect(exitCode).toBe(1);
        expect(printed).toContain(`the dump of ${day(3)} has 4 rows, the table 5`);
        expect(existsSync(join(root, "dumps", dumpOf(3)))).toBe(false);
    });

    it("fails when the table can't be read, and removes nothing", () => {
        writeFileSync(join(root, "dumps", dumpOf(9)), "old\n");
        program("clickhouse-client", "exit 1");
        expect(run("dump.sh").exitCode).not.toBe(0);
        expect(dumps()).toEqual([dumpOf(9)]);
    });

    it("removes days that the table has forgotten, and what a dump that was cut off left", () => {
        for (const file of [dumpOf(4), `${dumpOf(4)}.rows`, `.events-${day(1)}.partial`]) {
            writeFileSync(join(root, "dumps", file), "old\n");
        }
        expect(run("dump.sh")).toMatchObject({ exitCode: 0 });
        expect(dumps()).toEqual([3, 2, 1].flatMap((ago) => [dumpOf(ago), `${dumpOf(ago)}.rows`]));
    });
});

describe("the restore check", () => {
    const dumped = (ago: number, rows: number, counted = rows): void => {
        writeFileSync(join(root, "dumps", dumpOf(ago)), "row\n".repeat(rows));
        writeFileSync(join(root, "dumps", `${dumpOf(ago)}.rows`), `${String(counted)}\n`);
    };

    it("restores the newest dump that has rows", () => {
        dumped(1, 0);
        dumped(2, 7);
        dumped(3, 5);
        const { exitCode, printed } = run("restore-check.sh");
        expect(printed).toContain(`restored 7 rows from ${join(root, "dumps", dumpOf(2))}`);
        expect(exitCode).toBe(0);
    });

    it.each([
        { what: "there is none", make: () => undefined, says: "there is no dump of events" },
        {
            what: "the newest is too old",
            make: () => {
                dumped(3, 5);
            },
            says: "is of a day more than 2 days ago",
        },
        {
            what: "none has a row",
            make: () => {
                dumped(1, 0);
            },
            says: "no dump of events has a row",
        },
        {
            what: "rows are missing",
            make: () => {
                dumped(1, 4, 5);
            },
            says: "4 of 5 rows were restored",
        },
    ])("fails when $what", ({ make, says }) => {
        make();
        const { exitCode, printed } = run("restore-check.sh");
        expect(exitCode).toBe(1);
        expect(printed).toContain(says);
    });
});
