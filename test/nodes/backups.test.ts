import { execa } from "execa";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labLayout, readLabState, startLabService, stopLabService } from "../../lab/api.ts";
import { TrialStack } from "../../lab/trial/trial-stack.ts";
import { waitUntil } from "../../lab/wait.ts";
import { documented } from "../../config/observability-pages.ts";
import { ensureTools } from "../../lab/toolchain/ensure.ts";
import { backupAlerts } from "../../observability/alerts/backups.ts";
import { ScrapingPrometheus } from "../tools/observability/scraping-prometheus.ts";
import { RealServers } from "../tools/preflight-servers.ts";
import { JobMetrics } from "./job-metrics.ts";
import { kubeletOf } from "./node-processes.ts";

const servers = new RealServers();
let stack: TrialStack;
let jobs: JobMetrics;
let prometheus: ScrapingPrometheus;
let number = 0;

beforeAll(async () => {
    stack = await TrialStack.create("backups");
    const update = await stack.up();
    expect(update.exitCode, update.output).toBe(0);
    await ensureTools(["prometheus"]);
    jobs = await JobMetrics.start(() => kubectl("get", "jobs,cronjobs", "--output=json"));
    prometheus = await ScrapingPrometheus.start(servers, [{ port: jobs.port, labels: { job: "kube-state-metrics" } }]);
});

afterAll(async () => {
    await servers.end();
    await jobs.stop();
    await stack.remove();
});

async function kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa("kubectl", ["--namespace", stack.live.namespace, ...args], { env: stack.environment, extendEnv: false });
    return stdout;
}

/** Runs one of the program's CronJobs now, under a name that the alert on failed backups knows, and waits for its end. */
async function run(job: "backup" | "restore-check"): Promise<{ readonly state: string; readonly pods: number; readonly last: string }> {
    const name = `${stack.live.service}-${job}-${String((number += 1))}`;
    await kubectl("create", "job", name, `--from=cronjob/${stack.live.service}-${job}`);
    const state = await waitUntil(
        async () => {
            const ended = await kubectl("get", "job", name, "-o", 'jsonpath={.status.conditions[?(@.status=="True")].type}');
            expect(ended).toMatch(/Complete|Failed/);
            return ended.includes("Failed") ? "Failed" : "Complete";
        },
        { what: `the end of job ${name}`, withinMs: 180_000, everyMs: 500 },
    );
    const selector = `job-name=${name}`;
    const pods = (await kubectl("get", "pods", "--selector", selector, "-o", "name")).split("\n").filter(Boolean);
    const log = await kubectl("logs", pods.at(-1) ?? "");
    return { state, pods: pods.length, last: log.trim().split("\n").at(-1) ?? "" };
}

/** Acts on the lab's server as its administrator. */
async function asAdministrator(statement: string): Promise<void> {
    const state = readLabState();
    const client = new pg.Client({
        host: "127.0.0.1",
        port: state?.ports.postgres ?? 0,
        user: state?.postgres.user ?? "",
        password: state?.postgres.password ?? "",
        database: "postgres",
    });
    await client.connect();
    try {
        await client.query(statement);
    } finally {
        await client.end();
    }
}

/** Runs a command where the kubelet of a node sees its files. */
async function onNode(node: string, ...command: readonly string[]): Promise<void> {
    await execa("nsenter", ["--mount", "--pid", "--target", String(kubeletOf(node)), "--", ...command]);
}

/** Whether the alert on failed dumps is true of what runs, with the Job that it names. */
async function failureIsSeen(seen: boolean): Promise<void> {
    const scope = { ...documented, namespace: stack.live.namespace, service: stack.live.service };
    const expression = backupAlerts(scope).alerts.find(({ name }) => name === "BackupFailed")?.expression ?? "";
    const expected: unknown = seen ? expect.arrayContaining([`${stack.live.service}-backup-${String(number)}`]) : [];
    const isAsExpected = async (): Promise<void> => {
        expect((await prometheus.series(expression)).map((labels) => labels.job_name)).toEqual(expected);
    };
    await waitUntil(isAsExpected, {
        what: `the alert BackupFailed, ${seen ? "true" : "no longer true"}`,
        withinMs: 60_000,
        everyMs: 500,
    });
}

const owner = (): string => `${stack.live.service.replaceAll("-", "_")}_owner`;

describe("the backup of the database, as it is declared", () => {
    it("dumps every table, and the check restores the dump into a server of its own and finds the same rows", async () => {
        const dump = await run("backup");
        expect(dump).toMatchObject({ state: "Complete", pods: 1 });
        expect(dump.last).toMatch(/wrote .*\.dump: \d+ bytes, [1-9]\d* tables/);
        const check = await run("restore-check");
        expect(check).toMatchObject({ state: "Complete", pods: 1 });
        expect(check.last).toMatch(/restored .*: [1-9]\d* tables with [1-9]\d* rows, all as they were dumped/);
    });

    it("fails with the reason and the fix when the password is wrong, and is not tried again", async () => {
        await asAdministrator(`ALTER ROLE ${owner()} NOLOGIN`);
        try {
            const dump = await run("backup");
            expect(dump).toMatchObject({ state: "Failed", pods: 1 });
            expect(dump.last).toContain(`refuses the login of PGUSER=${owner()}`);
            await failureIsSeen(true);
        } finally {
            await asAdministrator(`ALTER ROLE ${owner()} LOGIN`);
        }
    });

    it("fails with the reason and the fix when the server is down, after it was tried three times", async () => {
        await stopLabService("postgres", labLayout());
        try {
            const dump = await run("backup");
            expect(dump).toMatchObject({ state: "Failed", pods: 3 });
            expect(dump.last).toMatch(/does not serve .*: start it, or correct stores\.postgres\.host and port/);
            await failureIsSeen(true);
        } finally {
            await startLabService("postgres", labLayout());
        }
    });

    it("fails with the reason and the fix when the volume is full, and is not tried again", async () => {
        const volume = await kubectl("get", "persistentvolumeclaim", `${stack.live.service}-backup`, "-o", "jsonpath={.spec.volumeName}");
        const [path = "", node = ""] = (
            await kubectl(
                "get",
                "persistentvolume",
                volume,
                "-o",
                "jsonpath={.spec.local.path} {.spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]}",
            )
        ).split(" ");
        // What the lab provides has no bound of its own: for this test, there is a small volume in front of it.
        await onNode(node, "mount", "-t", "tmpfs", "-o", "size=4k,mode=777", "tmpfs", path);
        try {
            const dump = await run("backup");
            expect(dump).toMatchObject({ state: "Failed", pods: 1 });
            expect(dump.last).toMatch(/the volume of the dumps, \/dumps, is full .*: enlarge stores\.postgres\.backupVolumeSize/);
            await failureIsSeen(true);
        } finally {
            await onNode(node, "umount", "--lazy", path);
        }
    });

    it("goes on when what was wrong is right again", async () => {
        expect(await run("backup")).toMatchObject({ state: "Complete" });
        await failureIsSeen(false);
        expect(await run("restore-check")).toMatchObject({ state: "Complete" });
    });
});
