import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { rules } from "../../policies/rules/index.ts";
import { installLibrary, packLibrary } from "../helpers/packed-library.ts";
import { deployment } from "./corpus/small.ts";

let folder: string;
let tarball: string;
let command: string;

beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "policies-package-"));
    tarball = await packLibrary(folder, "policies");
    command = await installLibrary(tarball, join(folder, "app"), { peers: false, name: "nova-delivery-policies" });
}, 180_000);

afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
});

describe("the packed policies", () => {
    it("check manifests in an empty folder", async () => {
        const app = join(folder, "app");
        await writeFile(
            join(app, "good.yaml"),
            stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "shop" }, data: { LOG_LEVEL: "info" } }),
        );
        const good = await execa("node", [command, "check", "good.yaml"], { cwd: app, reject: false });
        expect(good).toMatchObject({ exitCode: 0, stderr: "" });
        await mkdir(join(app, "deploy"));
        await writeFile(join(app, "deploy/bad.yaml"), stringify(deployment("api", { hostNetwork: true })));
        const bad = await execa("node", [command, "check", "."], { cwd: app, reject: false });
        expect(bad.exitCode).toBe(1);
        expect(bad.stdout).toContain("no-host-namespace");
    });

    it("say their version and are started by their first line", async () => {
        expect((await execa("node", [command, "--version"])).stdout).toMatch(/^\d+\.\d+\.\d+$/);
        expect((await execa("head", ["-1", command])).stdout).toBe("#!/usr/bin/env node");
    });

    it("are a pack that Pulumi can load", async () => {
        const script = 'void require("./main.cjs").then(() => { console.log("loaded"); process.exit(0); });';
        const { stdout } = await execa("node", ["--eval", script], { cwd: join(folder, "app/node_modules/nova-delivery-policies") });
        expect(stdout.trim().split("\n").at(-1)).toBe("loaded");
    });

    it("hold what was built, every rule and no source", async () => {
        const { stdout } = await execa("tar", ["--list", "--file", tarball]);
        const files = stdout.split("\n").map((file) => file.replace("package/", ""));
        expect(files).toEqual(
            expect.arrayContaining([
                "main.cjs",
                "PulumiPolicy.yaml",
                "README.md",
                "dist/index.js",
                "dist/cli/index.js",
                "cli/policies.cjs",
                "node-version.cjs",
            ]),
        );
        expect(files.filter((file) => file.endsWith(".ts"))).toEqual([]);
        expect(files.filter((file) => file.startsWith("dist/rules/") && !file.endsWith("/index.js"))).toHaveLength(rules.length);
    });
});
