import { execa } from "execa";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { markerOf } from "../../rollout/cli/comment/text.ts";

const checkout = join(import.meta.dirname, "../..");
const recipe = (file: string): unknown => parse(readFileSync(join(checkout, "examples/pipelines", file), "utf8"));

/** What the recipe uses of GitLab's keywords, and no other: a slip of the pen is no unknown key that GitLab would leave out. @see https://docs.gitlab.com/ci/yaml/ */
const environmentSchema = z.union([z.string(), z.strictObject({ name: z.string(), action: z.enum(["access", "prepare", "verify"]) })]);
const jobSchema = z.strictObject({
    stage: z.string(),
    rules: z.array(z.strictObject({ if: z.string(), when: z.literal("always").optional() })).optional(),
    needs: z.array(z.string()).optional(),
    environment: environmentSchema.optional(),
    resource_group: z.string().optional(),
    variables: z.record(z.string(), z.string()).optional(),
    timeout: z.string().optional(),
    script: z.array(z.string()).min(1),
    artifacts: z
        .strictObject({
            when: z.literal("always").optional(),
            paths: z.array(z.string()).optional(),
            expire_in: z.string().optional(),
            expose_as: z
                .string()
                .regex(/^[\w -]+$/)
                .optional(),
            reports: z.strictObject({ dotenv: z.string() }).optional(),
        })
        .optional(),
});
const gitlabSchema = z.object({
    stages: z.array(z.string()),
    workflow: z.strictObject({ rules: z.array(z.strictObject({ if: z.string(), changes: z.array(z.string()).optional() })) }),
    default: z.strictObject({ image: z.string(), interruptible: z.literal(false) }),
});

describe("the recipe for GitLab", () => {
    const { stages, workflow, default: common, ...rest } = { ...gitlabSchema.loose().parse(recipe("gitlab-ci.yml")) };
    const jobs = z.record(z.string(), jobSchema).parse(rest);
    const targets = Object.entries(jobs).flatMap(([name, { script }]) =>
        script.flatMap((line) => [...line.matchAll(/\bmake ([a-z-]+)/g)].map(([, target]) => ({ name, target }))),
    );

    it("has jobs of its stages, which need jobs that there are", () => {
        expect(common.interruptible).toBe(false);
        expect(Object.values(jobs).filter(({ stage }) => !stages.includes(stage))).toEqual([]);
        expect(Object.values(jobs).flatMap(({ needs = [] }) => needs.filter((name) => !(name in jobs)))).toEqual([]);
    });

    it("runs the targets that GitHub's workflows run", () => {
        const folder = join(checkout, ".github/workflows");
        const there = readdirSync(folder).flatMap((file) =>
            [...readFileSync(join(folder, file), "utf8").matchAll(/run: make (ci-[a-z-]+)/g)].map(([, target]) => target),
        );
        // Artifacts are fetched through GitHub's API there; a job of GitLab has those of the jobs before it.
        const wanted = there.filter((target) => target !== "ci-reports");
        expect(wanted.length).toBeLessThan(there.length);
        expect([...new Set(targets.map(({ target }) => target))].toSorted()).toEqual([...new Set(wanted)].toSorted());
    });

    it("installs in one job, which has no environment and so none of its secrets", () => {
        expect(targets.filter(({ target }) => target === "ci-install")).toEqual([{ name: "install", target: "ci-install" }]);
        expect(jobs.install).not.toHaveProperty("environment");
        expect(Object.values(jobs).flatMap(({ script }) => script.filter((line) => /\bnpm\b|\bnpx\b|apt-get|curl/.test(line)))).toEqual([]);
    });

    it("gives what decrypts to no job of a merge request: that one has environments of its own", () => {
        const environmentOf = (name: string) => {
            const environment = jobs[name]?.environment;
            return typeof environment === "object" ? environment.name : environment;
        };
        const ofMergeRequest = Object.entries(jobs).filter(([, { rules = [] }]) => rules.some((rule) => rule.if.includes("merge_request_event")));
        expect(ofMergeRequest.map(([name]) => environmentOf(name))).toEqual(["production-read", "production-comment"]);
        const others = Object.keys(jobs).filter((name) => !ofMergeRequest.some(([other]) => other === name));
        expect(others.map(environmentOf).filter((environment) => environment === "production-read" || environment === "production-comment")).toEqual([]);
        // A fork's merge request starts nothing.
        expect(workflow.rules[0]?.if).toContain("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID");
    });

    it("has the way back in a group and an environment of its own", () => {
        expect(jobs.back).toMatchObject({ resource_group: "rollback-prod", environment: "production-back", needs: ["install", "direction"] });
        expect(jobs.rollout).toMatchObject({ resource_group: "rollout-prod", environment: "production" });
    });

    it.each([
        { direction: "back", ran: ["ci-back"] },
        { direction: "down", ran: ["ci-down"] },
        { direction: "forward", ran: [] },
    ])("runs on '$direction' what goes back, and nothing else: $ran", async ({ direction, ran }) => {
        const script = ["make() { echo $1; }", ...(jobs.back?.script ?? [])].join("\n");
        const { stdout } = await execa("bash", ["-euo", "pipefail", "-c", script], { env: { direction } });
        expect(stdout.split("\n").filter((line) => line !== "")).toEqual(ran);
    });
});

