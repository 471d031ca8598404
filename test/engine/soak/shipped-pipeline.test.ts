import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labLayout } from "../../../lab/api.ts";
import { type Load, startLoad } from "../../../lab/load/load.ts";
import { artifactZip } from "../../helpers/artifact-zip.ts";
import { TrialStack, nextRevision } from "../../helpers/engine.ts";
import { type JobEnd, runWorkflow } from "../../helpers/workflow-runner.ts";
import { SmallServers } from "../../rollout/preflight/live/small-servers.ts";

/** What a lab does not have: TLS at the gateway, names that resolve, stores behind their objects, the rules and dashboards of a watched stack, a registry. */
const notInALab = "redis,clickhouse,kafka,postgres,certificates,routes,alert-rules,alert-routes,dashboards,image-in-registry,image-attested";

/**
 * `.github/workflows/rollout.yml` as it is shipped: its own steps, from clones of a repository into which each change is merged, from an empty stack on. A stack of the lab takes production's place.
 * The tests build on each other.
 */
describe("the shipped pipeline", { timeout: 900_000 }, () => {
    const origin = mkdtempSync(join(tmpdir(), "shipped-origin-"));
    const servers = new SmallServers();
    const merged: string[] = [];
    let stack: TrialStack;
    let api = "";
    let load: Load | undefined;
    const second = () => nextRevision(stack.stable);
    const git = async (...args: readonly string[]) =>
        (await execa("git", ["-c", "user.name=ranking-engineer", "-c", "user.email=ranking-engineer@example.com", ...args], { cwd: origin })).stdout;

    beforeAll(async () => {
        stack = await TrialStack.create("shipped");
        await copyCheckout(stack.checkout, origin);
        await git("init", "--quiet", "--initial-branch", "main");
        stack.configure({ timeScale: 0.03, preflight: { testResults: ["reports/junit.xml"], scanReport: "reports/scan.json", postgresStandbys: 0 } });
        // GitHub's API, as far as artifacts are asked of it: one for each image, by the digest in its name.
        const zips = new Map<string, Buffer>();
        api = await servers.http((request, response) => {
            void (async () => {
                const url = new URL(request.url ?? "", "http://github");
                const name = url.searchParams.get("name");
                const digest = /reports-([0-9a-f]{64})$/.exec(name ?? "")?.[1];
                if (digest !== undefined) {
                    zips.set(digest, await artifactZip(reportsOf(digest)));
                    response.end(JSON.stringify({ artifacts: [{ id: digest, name, expired: false, created_at: "2026-01-01T00:00:00Z" }] }));
                } else {
                    response.end(zips.get(url.pathname.split("/").at(-2) ?? ""));
                }
            })();
        });
    });
    afterAll(async () => {
        await load?.stop();
        await servers.end();
        rmSync(origin, { recursive: true, force: true });
        await stack.remove();
    });

    /** Merges the stack's file as it is, tags what is merged as the release, and runs the workflow of the push. */
    async function merge(what: string, version: string): Promise<Readonly<Record<string, JobEnd>>> {
        cpSync(stack.configFile, join(origin, `Pulumi.${stack.name}.yaml`));
        mkdirSync(join(origin, "policies/config"), { recursive: true });
        cpSync(join(stack.checkout, "policies/config/lab.json"), join(origin, `policies/config/${stack.name}.json`));
        await git("add", "--all", "--force", ".");
        await git("commit", "--quiet", "--allow-empty", "--message", what);
        await git("tag", "--force", "--annotate", `v${version}`, "--message", version);
        merged.push(await git("rev-parse", "HEAD"));
        return runPipeline();
    }

    async function runPipeline(): Promise<Readonly<Record<string, JobEnd>>> {
        const { PULUMI_CONFIG_PASSPHRASE: passphrase = "", PULUMI_BACKEND_URL: backend = "" } = stack.environment;
        const environment = Object.fromEntries(
            Object.entries(stack.environment).filter(([name]) => !["PULUMI_CONFIG_PASSPHRASE", "PULUMI_BACKEND_URL", "KUBECONFIG"].includes(name)),
        );
        return runWorkflow({
            origin,
            workflow: ".github/workflows/rollout.yml",
            stack: stack.name,
            packages: join(stack.checkout, "node_modules"),
            contexts: {
                "github.event.before": merged.at(-2) ?? "0".repeat(40),
                "github.token": "the-token",
                "vars.PULUMI_BACKEND_URL": backend,
                "secrets.PULUMI_CONFIG_PASSPHRASE": passphrase,
                "secrets.KUBECONFIG": readFileSync(labLayout().kubeconfig, "utf8"),
                "secrets.KUBECONFIG_BACK": readFileSync(labLayout().kubeconfig, "utf8"),
            },
            environment: {
                ...environment,
                GITHUB_API_URL: api,
                GITHUB_REPOSITORY: "example-org/video-ranking",
                PREFLIGHT: `--skip ${notInALab} --reason "a lab has neither of them"`,
            },
        });
    }

    function expectRolledOut({ direction, back, rollout }: Readonly<Record<string, JobEnd>>, output: RegExp): void {
        expect(direction?.result, direction?.output).toBe("success");
        expect(back?.result, back?.output).toBe("skipped");
        expect(rollout?.result, rollout?.output).toBe("success");
        expect(rollout?.ran).toEqual(["make ci-install", "make ci-reports", "make ci-rollout"]);
        expect(rollout?.output).toMatch(output);
    }

    it("deploys a first stack: what can't be looked at yet is due later, and looked at once it is there", async () => {
        expectRolledOut(
            await merge("Deploy the first release", "1.0.0"),
            /later\s+backup-age\s.*first stack: nothing to back up yet[^]*Resources:[^]*later\s+backup-age\s.*not backed up yet[^]*ok\s+autoscaling/,
        );
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100 });
        load = await startLoad({ host: stack.hostname, requestsPerSecond: 400, forSeconds: 3_600 });
    });

    it("deploys a candidate without users, and looks at it then", async () => {
        stack.configure({ candidate: second() });
        expectRolledOut(
            await merge("Declare the second release", "1.1.0"),
            /later\s+rollback-rehearsal\s.*v1-1-0 is not deployed yet, and has no users[^]*Resources:[^]*ok\s+scrapes[^]*ok\s+rollback-rehearsal/,
        );
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [second().name]: 0 });
    });

    it("gives the candidate no users before there is a backup", async () => {
        stack.configure({ rolloutPercent: 10 });
        const { rollout } = await merge("Go to 10 %", "1.1.0");
        expect(rollout?.result, rollout?.output).toBe("failure");
        expect(rollout?.output).toMatch(/FAILED\s+backup-age\s.*has never succeeded[^]*in the way are backup-age/);
        expect(rollout?.output).not.toContain("Resources:");
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [second().name]: 0 });
    });

    it("takes the first step once there is one, in a second run of the same merge", async () => {
        await backUp();
        expectRolledOut(await runPipeline(), /ok\s+release-tag[^]*ok\s+backup-age[^]*Resources:[^]*is ready to leave 10 %[^]*ok\s+scrapes/);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 90, [second().name]: 10 });
    });

    it.each([25, 50, 100] as const)("goes to %i %%", async (weight) => {
        stack.configure({ rolloutPercent: weight });
        expectRolledOut(await merge(`Go to ${String(weight)} %`, "1.1.0"), new RegExp(`Resources:[^]*is ready to leave ${String(weight)} %`));
        expect((await stack.live.weights())[second().name]).toBe(weight);
    });

    it("finishes: the candidate is the stable revision, and a rehearsal of the rollback is no part of that", async () => {
        const finished = second();
        stack.configure({ stable: finished, candidate: undefined, rolloutPercent: 0 });
        expectRolledOut(await merge("Finish the second release", "1.1.0"), /not part of this stack, and not looked at: .*rollback-rehearsal[^]*Resources:/);
        expect(await stack.live.weights()).toEqual({ [finished.name]: 100 });
    });

    it("begins a third release, and goes back without a preflight, by the route first and then by the state", async () => {
        const third = nextRevision(stack.stable, 2);
        stack.configure({ candidate: third });
        expectRolledOut(await merge("Declare the third release", "1.2.0"), /Resources:/);
        stack.configure({ rolloutPercent: 10 });
        expectRolledOut(await merge("Go to 10 %", "1.2.0"), /is ready to leave 10 %/);
        stack.configure({ rolloutPercent: 0 });
        const { direction, back, rollout } = await merge("Go back", "1.2.0");
        expect(direction?.output).toMatch(/^back$/m);
        expect(back?.result, back?.output).toBe("success");
        expect(rollout?.result, rollout?.output).toBe("success");
        expect(rollout?.output).toMatch(/the candidate was rolled back, and the config has it at 0 %: the way back needs no preflight[^]*Resources:/);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [third.name]: 0 });
    });

    /** Writes that each backup succeeded: simulated nodes run none. */
    async function backUp(): Promise<void> {
        const kubectl = async (args: readonly string[]) =>
            execa("kubectl", ["--namespace", stack.live.namespace, ...args], { extendEnv: false, env: stack.environment });
        const { stdout } = await kubectl(["get", "cronjobs", "--output", "jsonpath={.items[*].metadata.name}"]);
        const status = JSON.stringify({ status: { lastSuccessfulTime: new Date().toISOString().replace(/\.\d+Z$/, "Z") } });
        for (const name of stdout.split(" ")) {
            await kubectl(["patch", "cronjob", name, "--subresource=status", "--type=merge", "--patch", status]);
        }
    }
});

/** What the build of an image left: its tests, and its scan. */
function reportsOf(digest: string): Readonly<Record<string, string>> {
    return {
        "junit.xml": `<testsuite>${'<testcase name="a"/>'.repeat(306)}</testsuite>`,
        "scan.json": JSON.stringify({
            SchemaVersion: 2,
            ArtifactName: `registry.example.com/nova/video-ranking@sha256:${digest}`,
            ArtifactType: "container_image",
            Results: [{ Target: "debian 12", Class: "os-pkgs", Type: "debian" }],
        }),
    };
}

/** The checkout's files as git would commit them, changes included. */
async function copyCheckout(from: string, to: string): Promise<void> {
    const { stdout } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], { cwd: from });
    for (const name of stdout.split("\0").filter((one) => one !== "")) {
        mkdirSync(dirname(join(to, name)), { recursive: true });
        cpSync(join(from, name), join(to, name), { recursive: true, force: true });
    }
}
