import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { compileProgram, installLibrary, packLibrary } from "../helpers/packed-library.ts";

const root = resolve(import.meta.dirname, "../..");

let folder: string;
let tarball: string;

beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollout-package-"));
    tarball = await packLibrary(folder);
}, 180_000);

afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
});

/** An empty folder in which the tarball is installed. */
async function install(name: string, { peers }: { readonly peers: boolean }): Promise<{ readonly app: string; readonly bin: string }> {
    const app = join(folder, name);
    const bin = await installLibrary(tarball, app, { peers });
    await writeFile(join(app, "package.json"), JSON.stringify({ type: "module" }));
    return { app, bin };
}

/** What the compiler has to say of the program in `app`. */
async function compile(app: string): Promise<string> {
    const options = {
        strict: true,
        module: "nodenext",
        target: "es2024",
        lib: ["es2024"],
        types: ["node"],
        noEmit: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
    };
    await writeFile(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
    return compileProgram(app);
}

/** A first program, with a monitor that only records: the one of the SDK knows no hooks (pulumi/pulumi#20874). */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { decodeRecord, definePlan, isWeight, labelKeysOf } from "progressive-rollout";
import { type ClusterReader, ProgressiveRollout } from "progressive-rollout/pulumi";

const made: { type: string; inputs: any }[] = [];
await pulumi.runtime.setMocks(
    { newResource: ({ type, name, inputs }) => (made.push({ type, inputs }), { id: name, state: inputs }), call: () => ({}) },
    "shop",
    "dev",
);
Object.assign(pulumi.runtime.getMonitor() as object, { registerResourceHook: (_: unknown, done: (error: null, answer: object) => void) => done(null, {}) });

const step = (name: string, weightPercent: number) => ({ name, weightPercent, candidateReplicas: 2, sparePods: 0, soakMinutes: 10, approvals: [] });
const plan = definePlan({
    steps: [step("dark", 0), step("one", 1), step("fifth", 20), step("all", 100)],
    roles: [],
    finishApprovals: [],
    fullReplicas: 2,
    steadyReplicas: { minimum: 2, maximum: 4 },
    watchLimits: { holdMinutes: 10, blindMinutes: 5, statusUpdateMinutes: 15, approvalMinutes: 60 },
});
const profile = { plan };
const cluster: ClusterReader = { readRoute: async () => ({ kind: "absent" }), readyEndpoints: async () => 0, podsMounting: async () => [] };
new ProgressiveRollout("checkout", {
    namespace: "shop",
    namespaceName: "shop",
    stable: { name: "v1", image: "registry.example.com/checkout@sha256:aa", config: {} },
    candidate: { name: "v2", image: "registry.example.com/checkout@sha256:bb", config: {} },
    profile,
    weightPercent: 0,
    design: { service: "checkout", hostname: "shop.example.com", gateway: { name: "edge", namespace: "edge", retry: false, testers: { kind: "none", reason: "none" } } },
    serviceAccountName: "checkout",
    secretFiles: {},
    awaitTimeoutSeconds: 60,
    cluster,
    seen: { kind: "absent" },
});
await pulumi.runtime.disconnect();
const route = made.find(({ type }) => type.endsWith(":HTTPRoute"));
console.log(JSON.stringify({ types: made.map(({ type }) => type), record: decodeRecord(route?.inputs.metadata.annotations, labelKeysOf(profile)), isWeight: isWeight(plan, 20) && !isWeight(plan, 25) }));
`;

const seen = z.object({ types: z.array(z.string()), record: z.unknown(), isWeight: z.boolean() });

describe("the packed library", () => {
    it("declares a rollout in a program of a few lines", async () => {
        const { app } = await install("program", { peers: true });
        await writeFile(join(app, "index.ts"), program);
        const { stdout } = await execa("node", ["index.ts"], { cwd: app });
        const { types, record, isWeight } = seen.parse(JSON.parse(stdout));

        expect(types.filter((type) => type === "kubernetes:apps/v1:Deployment")).toHaveLength(2);
        expect(types).toContain("progressive-rollout:rollout:ProgressiveRollout");
        expect(record).toMatchObject({ kind: "rolling", weightPercent: 0, stable: { name: "v1" }, candidate: { name: "v2" } });
        expect(isWeight).toBe(true);
    }, 60_000);

    it("has declarations for the compiler: a program with a wrong type does not compile", async () => {
        const { app } = await install("typed", { peers: false });
        await writeFile(
            join(app, "index.ts"),
            `import { judge, referenceTo, type Verdict } from "progressive-rollout";
            export const name: string = referenceTo({ name: "v1", image: "i", config: {} }).name;
            // @ts-expect-error a revision has a name
            referenceTo({ image: "i", config: {} });
            // @ts-expect-error no such verdict
            export const verdict: Verdict = "perhaps";
            // @ts-expect-error nothing is judged without evidence
            judge([]);`,
        );
        expect(await compile(app)).toBe("");
    }, 60_000);

    it("is used in its README as it can be used: the program there compiles", async () => {
        const { app } = await install("readme", { peers: true });
        const [, example = ""] = /```ts\n(.*?)```/s.exec(await readFile(join(app, "node_modules/progressive-rollout/README.md"), "utf8")) ?? [];
        await writeFile(join(app, "index.ts"), example);
        await writeFile(join(app, "profile.ts"), 'import type { ServiceProfile } from "progressive-rollout";\nexport declare const profile: ServiceProfile;');
        await writeFile(
            join(app, "rollout.config.ts"),
            'import { defineProgram } from "progressive-rollout";\nimport { profile } from "./profile.ts";\nexport default defineProgram({ profile });',
        );
        expect(example).toContain("new ProgressiveRollout(");
        expect(await compile(app)).toBe("");
    }, 60_000);

    it("is all that the example of another service needs beside Pulumi's SDKs: it compiles, and imports nothing else", async () => {
        const { app } = await install("example", { peers: true });
        await cp(join(root, "examples/checkout"), app, { recursive: true, filter: (source) => !source.endsWith("/node_modules") });
        const sources = (await readdir(app)).filter((file) => file.endsWith(".ts"));
        const texts = await Promise.all(sources.map((file) => readFile(join(app, file), "utf8")));
        const imported = texts.flatMap((text) => [...text.matchAll(/from "([^"]+)";/g)].map(([, name = ""]) => name));
        const allowed = /^(progressive-rollout(\/pulumi)?|@pulumi\/(pulumi|kubernetes|random)|node:[a-z/]+|\.\/[a-z.-]+\.ts)$/;
        expect(imported.filter((name) => !allowed.test(name))).toEqual([]);
        expect(await compileProgram(app)).toBe("");
    }, 60_000);

    it("has the rollout command, which needs no SDK of Pulumi", async () => {
        const { app, bin } = await install("command", { peers: false });
        const { stdout } = await execa("node", [bin, "--help"], { cwd: app });
        expect(stdout).toContain("Usage: rollout [options] [command]");
        expect(stdout).toContain("advance");
        expect((await readFile(bin, "utf8")).split("\n")[0]).toBe("#!/usr/bin/env node");
    }, 60_000);

    it("holds what was built, and no source", async () => {
        const { stdout } = await execa("tar", ["--list", "--file", tarball]);
        const files = stdout.split("\n").map((file) => file.replace("package/", ""));
        expect(files).toContain("dist/pulumi/index.d.ts");
        expect(files).toContain("README.md");
        expect(files.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))).toEqual([]);
    });
});
