import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { redisScripts } from "../../components/redis/scripts.ts";

// The real scripts run in a real shell, in a folder of their own, with stand-ins for the Redis programs: `redis-cli` answers as the Sentinel of ordinal 1 would.

let root: string;

beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "redis-scripts-"));
    for (const folder of ["bin", "configuration", "credentials", "data/sentinel", "run/redis", "tls"]) {
        mkdirSync(join(root, folder), { recursive: true });
    }
    for (const account of ["exporter", "replication", "sentinel"]) {
        writeFileSync(join(root, "credentials", account), `password-of-${account}`);
    }
    writeFileSync(join(root, "configuration/redis.conf"), "dir /data\n");
    writeFileSync(join(root, "configuration/sentinel.conf"), "dir /data/sentinel\n");
    program("redis-server", "true");
    program("redis-sentinel", "true");
    sentinelsAnswer(undefined);
});

afterEach(() => {
    rmSync(root, { recursive: true });
});

function program(name: string, body: string): void {
    const file = join(root, "bin", name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
}

/** Only the Sentinel of ordinal 1 can be reached, and says that `primary` is the primary. Undefined: none can be reached. */
function sentinelsAnswer(primary: string | undefined): void {
    program("redis-cli", primary === undefined ? "exit 1" : `case "$*" in *"redis-1.pods.svc -p 26379"*) echo ${primary}; echo 6379 ;; *) exit 1 ;; esac`);
}

/** Runs a script as the pod `redis-<ordinal>`, and gives back what it printed. */
function run(script: string, ordinal: number): string {
    const { text, env } = podOf(script, ordinal);
    return execFileSync("sh", ["-c", text], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** A script and its environment, with the pod's folders in {@link root}. */
function podOf(script: string, ordinal: number): { readonly text: string; readonly env: Readonly<Record<string, string>> } {
    const text = (redisScripts[script] ?? "").replaceAll(/(?<= |=|"|>)\/(configuration|credentials|data|run|tls)\b/g, `${root}/$1`);
    return { text, env: { PATH: `${root}/bin:${process.env.PATH ?? ""}`, POD_NAME: `redis-${String(ordinal)}`, DOMAIN: "pods.svc", TLS_FLAGS: "" } };
}

const written = (file: string): string => readFileSync(join(root, file), "utf8");

describe("a Redis server that starts", () => {
    it.each([
        { ordinal: 0, role: "the primary", follows: undefined },
        { ordinal: 2, role: "a replica", follows: "redis-0.pods.svc" },
    ])("is $role as ordinal $ordinal, the very first time", ({ ordinal, follows }) => {
        run("start-server.sh", ordinal);
        expect(/^replicaof (\S+) 6379$/m.exec(written("run/redis/redis.conf"))?.[1]).toBe(follows);
    });

    it("follows whom the Sentinels name, also as ordinal 0", () => {
        sentinelsAnswer("redis-2.pods.svc");
        expect(run("start-server.sh", 0)).toContain("the primary is redis-2.pods.svc");
        expect(written("run/redis/redis.conf")).toContain("replicaof redis-2.pods.svc 6379");
    });

    it("is the primary again where the Sentinels name itself", () => {
        sentinelsAnswer("redis-2.pods.svc");
        run("start-server.sh", 2);
        expect(written("run/redis/redis.conf")).not.toContain("replicaof");
    });

    it("remembers the last primary when the whole cluster starts and no Sentinel answers", () => {
        writeFileSync(join(root, "data/sentinel/sentinel.conf"), "sentinel monitor redis redis-1.pods.svc 6379 2\n");
        run("start-server.sh", 0);
        expect(written("run/redis/redis.conf")).toContain("replicaof redis-1.pods.svc 6379");
    });

    it("does not believe an answer that is no pod of the cluster", () => {
        sentinelsAnswer("ERR");
        run("start-server.sh", 1);
        expect(written("run/redis/redis.conf")).toContain("replicaof redis-0.pods.svc 6379");
    });

    it("is known by its name, and logs in to the primary", () => {
        run("start-server.sh", 1);
        expect(written("run/redis/redis.conf")).toMatch(/^masterauth password-of-replication\nreplica-announce-ip redis-1\.pods\.svc$/m);
    });
});

describe("a Sentinel that starts", () => {
    it("keeps who it is and how far elections went, but not a replica that is the primary by now", () => {
        const learned =
            "sentinel myid abc\nsentinel config-epoch redis 4\nsentinel known-replica redis redis-1.pods.svc 6379\nsentinel known-replica redis redis-2.pods.svc 6379";
        writeFileSync(join(root, "data/sentinel/sentinel.conf"), `sentinel monitor redis redis-0.pods.svc 6379 2\n${learned}\n`);
        sentinelsAnswer("redis-1.pods.svc");
        run("start-sentinel.sh", 0);
        const configuration = written("data/sentinel/sentinel.conf");
        expect(configuration).toContain("sentinel monitor redis redis-1.pods.svc 6379 2\n");
        expect(configuration).toContain("sentinel myid abc\nsentinel config-epoch redis 4\nsentinel known-replica redis redis-2.pods.svc 6379\n");
        expect(configuration).not.toContain("known-replica redis redis-1.pods.svc");
    });
});

describe("a renewed certificate", () => {
    /** Runs a script with TLS, looking at the certificate all the time, and renews the certificate once the program runs. Gives back how the script ended. */
    async function renew(script: string): Promise<number | null> {
        writeFileSync(join(root, "tls/tls.crt"), "first");
        const { text, env } = podOf(script, 0);
        const timing = { TLS_FLAGS: "--tls", RENEWAL_PERIOD_SECONDS: "0.02", RENEWAL_STAGGER_SECONDS: "0" };
        const child = spawn("sh", ["-c", text], { env: { ...env, ...timing }, stdio: "ignore", detached: true });
        const ended = once(child, "exit");
        try {
            while (!existsSync(join(root, "running"))) {
                await sleep(5);
            }
            writeFileSync(join(root, "tls/tls.crt"), "second");
            await ended;
            return child.exitCode;
        } finally {
            process.kill(-(child.pid ?? 0), "SIGKILL");
        }
    }

    // Both stand-ins wait for what they hope for; the test fails by its time limit when that does not come.
    const waiting = "touch ROOT/running; trap 'exit 7' TERM; while [ ! -e ROOT/reloaded ]; do sleep 0.01; done";

    it("is read by the server, which goes on, and again where the first try fails", async () => {
        program("redis-server", waiting.replaceAll("ROOT", root));
        program(
            "redis-cli",
            `case "$*" in *"--user sentinel --tls config set tls-cert-file "*) ;; *) exit 1 ;; esac; if [ -e ${root}/tried ]; then touch ${root}/reloaded; echo OK; else touch ${root}/tried; echo ERR; fi`,
        );
        expect(await renew("start-server.sh")).toBe(0);
    });

    it("ends the Sentinel, which knows no way to read it, so that it starts again", async () => {
        program("redis-sentinel", waiting.replaceAll("ROOT", root));
        expect(await renew("start-sentinel.sh")).toBe(7);
    });
});

describe("a probe", () => {
    it.each([
        { answer: "PONG", alive: true },
        { answer: "LOADING Redis is loading the dataset in memory", alive: true },
        { answer: "WRONGPASS invalid username-password pair", alive: false },
        { answer: "Could not connect to Redis", alive: false },
    ])("calls a server that says '$answer' alive: $alive", ({ answer, alive }) => {
        program("redis-cli", `echo "${answer}"`);
        const probe = (): string => run("is-alive.sh", 0);
        if (alive) {
            expect(probe).not.toThrow();
        } else {
            expect(probe).toThrow();
        }
    });

    it.each([
        { lines: "role:master", ready: true },
        { lines: "role:slave\nmaster_link_status:up", ready: true },
        { lines: "role:slave\nmaster_link_status:down", ready: false },
    ])("calls a server with $lines ready: $ready", ({ lines, ready }) => {
        program("redis-cli", `printf '${lines.replaceAll("\n", "\\r\\n")}\\r\\n'`);
        const probe = (): string => run("is-ready.sh", 0);
        if (ready) {
            expect(probe).not.toThrow();
        } else {
            expect(probe).toThrow();
        }
    });
});
