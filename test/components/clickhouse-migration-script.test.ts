import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { migrationFiles } from "../../components/clickhouse/migrations.ts";

// The real script runs in a real shell, with a stand-in for clickhouse-client: it writes down what it was asked, and answers with the checksum in a file.

const migrations = [
    { version: "001-first", sql: "CREATE TABLE IF NOT EXISTS first;\n" },
    { version: "002-second", sql: "CREATE TABLE IF NOT EXISTS second;\n" },
];

let root: string;

beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "migration-script-"));
    for (const [file, text] of Object.entries(migrationFiles("events", migrations))) {
        writeFileSync(join(root, file), text.replaceAll("/migrations/", `${root}/`));
    }
    writeFileSync(
        join(root, "clickhouse-client"),
        `#!/bin/sh
for last in "$@"; do :; done
case "$*" in
    *--multiquery*) cat >> ${root}/log ;;
    *"SELECT checksum"*) version="$(echo "$last" | sed "s/.*version = '\\([^']*\\)'.*/\\1/")"; cat "${root}/$version.checksum" 2> /dev/null || true ;;
    *"INSERT INTO"*) echo "recorded: $last" >> ${root}/log ;;
esac
`,
    );
    chmodSync(join(root, "clickhouse-client"), 0o755);
});

afterEach(() => {
    rmSync(root, { recursive: true });
});

function migrate(): { readonly exitCode: number | null; readonly printed: string; readonly log: string } {
    const { status, stdout, stderr } = spawnSync("sh", [join(root, "migrate.sh")], { env: { PATH: `${root}:${process.env.PATH ?? ""}` }, encoding: "utf8" });
    return { exitCode: status, printed: stdout + stderr, log: readFileSync(join(root, "log"), "utf8") };
}

/** Makes the ledger say that `version` was applied as it is now, or with `checksum`. */
function applied(version: string, checksum?: string): void {
    const [now] = spawnSync("sha256sum", [join(root, `${version}.sql`)], { encoding: "utf8" }).stdout.split(" ");
    writeFileSync(join(root, `${version}.checksum`), `${checksum ?? now ?? ""}\n`);
}

describe("the migration script", () => {
    it("applies what is missing, in order, and records each", () => {
        const { exitCode, log } = migrate();
        expect(exitCode).toBe(0);
        expect(log).toMatch(
            /schema_migrations[^]*TABLE IF NOT EXISTS first[^]*recorded: .*'001-first'[^]*TABLE IF NOT EXISTS second[^]*recorded: .*'002-second'/,
        );
    });

    it("skips what was applied", () => {
        applied("001-first");
        const { exitCode, printed, log } = migrate();
        expect(exitCode).toBe(0);
        expect(printed).toContain("001-first: already applied\n002-second: applying");
        expect(log).not.toContain("EXISTS first");
    });

    it("refuses a migration that was edited after it was applied, and goes no further", () => {
        applied("001-first", "0".repeat(64));
        const { exitCode, printed, log } = migrate();
        expect(exitCode).toBe(1);
        expect(printed).toContain("001-first: applied with the checksum 000");
        expect(printed).toContain("write the change as a new migration");
        expect(log).not.toContain("EXISTS second");
    });
});
