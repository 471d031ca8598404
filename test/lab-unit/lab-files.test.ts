import { execa } from "execa";
import fc from "fast-check";
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { environmentScript, labVariables } from "../../lab/environment.ts";
import { folderVariable, labLayout } from "../../lab/layout.ts";
import { withLock } from "../../lab/lock.ts";
import { listOf, simulatedNodes } from "../../lab/manifests.ts";
import { choosePorts, firstPort, isFree } from "../../lab/ports.ts";
import { identityOf } from "../../lab/process.ts";
import { newLabState, readLabProcesses, readLabState, writeLabState } from "../../lab/state.ts";
import { waitUntil } from "../../lab/wait.ts";

const newLayout = (): ReturnType<typeof labLayout> => labLayout(mkdtempSync(join(tmpdir(), "lab it's-")));
const simulated = { nodes: "simulated", enforcesPolicies: false } as const;
const pulumi = { kind: "built", path: "/cache/pulumi", reason: "there is no pulumi on PATH" } as const;
const ports = await choosePorts("/some/checkout");

describe("a second lab of a checkout", () => {
    afterEach(() => {
        vi.unstubAllEnvs();
    });

    it("shares no file, network or first port with the first, and says in its environment which it is", () => {
        const first = newLayout();
        vi.stubEnv(folderVariable, ".lab-beside");
        const second = labLayout(first.checkout);

        const differing = Object.entries(first).filter(([key, value]) => Reflect.get(second, key) !== value);
        expect(differing.map(([key]) => key)).toEqual(Object.keys(first).filter((key) => key !== "checkout"));
        expect(firstPort(second.root)).not.toBe(firstPort(first.root));
        expect(labVariables(second, newLabState(ports, pulumi, simulated))).toMatchObject({ [folderVariable]: ".lab-beside" });
    });

    it.each(["..", "lab", ".lab/inner", ".lab-", "/tmp/lab", ""])("is refused in the folder '%s', which git would not ignore", (folder) => {
        vi.stubEnv(folderVariable, folder);
        expect(() => labLayout()).toThrow(`${folderVariable} is "${folder}"`);
    });
});

describe("ports", () => {
    it("are all different and free", async () => {
        const numbers = Object.values(ports);
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(await Promise.all(numbers.map(isFree))).not.toContain(false);
    });

    it("go round one that is taken", async () => {
        const server = createServer();
        const taken = firstPort("/a/checkout");
        await new Promise<void>((resolve) => server.listen(taken, "127.0.0.1", resolve));
        expect(await isFree(taken)).toBe(false);
        expect(Object.values(await choosePorts("/a/checkout"))).not.toContain(taken);
        server.close();
    });

    it("stay as they were where asked to", async () => {
        const kept = await choosePorts("/another/checkout", { kafka: ports.kafka });
        expect(kept.kafka).toBe(ports.kafka);
        expect(new Set(Object.values(kept)).size).toBe(Object.values(kept).length);
    });

    it("begin below those that Linux gives to outgoing connections, for any checkout", () => {
        fc.assert(
            fc.property(fc.string(), (checkout) => {
                expect(firstPort(checkout)).toBeGreaterThanOrEqual(20_000);
                expect(firstPort(checkout) + Object.keys(ports).length).toBeLessThan(32_768);
            }),
        );
    });
});

describe("state", () => {
    it("is what was written, for its owner's eyes only", () => {
        const layout = newLayout();
        const state = newLabState(ports, pulumi, simulated);
        writeLabState(layout, state);
        expect(readLabState(layout)).toEqual(state);
        expect(statSync(layout.stateFile).mode & 0o077).toBe(0);
    });

    it("is undefined where no lab was started", () => {
        expect(readLabState(newLayout())).toBeUndefined();
    });

    it.each(["{", '{"version": "3"}'])("says what to do with a damaged file: %s", (text) => {
        const layout = newLayout();
        mkdirSync(layout.root);
        writeFileSync(layout.stateFile, text);
        expect(() => readLabState(layout)).toThrow(`delete the folder ${layout.root}`);
    });
});

describe("the state of a lab that an older checkout started", () => {
    const layout = newLayout();
    const kwok = { pid: 4711, startTicks: 12, bootId: "boot" };
    mkdirSync(layout.root);
    writeFileSync(layout.stateFile, JSON.stringify({ version: 1, ports: { kwok: 20_000 }, processes: { kwok } }));

    it("is not gone on with: it says which command ends that lab", () => {
        expect(() => readLabState(layout)).toThrow("end it with 'make lab-down', then 'make lab-up'");
    });

    it("still tells which processes are to be ended", () => {
        expect(readLabProcesses(layout)).toEqual({ kwok });
    });
});

describe("environment file", () => {
    it("gives bash each variable as it is, however odd, and PATH once", async () => {
        const layout = newLayout();
        const state = { ...newLabState(ports, pulumi, simulated), postgres: { user: "lab_admin", password: `it's "odd" $HOME \`x\` \\` } };
        mkdirSync(layout.root);
        writeFileSync(layout.envFile, environmentScript(layout, state));
        const { stdout } = await execa("bash", ["--norc", "-c", '. "$0"; . "$0"; env -0', layout.envFile], {
            env: { PATH: "/usr/bin:/bin" },
            extendEnv: false,
        });
        const seen = new Map(stdout.split("\0").map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
        expect(Object.fromEntries(seen)).toMatchObject(labVariables(layout, state));
        expect(seen.get("PATH")).toBe(`${layout.bin}:/usr/bin:/bin`);
    });
});

describe("lock", () => {
    it("keeps a second command out while the first works, and lets it in afterwards", async () => {
        const layout = newLayout();
        await withLock(layout, async () => {
            await expect(withLock(layout, () => Promise.resolve())).rejects.toThrow(`another lab command (process ${String(process.pid)}) is at work`);
        });
        await expect(withLock(layout, () => Promise.resolve("in"))).resolves.toBe("in");
    });

    it.each([
        ["of a killed command", JSON.stringify({ ...identityOf(process.pid), startTicks: 1 })],
        ["half written", '{"pid":'],
    ])("counts for nothing when it is %s", async (_, text) => {
        const layout = newLayout();
        mkdirSync(layout.root);
        writeFileSync(layout.lockFile, text);
        await expect(withLock(layout, () => Promise.resolve("in"))).resolves.toBe("in");
    });
});

describe("waiting", () => {
    it("ends with the last error when the time is over", async () => {
        const attempt = (): Promise<never> => Promise.reject(new Error("connection refused"));
        await expect(waitUntil(attempt, { what: "kafka", withinMs: 50, everyMs: 10 })).rejects.toThrow("kafka not ready after 0.05 s: connection refused");
    });

    it("ends at once when there is no hope", async () => {
        const attempt = (): Promise<never> => Promise.reject(new Error("connection refused"));
        await expect(waitUntil(attempt, { what: "kafka", withinMs: 60_000, giveUp: () => "its process has ended" })).rejects.toThrow(
            "kafka: its process has ended",
        );
    });
});

describe("nodes", () => {
    it("are two in each of three zones", () => {
        const zones = [...listOf(simulatedNodes()).matchAll(/topology\.kubernetes\.io\/zone: (\S+)/g)].map(([, zone]) => zone);
        expect(zones.toSorted()).toEqual(["lab-a", "lab-a", "lab-b", "lab-b", "lab-c", "lab-c"]);
    });
});
