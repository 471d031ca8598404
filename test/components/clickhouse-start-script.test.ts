import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { startScript } from "../../components/clickhouse/start-script.ts";

// The real script runs in a real shell, with a stand-in for ClickHouse that ends with 7 when it is asked to, and with 0 once it is told that nobody will ask.

let root: string;

beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "clickhouse-start-"));
    mkdirSync(join(root, "tls"));
    for (const file of ["tls.crt", "tls.key", "ca.crt"]) {
        writeFileSync(join(root, "tls", file), "first");
    }
    for (const program of ["clickhouse-server", "clickhouse-keeper"]) {
        const body = `echo "$@" > ${root}/arguments; touch ${root}/running; trap 'exit 7' TERM; while [ ! -e ${root}/enough ]; do sleep 0.01; done`;
        writeFileSync(join(root, program), `#!/bin/sh\n${body}\n`);
        chmodSync(join(root, program), 0o755);
    }
});

afterEach(() => {
    rmSync(root, { recursive: true });
});

/** Starts a part, renews `file` once it runs, and gives back how it ended. */
async function renew(part: "server" | "keeper", file: string, whileRunning: () => Promise<void>): Promise<number | null> {
    const env = { PATH: `${root}:${process.env.PATH ?? ""}`, POD_NAME: "clickhouse-0", RENEWAL_PERIOD_SECONDS: "0.02", RENEWAL_STAGGER_SECONDS: "0" };
    const child = spawn("sh", ["-c", startScript(part, true).replaceAll(" /tls/", ` ${root}/tls/`)], { env, stdio: "ignore", detached: true });
    const ended = once(child, "exit");
    try {
        while (!existsSync(join(root, "running"))) {
            await sleep(5);
        }
        writeFileSync(join(root, "tls", file), "second");
        await whileRunning();
        await ended;
        return child.exitCode;
    } finally {
        process.kill(-(child.pid ?? 0), "SIGKILL");
    }
}

const wait = async (): Promise<void> => Promise.resolve();
const stopAfterSomeLooks = async (): Promise<void> => {
    await sleep(200);
    writeFileSync(join(root, "enough"), "");
};

describe("a renewed certificate", () => {
    it.each(["tls.crt", "tls.key", "ca.crt"])(
        "ends a Keeper when %s is new, so that it starts again: it does not read it for the port among Keepers",
        async (file) => {
            expect(await renew("keeper", file, wait)).toBe(7);
        },
    );

    it("ends a server when the authority is new", async () => {
        expect(await renew("server", "ca.crt", wait)).toBe(7);
    });

    it("leaves a server alone, which reads its own certificate by itself", async () => {
        expect(await renew("server", "tls.crt", stopAfterSomeLooks)).toBe(0);
    });
});

describe("the start script", () => {
    it("watches nothing where there is no certificate", () => {
        expect(startScript("keeper", false)).toBe("set -eu\nexec clickhouse-keeper --config-file=/configuration/keeper.yaml\n");
    });
});
