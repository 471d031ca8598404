import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { identityOf, isRunning, parseStat, startDetached, stopProcess } from "../../lab/process.ts";

const tail = "S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1000 100";
const folder = mkdtempSync(join(tmpdir(), "lab-process-"));
const log = join(folder, "out.log");

function script(text: string): Parameters<typeof startDetached>[0] {
    return { file: "/bin/sh", args: ["-c", text], workingDirectory: folder };
}

describe("identity of a process", () => {
    it.each([
        ["a plain name", `7 (etcd) ${tail}`],
        ["a name with spaces and brackets", `7 (a ) S 9 (b)) ${tail}`],
    ])("is read from /proc for %s", (_, stat) => {
        expect(parseStat(7, stat, "boot")).toEqual({ pid: 7, startTicks: 4711, bootId: "boot" });
    });

    it.each([
        ["a zombie", `7 (etcd) ${tail.replace("S", "Z")}`],
        ["an empty file", ""],
    ])("does not exist for %s", (_, stat) => {
        expect(parseStat(7, stat, "boot")).toBeUndefined();
    });

    it("is that of this very process", () => {
        const own = identityOf(process.pid);
        expect(own && isRunning(own)).toBe(true);
    });
});

describe("stopping a process", () => {
    it("never touches a process that has the pid of an earlier one", async () => {
        const other = await startDetached(script("sleep 60"), log);
        const earlier = { ...other, startTicks: other.startTicks - 1 };
        const ofLastBoot = { ...other, bootId: "another boot" };
        expect([await stopProcess(earlier), await stopProcess(ofLastBoot), isRunning(other)]).toEqual([false, false, true]);
        expect([await stopProcess(other), isRunning(other)]).toEqual([true, false]);
    });

    it("ends the children too", async () => {
        const parent = await startDetached(script("sleep 61 & echo child $!; wait"), log);
        await sleep(200);
        const child = Number(/child (\d+)/.exec(readFileSync(log, "utf8"))?.[1]);
        expect(identityOf(child)).toBeDefined();
        await stopProcess(parent);
        await sleep(100);
        expect(identityOf(child)).toBeUndefined();
    });

    it("kills one that does not listen, after the time of grace", async () => {
        const deaf = await startDetached(script("trap '' TERM; while :; do sleep 0.1; done"), log);
        await sleep(200);
        const began = Date.now();
        await stopProcess(deaf, { graceMs: 300 });
        expect(isRunning(deaf)).toBe(false);
        expect(Date.now() - began).toBeGreaterThanOrEqual(300);
    });
});

describe("starting a process", () => {
    it("says which file cannot be run", async () => {
        await expect(startDetached({ ...script(""), file: "/nowhere/etcd" }, log)).rejects.toThrow("/nowhere/etcd");
    });
});
