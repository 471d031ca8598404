import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { lockFile } from "../../lab/toolchain/lock.ts";
import { exists, store } from "../../lab/toolchain/store.ts";
import { run } from "../../lab/toolchain/workplace.ts";

const silent = (): void => undefined;
let cache: string;
let folder: string;

beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "toolchain-store-"));
    folder = join(cache, "tools", "thing-1.0");
    vi.stubEnv("NOVA_CACHE", cache);
});
afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(cache, { recursive: true, force: true });
});

describe("the store", () => {
    it("makes a thing once, and then finds it", async () => {
        const make = vi.fn(async ({ output }: { output: string }) => writeFile(join(output, "program"), "whole"));
        expect(await store(folder, silent, make)).toBe(true);
        expect(await store(folder, silent, make)).toBe(false);
        expect(make).toHaveBeenCalledTimes(1);
        expect(await readFile(join(folder, "program"), "utf8")).toBe("whole");
    });

    it("leaves nothing behind when the making fails, and makes it at the next call", async () => {
        await expect(
            store(folder, silent, async ({ output }) => {
                await writeFile(join(output, "program"), "hal");
                throw new Error("out of memory");
            }),
        ).rejects.toThrow("out of memory");
        expect(await exists(folder)).toBe(false);
        expect(await readdir(join(cache, "building"))).toEqual([]);
        expect(await store(folder, silent, async ({ output }) => writeFile(join(output, "program"), "whole"))).toBe(true);
    });

    it("shows nothing under the final name before it is whole", async () => {
        await store(folder, silent, async ({ output }) => {
            await writeFile(join(output, "program"), "hal");
            expect(await exists(folder)).toBe(false);
        });
    });

    it("lets one of two callers make a thing, and gives both the result", async () => {
        const make = async ({ output }: { output: string }): Promise<void> => {
            await sleep(200);
            await writeFile(join(output, "program"), "whole");
        };
        const made = await Promise.all([store(folder, silent, make), store(folder, silent, make)]);
        expect(made.toSorted()).toEqual([false, true]);
    });

    it("removes what a killed process left, once it holds the lock", async () => {
        await store(join(cache, "tools", "other"), silent, async () => undefined);
        const leftover = await mkdtemp(join(cache, "building", "thing-1.0."));
        await store(folder, silent, async () => undefined);
        expect(await exists(leftover)).toBe(false);
    });
});

describe("a lock", () => {
    it("is gone with the process that held it, even when that is killed", async () => {
        const path = join(cache, "lock");
        const module = new URL("../../lab/toolchain/lock.ts", import.meta.url).href;
        const holder = spawn(process.execPath, [
            "-e",
            `import("${module}").then(async ({ lockFile }) => { await lockFile("${path}", () => {}); console.log("held"); setInterval(() => {}, 1000); })`,
        ]);
        await new Promise((resolve) => holder.stdout.once("data", resolve));

        let taken = false;
        const waiting = lockFile(path, silent).then((release) => {
            taken = true;
            return release;
        });
        await sleep(200);
        expect(taken).toBe(false);
        holder.kill("SIGKILL");
        (await waiting)();
        expect(taken).toBe(true);
    });
});

describe("a failing program", () => {
    it("is reported with its last words and the log", async () => {
        const log = join(cache, "log");
        const place = { output: cache, scratch: cache, log, say: silent };
        await expect(run(place, "sh", ["-c", "echo no space left >&2; exit 3"], { cwd: cache })).rejects.toThrow(/no space left\n.*log is/s);
        await expect(run(place, "no-such-program", [], { cwd: cache })).rejects.toThrow(/no-such-program/);
    });
});
