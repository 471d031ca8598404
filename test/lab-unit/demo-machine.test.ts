import { execa } from "execa";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { endOf, labSentence } from "../../demo/lab-end.ts";

const script = new URL("../../demo/machine.sh", import.meta.url).pathname;
let folder = "";
const inside = (name: string): string => join(folder, name);

/** A machine as the script reads it. */
interface Machine {
    readonly user?: number;
    readonly memoryMiB?: number;
    /** Limit of a container, in MiB. */
    readonly limitMiB?: number;
    readonly diskMiB?: number;
    readonly networks?: boolean;
    readonly processes?: boolean;
    readonly overlay?: boolean;
    /** Whether tools were made before. */
    readonly used?: boolean;
}

async function command(name: string, text: string): Promise<void> {
    await writeFile(inside(`bin/${name}`), `#!/bin/sh\n${text}\n`);
    await chmod(inside(`bin/${name}`), 0o755);
}

async function check(machine: Machine): Promise<{ readonly exitCode: number | undefined; readonly said: string }> {
    const { user = 0, memoryMiB = 8_192, limitMiB, diskMiB = 40_000, networks = true, processes = true, overlay = true, used = false } = machine;
    await Promise.all(["bin", "proc", "cgroups", "cache/tools"].map((name) => mkdir(inside(name), { recursive: true })));
    await command("id", `echo ${String(user)}`);
    await command("unshare", `case "$*" in *--pid*) exit ${processes ? "0" : "1"} ;; *) exit ${networks ? "0" : "1"} ;; esac`);
    await command("df", `printf 'Filesystem 1024-blocks Used Available\\n/dev/a 1 1 ${String(diskMiB * 1_024)} 1%% /\\n'`);
    await writeFile(inside("proc/meminfo"), `MemTotal:       ${String(memoryMiB * 1_024)} kB\nMemFree: 1 kB\n`);
    await writeFile(inside("proc/filesystems"), overlay ? "nodev\toverlay\n" : "\text4\n");
    if (limitMiB !== undefined) {
        await writeFile(inside("cgroups/memory.max"), `${String(limitMiB * 1_048_576)}\n`);
    }
    if (used) {
        await mkdir(inside("cache/tools/kube-apiserver-1-a"));
    }
    const env = { PATH: `${inside("bin")}:${process.env.PATH ?? ""}`, NOVA_CACHE: inside("cache") };
    const { exitCode, all } = await execa("bash", [script, "--proc", inside("proc"), "--cgroups", inside("cgroups")], { env, all: true, reject: false });
    return { exitCode, said: all };
}

beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "demo-machine-"));
});
afterEach(async () => rm(folder, { recursive: true }));

describe("a machine for the demo", () => {
    it("has all that it takes, and nothing is said", async () => {
        expect(await check({})).toEqual({ exitCode: 0, said: "" });
    });

    it.each<{ name: string; machine: Machine; says: RegExp }>([
        { name: "another user than root", machine: { user: 1_000 }, says: /root: .*Run 'sudo make demo'/ },
        { name: "no network namespaces", machine: { networks: false }, says: /network namespaces: .*--privileged/ },
        { name: "too little memory", machine: { memoryMiB: 2_000 }, says: /memory: 2000 MiB of at least 4096/ },
        { name: "a container's limit on memory", machine: { limitMiB: 1_024 }, says: /memory: 1024 MiB of at least 4096/ },
        { name: "a disk that is full", machine: { diskMiB: 900, used: true }, says: /disk: 900 MiB are free at .*, of 3072/ },
        { name: "too little disk for a first run", machine: { diskMiB: 5_000 }, says: /disk: 5000 MiB are free at .*, of \d+\. Free some, or set NOVA_CACHE/ },
    ])("is refused for $name, with what to do", async ({ machine, says }) => {
        const { exitCode, said } = await check(machine);
        expect(exitCode).toBe(1);
        expect(said).toMatch(says);
    });

    it("is told all that it lacks at once", async () => {
        const { said } = await check({ user: 1, memoryMiB: 100, diskMiB: 1 });
        expect(said.match(/^ {2}- /gm)).toHaveLength(3);
    });

    it("needs less disk once the tools are there, and little less memory than is on its label", async () => {
        expect(await check({ diskMiB: 5_000, used: true, memoryMiB: 3_900 })).toEqual({ exitCode: 0, said: "" });
    });

    it.each<{ name: string; machine: Machine; says: string }>([
        { name: "namespaces of processes", machine: { processes: false }, says: "namespaces of processes" },
        { name: "overlayfs", machine: { overlay: false }, says: "no overlayfs" },
    ])("gets simulated nodes where it lacks $name, and is told so", async ({ machine, says }) => {
        const { exitCode, said } = await check(machine);
        expect(exitCode).toBe(0);
        expect(said).toContain("the demo will simulate them");
        expect(said).toContain(says);
    });

    it.skipIf(process.getuid?.() !== 0)("is refused to a real user who is not root, before anything is installed", async () => {
        const { exitCode, stderr } = await execa("setpriv", ["--reuid=65534", "--clear-groups", "bash", script], {
            env: { HOME: "/nonexistent" },
            reject: false,
        });
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/root: the lab makes networks/);
    });
});

describe("the lab at the end of a demo", () => {
    it.each([
        { wasUp: false, keep: false, end: "stopped" as const },
        { wasUp: false, keep: true, end: "runs" as const },
        { wasUp: true, keep: false, end: "runs" as const },
        { wasUp: true, keep: true, end: "runs" as const },
    ])("$end where it was up before: $wasUp, and things are kept: $keep", ({ wasUp, keep, end }) => {
        expect(endOf({ wasUp, keep })).toBe(end);
    });

    it("is spoken of either way, with how to stop one that runs", () => {
        expect(labSentence.runs).toContain("make lab-down");
        expect(labSentence.stopped).toContain("stopped");
    });
});