describe("the recipe for Pulumi Deployments", () => {
    it("runs targets of the Makefile before, installs no package's scripts, and previews no pull request with secrets", async () => {
        const { settings } = z
            .object({
                settings: z.object({
                    gitHub: z.object({ previewPullRequests: z.boolean() }),
                    operationContext: z.object({ preRunCommands: z.array(z.string()), options: z.object({ skipInstallDependencies: z.boolean() }) }),
                }),
            })
            .parse(recipe("Pulumi.prod.deploy.yaml"));
        expect(settings.gitHub.previewPullRequests).toBe(false);
        expect(settings.operationContext.options.skipInstallDependencies).toBe(true);
        for (const command of settings.operationContext.preRunCommands) {
            const { exitCode } = await execa("make", ["--dry-run", ...command.split(" ").slice(1)], { cwd: checkout, reject: false });
            expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
        }
    });
});

describe("the comment on a merge request", () => {
    const mark = markerOf("prod");
    let folder: string;
    let server: Server | undefined;
    let asked: string[];
    let notes: readonly object[];
    let userStatus: number;

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "note-"));
        asked = [];
        notes = [];
        userStatus = 200;
        server = createServer((request, response) => {
            void answer(request).then(({ status, value }) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value)));
        });
        await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    });
    afterEach(async () => {
        rmSync(folder, { recursive: true });
        await new Promise((resolve) => server?.close(resolve));
    });

    async function answer(request: IncomingMessage): Promise<{ readonly status: number; readonly value: unknown }> {
        const { method = "", url = "", headers } = request;
        const body = await textOf(request);
        expect(headers["private-token"]).toBe("s3cr3t-token");
        if (method !== "GET") {
            asked.push(`${method} ${url} ${body}`);
        }
        if (url.endsWith("/user")) {
            return { status: userStatus, value: { id: 5 } };
        }
        const page = Number(/page=(\d+)$/.exec(url)?.[1] ?? 1);
        return { status: 200, value: method === "GET" ? notes.slice((page - 1) * 100, page * 100) : {} };
    }

    async function posted(text = `${mark}\n\nnew`, written = true) {
        const file = join(folder, "comment.md");
        if (written) {
            writeFileSync(file, text);
        }
        const { port } = server?.address() as AddressInfo;
        return execa(process.execPath, [join(checkout, "examples/pipelines/gitlab-comment.ts"), file], {
            env: {
                CI_API_V4_URL: `http://127.0.0.1:${String(port)}/api/v4`,
                CI_PROJECT_ID: "3",
                CI_MERGE_REQUEST_IID: "7",
                GITLAB_COMMENT_TOKEN: "s3cr3t-token",
                STACK: "prod",
            },
            extendEnv: false,
            reject: false,
        });
    }

    const note = (id: number, author: number, body: string, system = false) => ({ id, body, system, author: { id: author } });
    const body = JSON.stringify({ body: `${mark}\n\nnew` });

    it("is made where there is none", async () => {
        expect((await posted()).exitCode).toBe(0);
        expect(asked).toEqual([`POST /api/v4/projects/3/merge_requests/7/notes ${body}`]);
    });

    it("takes the place of its own with the mark, on whatever page, and of no other's", async () => {
        const others = Array.from({ length: 100 }, (_, index) => note(index + 1, 9, "words"));
        notes = [
            ...others,
            note(201, 5, `${mark}\r\n\nold`),
            note(202, 9, `${mark}\n\nforged`),
            note(203, 5, "something else"),
            note(204, 5, `${markerOf("staging")}\n\nof another stack`),
        ];
        expect((await posted()).exitCode).toBe(0);
        expect(asked).toEqual([`PUT /api/v4/projects/3/merge_requests/7/notes/201 ${body}`]);
    });

    it("says that there is no preview where the job wrote none, in place of an earlier one", async () => {
        notes = [note(201, 5, `${mark}\n\nold`)];
        expect((await posted("", false)).exitCode).toBe(0);
        expect(asked.join()).toMatch(/^PUT .*\/notes\/201 .*There is no preview of this change/);
    });

    it("is not sent without its mark, nor where GitLab refuses, and no message holds the token", async () => {
        expect((await posted("new")).exitCode).not.toBe(0);
        userStatus = 401;
        const { exitCode, stderr } = await posted();
        expect(exitCode).not.toBe(0);
        expect(stderr).toContain("GET user answers 401");
        expect(stderr).not.toContain("s3cr3t-token");
        expect(asked).toEqual([]);
    });
});
