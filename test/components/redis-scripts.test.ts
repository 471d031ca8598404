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
    eachSentinelAnswers(primary === undefined ? {} : { 1: { primary, epoch: 1 } });
}

/** What the Sentinel of each ordinal says: who is the primary, which election made it so, and the runs of the servers that it has talked to. Those left out can't be reached. */
function eachSentinelAnswers(
    answers: Readonly<Record<number, { readonly primary: string; readonly epoch: number; readonly runs?: readonly string[] }>>,
    others = "exit 1",
): void {
    const cases = Object.entries(answers).map(([ordinal, { primary, epoch, runs = [] }]) => {
        const lines = [primary, "6379", "config-epoch", String(epoch), ...runs.flatMap((run) => ["runid", run])];
        return `*"redis-${ordinal}.pods.svc -p 26379"*) printf '${lines.join("\\n")}\\n' ;;`;
    });
    program("redis-cli", `case "$*" in ${cases.join(" ")} *) ${others} ;; esac`);
}

/** Runs a script as the pod `redis-<ordinal>`, and gives back what it printed. */
function run(script: string, ordinal: number): string {
    const { text, env } = podOf(script, ordinal);
    return execFileSync("sh", ["-c", text], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
}

/** A script and its environment, with the pod's folders in {@link root}. What runs beside the Sentinel for ever is left out, or becomes `lookingUp`. */
function podOf(script: string, ordinal: number, lookingUp = ""): { readonly text: string; readonly env: Readonly<Record<string, string>> } {
    const text = (redisScripts[script] ?? "")
        .replaceAll(/(?<= |=|"|>)\/(configuration|credentials|data|etc|run|tls)\b/g, `${root}/$1`)
        .replace("follow_names &", lookingUp);
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

    it("believes the Sentinel that knows of the latest election: another may just have started", () => {
        eachSentinelAnswers({ 0: { primary: "redis-0.pods.svc", epoch: 9 }, 1: { primary: "redis-2.pods.svc", epoch: 10 } });
        run("start-server.sh", 0);
        expect(written("run/redis/redis.conf")).toContain("replicaof redis-2.pods.svc 6379");
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
    const waiting = "trap 'exit 7' TERM; touch ROOT/running; while [ ! -e ROOT/reloaded ]; do sleep 0.01; done";

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

    const seen = { primary: "redis-0.pods.svc", epoch: 1, runs: ["another", "this"] };
    const unseen = { ...seen, runs: ["another", "the-one-before"] };

    it.each([
        { state: "the primary", lines: "role:master", sentinels: { 0: seen, 1: seen }, ready: true },
        { state: "a replica in step", lines: "role:slave\nmaster_link_status:up", sentinels: { 0: seen, 1: seen, 2: seen }, ready: true },
        { state: "a replica out of step", lines: "role:slave\nmaster_link_status:down", sentinels: { 0: seen, 1: seen }, ready: false },
        { state: "unknown to a Sentinel", lines: "role:master", sentinels: { 0: seen, 1: seen, 2: unseen }, ready: false },
        { state: "known to no majority", lines: "role:master", sentinels: { 0: seen }, ready: false },
        { state: "without Sentinels", lines: "role:master", sentinels: {}, ready: false },
    ])("calls a server that is $state ready: $ready", ({ lines, sentinels, ready }) => {
        eachSentinelAnswers(sentinels, `printf '${`run_id:this\n${lines}`.replaceAll("\n", "\\r\\n")}\\r\\n'`);
        const probe = (): string => run("is-ready.sh", 0);
        if (ready) {
            expect(probe).not.toThrow();
        } else {
            expect(probe).toThrow();
        }
    });

    it("asks the Sentinels once for each run of the server: later they may be few", () => {
        const server = (id: string): string => `printf 'run_id:${id}\\r\\nrole:master\\r\\n'`;
        eachSentinelAnswers({ 0: seen, 1: seen }, server("this"));
        run("is-ready.sh", 0);
        eachSentinelAnswers({}, server("this"));
        expect(() => run("is-ready.sh", 0)).not.toThrow();
        eachSentinelAnswers({}, server("next"));
        expect(() => run("is-ready.sh", 0)).toThrow();
    });
});

describe("a primary that must go", () => {
    /** A cluster of stand-ins: pod redis-0 is the primary, until a Sentinel is told to fail over. Gives back what was done, in order. */
    function handOver({ replicaOffsets }: { readonly replicaOffsets: readonly number[] }): string[] {
        const replicas = replicaOffsets.map((_, index) => `slave${String(index)}:ip=redis-${String(index + 1)}.pods.svc,port=6379,state=online,offset=1,lag=0`);
        const offsets = replicaOffsets.map(
            (offset, index) => `*"-h redis-${String(index + 1)}.pods.svc info replication"*) echo slave_repl_offset:${String(offset)} ;;`,
        );
        program(
            "redis-cli",
            `case "$*" in
                ${offsets.join("\n")}
                *"info replication"*) printf 'master_repl_offset:100\\n${replicas.join("\\n")}\\n' ;;
                *role*) echo master ;;
                *"sentinel failover"*) echo "$*" | sed 's/.*-h \\(redis-.\\).*/failover by \\1/' >> ${root}/done; echo OK ;;
                *"client pause"* | *"client unpause"*) echo "$*" | sed 's/.*client //' >> ${root}/done ;;
                *26379*) if grep -q failover ${root}/done; then echo redis-1.pods.svc; else echo redis-0.pods.svc; fi; printf '6379\\nconfig-epoch\\n1\\n' ;;
            esac`,
        );
        run("hand-over.sh", 0);
        return written("done").trim().split("\n");
    }

    it("holds writes back until its end, and has the Sentinel of another pod promote a replica once both have all", () => {
        expect(handOver({ replicaOffsets: [100, 100] })).toEqual(["pause 60000 write", "failover by redis-1"]);
    });

    it("lets writes go on while a replica is behind, and does without one that stays away", () => {
        program("sleep", ":");
        expect(handOver({ replicaOffsets: [100, 90] })).toEqual([
            ...Array.from({ length: 15 }, () => ["pause 60000 write", "unpause"]).flat(),
            ...["pause 60000 write", "failover by redis-1"],
        ]);
    });

    it("does nothing as a replica", () => {
        program("redis-cli", `case "$*" in *role*) echo slave ;; *) touch ${root}/done ;; esac`);
        run("hand-over.sh", 0);
        expect(existsSync(join(root, "done"))).toBe(false);
    });
});

describe("the names of the pods", () => {
    /** Runs the Sentinel's start with a look-up that answers by `getent`, until it has looked once; the rest of the file of names is `before`. */
    function namesAfter(getent: string, before: string): string {
        mkdirSync(join(root, "etc"));
        writeFileSync(join(root, "etc/hosts"), before);
        program("getent", getent);
        // It goes on for ever: the first pause ends it here.
        const { text, env } = podOf("start-sentinel.sh", 0, "(sleep() { exit 0; }; follow_names)");
        execFileSync("sh", ["-c", text], { env, stdio: "pipe", timeout: 20_000 });
        return written("etc/hosts");
    }

    const kubelet = "127.0.0.1 localhost\n10.0.0.9 redis-0.pods.svc.cluster.local redis-0\n";

    it("are kept where a program finds them without a look-up", () => {
        expect(namesAfter('case "$*" in *redis-2.*) exit 2 ;; *) echo "10.0.0.1 STREAM $4" ;; esac', kubelet)).toBe(
            `${kubelet}10.0.0.1 redis-0.pods.svc\n10.0.0.1 redis-1.pods.svc\n`,
        );
    });

    it("stay what they were while nothing answers", () => {
        const known = `${kubelet}10.0.0.1 redis-0.pods.svc\n10.0.0.2 redis-1.pods.svc\n`;
        expect(namesAfter("exit 2", known)).toBe(known);
    });
});
