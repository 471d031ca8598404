import { execa } from "execa";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { sameRepository } from "./rules.ts";

const checkout = join(import.meta.dirname, "../..");
const folder = join(checkout, ".github/workflows");
const files = readdirSync(folder);
const text = (file: string): string => readFileSync(join(folder, file), "utf8");

const workflowSchema = z.looseObject({
    on: z.unknown(),
    permissions: z.record(z.string(), z.string()),
    jobs: z.record(
        z.string(),
        z.looseObject({
            if: z.string().optional(),
            permissions: z.record(z.string(), z.string()).optional(),
            "timeout-minutes": z.number(),
            steps: z.array(z.looseObject({ uses: z.string().optional(), run: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() })),
        }),
    ),
});
const workflow = (file: string): z.infer<typeof workflowSchema> => workflowSchema.parse(parse(text(file)));
const steps = (file: string) => Object.values(workflow(file).jobs).flatMap((job) => job.steps);

describe.each(files)("the workflow %s", (file) => {
    it("pins every action by digest, with its version beside it", () => {
        const uses = text(file)
            .split("\n")
            .filter((line) => line.includes("uses:"));
        expect(uses.length).toBeGreaterThan(0);
        expect(uses.filter((line) => !/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
    });

    it("starts from no permission to write, and lets a job write only comments", () => {
        const { permissions, jobs } = workflow(file);
        expect(Object.values(permissions).filter((permission) => permission !== "read")).toEqual([]);
        const written = Object.values(jobs).flatMap((job) => Object.entries(job.permissions ?? {}).filter(([, permission]) => permission === "write"));
        expect(written.map(([name]) => name).filter((name) => !["pull-requests", "id-token"].includes(name))).toEqual([]);
    });

    it("keeps no credentials in the checkout", () => {
        const checkouts = steps(file).filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
        expect(checkouts.map((step) => step.with?.["persist-credentials"])).toEqual(checkouts.map(() => false));
    });

    it("gives a pull request of a fork no secret", () => {
        const open = Object.values(workflow(file).jobs).filter((job) => JSON.stringify(job).includes("secrets.") && job.if?.includes(sameRepository) !== true);
        expect(text(file).includes("pull_request:") ? open : []).toEqual([]);
    });

    it("runs targets of the Makefile, and nothing else without a reason", async () => {
        const targets = await makeTargets();
        const unknown = commandsOf(file).filter((command) => {
            const target = targetOf(command);
            return target === undefined ? !otherCommands.has(command) : !targets.has(target);
        });
        expect(unknown).toEqual([]);
    });
});

describe("what the pipelines run", () => {
    const commands = files.flatMap(commandsOf);

    it("is run by a test in the lab too, where it is a pipeline's own target", () => {
        const tests = ["lab/pipelines", "lab/pipelines-back", "workflows/reports"]
            .map((name) => readFileSync(join(checkout, `test/${name}.test.ts`), "utf8"))
            .join("");
        const own = [...new Set(commands.flatMap((command) => targetOf(command) ?? []))].filter((target) => target.startsWith("ci-"));
        expect(own.toSorted()).toEqual([
            "ci-back",
            "ci-direction",
            "ci-down",
            "ci-drift",
            "ci-install",
            "ci-preview",
            "ci-rehearsal",
            "ci-reports",
            "ci-rollout",
        ]);
        expect(
            own.filter(
                (target) => !tests.includes(`make("${target}"`) && !tests.includes(`"make", ["${target}"`) && !tests.includes(`runTarget(stack, "${target}"`),
            ),
        ).toEqual([]);
    });

    it("has no reason for a command that no pipeline runs any more", () => {
        expect([...otherCommands.keys()].filter((command) => !commands.includes(command))).toEqual([]);
    });

    it.each(["ci-preview", "ci-reviewed-preview", "ci-back", "ci-down", "ci-direction", "ci-rollout", "ci-drift", "ci-rehearsal"])(
        "is a target that make can expand, and that installs nothing: %s",
        async (target) => {
            const { stdout } = await execa("make", ["--dry-run", target, "STACK=prod"], { cwd: checkout });
            expect(stdout).toMatch(/--stack "prod"/);
            expect(stdout).toContain("bash lab/bootstrap.sh --installed");
            expect(stdout).not.toMatch(/bootstrap\.sh"?\)|\bnpm\b|\bnpx\b|apt-get|pulumi install/);
        },
    );

    it("installs packages without their scripts, in a step of its own", async () => {
        const { stdout } = await execa("make", ["--dry-run", "ci-install"], { cwd: checkout });
        expect(stdout).toContain("bash lab/bootstrap.sh --ignore-scripts");
        const missing = await execa("bash", ["lab/bootstrap.sh", "--installed"], {
            cwd: checkout,
            env: { NOVA_CACHE: join(checkout, ".lab/no-cache"), PATH: "/usr/bin:/bin" },
            extendEnv: false,
            reject: false,
        });
        // Where the machine's own Node is new enough, nothing is missing.
        expect(
            missing.exitCode === 0 || missing.stderr.includes("is not installed: run 'make ci-install' in a step before, which has no secrets"),
            missing.stderr,
        ).toBe(true);
    });

    it("waits for nothing on the way back: no queue of the rollouts, no reviewer, no preflight", () => {
        const { jobs } = workflow("rollout.yml");
        const { back, direction, rollout } = jobs;
        expect(workflow("rollout.yml")).not.toHaveProperty("concurrency");
        expect(direction).not.toHaveProperty("concurrency");
        expect(back).toMatchObject({
            needs: "direction",
            concurrency: { group: "rollback-prod", "cancel-in-progress": false },
            environment: "production-back",
        });
        expect(rollout).toMatchObject({ needs: ["direction", "back"], concurrency: { group: "rollout-prod", "cancel-in-progress": false } });
    });

    it("looks at no author that a commit names itself", () => {
        expect(files.filter((file) => /head_commit|commits\[|\.author\b/.test(text(file)))).toEqual([]);
    });

    it("leaves no kubeconfig in what the pipeline keeps of a rollout", async () => {
        const { stdout } = await execa("make", ["--dry-run", "ci-rollout", "STACK=prod"], { cwd: checkout });
        expect(stdout).not.toMatch(/>\s*"?\.rollout/);
        expect(stdout).toMatch(/KUBECONFIG="\$\(mktemp\)"; trap 'rm -f "\$KUBECONFIG"' EXIT/);
    });
});

/** Commands that are no target of the Makefile, and why not. */
const otherCommands: ReadonlyMap<string, string> = new Map([
    [".github/comment.sh comment/comment.md", "it speaks to GitHub, which no other pipeline has; the file that it sends is made by make ci-preview"],
    [".ci/run", "it runs make lint and make test, and counts their tests"],
    ["apt-get update && apt-get install -y --no-install-recommends make", "the container has no make"],
]);

function commandsOf(file: string): readonly string[] {
    return steps(file).flatMap(({ run }) => (run === undefined ? [] : [run.trim()]));
}

function targetOf(command: string): string | undefined {
    return /^make ([a-z-]+)$/.exec(command)?.[1];
}

async function makeTargets(): Promise<ReadonlySet<string>> {
    const { stdout } = await execa("make", ["help"], { cwd: checkout });
    return new Set(stdout.split("\n").map((line) => line.trim().split(/\s+/)[1] ?? ""));
}
