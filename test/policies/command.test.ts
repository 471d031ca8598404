import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";

import { manifestsIn } from "../../policies/cli/manifests.ts";
import { goodTemplate } from "./extras.ts";

const folder = mkdtempSync(join(tmpdir(), "policies-"));
afterAll(() => {
    rmSync(folder, { recursive: true });
});

const command = new URL("../../policies/cli/index.ts", import.meta.url).pathname;

function run(args: readonly string[], input = "") {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
        input,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    });
    return { status, stdout, stderr };
}

const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "shop" }, data: { LOG_LEVEL: "info" } };
const exposed = { apiVersion: "v1", kind: "Service", metadata: { name: "edge", namespace: "shop" }, spec: { type: "NodePort" } };
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "login", namespace: "shop" }, data: { password: "Y29ycmVjdA==" } };

describe("policies check", () => {
    it("passes what is clean, with exit code 0", () => {
        const { status, stdout } = run(["check", "-"], stringify(configMap));
        expect(stdout).toContain("1 object: 0 mandatory and 0 advisory violations, 0 waived");
        expect(status).toBe(0);
    });

    it("names rule, file, line, object and fix, with exit code 1", () => {
        const file = join(folder, "all.yaml");
        writeFileSync(file, `# rendered\n${stringify(configMap)}---\n${stringify(exposed)}`);
        const { status, stdout } = run(["check", file]);
        expect(stdout).toContain(`Service shop/edge  ${file}:10  `);
        expect(stdout).toContain(
            "mandatory high      service-exposure  it is exposed as a NodePort (spec.type). To fix: use ClusterIP and a route through the gateway.",
        );
        expect(status).toBe(1);
    });

    it("prints one JSON object", () => {
        const { stdout } = run(["check", "--json", "-"], JSON.stringify([exposed, configMap]));
        const report = z.object({ objects: z.number(), violations: z.array(z.object({ rule: z.string(), level: z.string() })) }).parse(JSON.parse(stdout));
        expect(report.objects).toBe(2);
        expect(report.violations).toContainEqual({ rule: "service-exposure", level: "mandatory" });
    });

    it("prints SARIF whose results point at rules and lines", () => {
        const { stdout } = run(["check", "--sarif", "-"], stringify(exposed));
        const sarif = z
            .object({
                version: z.literal("2.1.0"),
                runs: z.array(
                    z.object({
                        tool: z.object({ driver: z.object({ rules: z.array(z.object({ id: z.string() })) }) }),
                        results: z.array(z.object({ ruleId: z.string(), ruleIndex: z.number(), locations: z.array(z.unknown()).min(1) })),
                    }),
                ),
            })
            .parse(JSON.parse(stdout));
        for (const { ruleId, ruleIndex } of sarif.runs[0]?.results ?? []) {
            expect(sarif.runs[0]?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
        }
        expect(sarif.runs[0]?.results.map(({ ruleId }) => ruleId)).toContain("service-exposure");
    });

    it("warns of a Secret's content in a manifest, and does not print it", () => {
        const { stdout, status } = run(["check", "-"], stringify(secret));
        expect(stdout).toContain("no-secret-literal");
        expect(stdout).not.toContain("Y29ycmVjdA");
        expect(status).toBe(0);
    });

    it("takes levels and settings from a file", () => {
        const file = join(folder, "config.json");
        writeFileSync(file, JSON.stringify({ all: "disabled", "service-exposure": { enforcementLevel: "advisory" } }));
        const { status, stdout } = run(["check", "--config", file, "-"], stringify(exposed));
        expect(stdout).toContain("0 mandatory and 1 advisory");
        expect(status).toBe(0);
    });

    it.each([
        ["broken YAML", "a: [", "this is no YAML"],
        ["nothing", "", "nothing was checked"],
        ["comments only", "# nothing\n---\n# here\n", "nothing was checked"],
        ["something else", "name: nginx\n", "this is no Kubernetes object"],
        ["a number", "42\n", "this is no Kubernetes object"],
        [
            "a bomb of aliases",
            `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`,
            "can't be read",
        ],
        ["deep nesting", "[".repeat(50_000), "nests too deep"],
        ["deep nesting in a line", "- ".repeat(50_000), "nests too deep"],
        ["deep nesting by indentation", Array.from({ length: 2_000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"), "nests too deep"],
        ["deep nesting in braces", `kind: ${"{a: ".repeat(50_000)}`, "nests too deep"],
        ["deep nesting in JSON", `{"a":`.repeat(50_000) + "1" + "}".repeat(50_000), "nests too deep"],
        ["deep nesting in lists of JSON", "[".repeat(50_000) + "]".repeat(50_000), "nests too deep"],
        ["bytes that are no text", "\u0000\ufffd", "-:1"],
    ])("answers %s with one clear error and exit code 2", (_what, input, message) => {
        const { status, stderr } = run(["check", "-"], input);
        expect(stderr).toContain(message);
        expect(stderr.trim().split("\n")).toHaveLength(1);
        expect(status).toBe(2);
    });

    it("answers a missing file with one clear error", () => {
        const { status, stderr } = run(["check", join(folder, "missing.yaml")]);
        expect(stderr).toContain("can't be read");
        expect(status).toBe(2);
    });

    it.each([
        ["no file", ["check"]],
        ["an unknown option", ["check", "--loud", "-"]],
        ["an unknown command", ["judge", "-"]],
        ["an unknown environment", ["check", "--environment", "production", "-"]],
        ["a version of Kubernetes that is none", ["check", "--kubernetes", "latest", "-"]],
        ["a version of Kubernetes that the pack does not know", ["check", "--kubernetes", "1.99", "-"]],
        ["version 2 of Kubernetes", ["check", "--kubernetes", "2.0", "-"]],
        ["two forms of output", ["check", "--json", "--sarif", "-"]],
        ["an unknown grouping", ["check", "--group", "file", "-"]],
        ["a missing configuration", ["check", "--config", join(folder, "none.json"), "-"]],
    ])("answers %s with exit code 3", (_what, args) => {
        const { status, stderr } = run(args, stringify(configMap));
        expect(stderr).not.toBe("");
        expect(stderr).not.toContain("    at ");
        expect(status).toBe(3);
    });

    it.each(["1.0", "v1.36.3", "1.37"])("knows version %s of Kubernetes", (version) => {
        expect(run(["check", "--kubernetes", version, "-"], stringify(configMap)).status).toBe(0);
    });

    it("says its version and its help with exit code 0", () => {
        const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL("../../policies/package.json", import.meta.url), "utf8")));
        expect(run(["--version"])).toMatchObject({ status: 0, stdout: `${version}\n` });
        expect(run(["check", "--help"]).status).toBe(0);
    });
});

describe("several inputs", () => {
    const write = (name: string, content: string): string => {
        const file = join(folder, name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
        return file;
    };

    it("that can't all be read give the results of the others, and exit code 2", () => {
        const good = write("some/good.yaml", stringify(exposed));
        const bad = write("some/bad.yaml", `a: [\n---\n${stringify({ ...exposed, metadata: { name: "second", namespace: "shop" } })}`);
        const { status, stdout, stderr } = run(["check", bad, good, join(folder, "missing.yaml")]);
        expect(stdout).toContain("Service shop/edge");
        expect(stdout).toContain("Service shop/second");
        expect(stderr).toContain(`${bad}:`);
        expect(stderr).toContain("missing.yaml: it can't be read");
        expect(status).toBe(2);
    });

    it("are all told in JSON and in SARIF, unreadable ones too", () => {
        const bad = write("bad.yaml", `${stringify(configMap)}---\nkind: none\n`);
        const report = z.object({ objects: z.number(), unreadable: z.array(z.object({ file: z.string(), line: z.number(), problem: z.string() })) });
        const { objects, unreadable } = report.parse(JSON.parse(run(["check", "--json", bad]).stdout));
        expect(objects).toBe(1);
        expect(unreadable).toMatchObject([{ file: bad, line: 9 }]);
        expect(unreadable[0]?.problem).toContain("this is no Kubernetes object");
        expect(JSON.parse(run(["check", "--sarif", bad]).stdout)).toMatchObject({ runs: [{ invocations: [{ executionSuccessful: false }] }] });
    });

    it("stand in a folder: YAML and JSON at any depth, each once", () => {
        write("tree/a.yaml", stringify(configMap));
        write("tree/deep/er/b.yml", stringify(exposed));
        write("tree/deep/c.json", JSON.stringify({ ...configMap, metadata: { name: "third", namespace: "shop" } }));
        write("tree/README.md", "# Nothing");
        const folderName = join(folder, "tree");
        symlinkSync(folderName, join(folderName, "deep/loop"));
        const { status, stdout } = run(["check", folderName, join(folderName, "a.yaml")]);
        expect(stdout).toContain("3 objects");
        expect(status).toBe(1);
    });

    it("are none in a folder without manifests, which is an error", () => {
        write("empty/README.md", "# Nothing");
        const { status, stderr } = run(["check", join(folder, "empty")]);
        expect(stderr).toContain("there is no *.yaml, *.yml or *.json in this folder");
        expect(status).toBe(2);
    });
});

describe("the text", () => {
    const second = { ...exposed, metadata: { name: "second", namespace: "shop" } };
    const privileged = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "bad", namespace: "shop" },
        spec: {
            containers: [0, 1, 2].map((index) => ({ name: `c${String(index)}`, image: "registry.example.com/a:1", securityContext: { privileged: true } })),
        },
    };
    const text = [configMap, exposed, second, privileged].map((object) => stringify(object)).join("---\n");

    it("has one block an object, the most severe first, and one line a rule in it", () => {
        const blocks = run(["check", "-"], text).stdout.split("\n\n");
        expect(blocks[0]).toContain("Pod shop/bad");
        const lines = blocks[0]?.split("\n").filter((line) => line.includes("no-privileged-container")) ?? [];
        expect(lines).toEqual([expect.stringMatching(/^ {2}mandatory critical.*And 2 more: spec\.containers\[1\].*spec\.containers\[2\]/)]);
        expect(blocks.filter((block) => block.startsWith("Service shop/"))).toHaveLength(2);
    });

    it("has one block a rule with --group rule", () => {
        const blocks = run(["check", "--group", "rule", "-"], text).stdout.split("\n\n");
        expect(blocks[0]).toMatch(/^mandatory critical/);
        const block = blocks.find((entry) => entry.includes("service-exposure"));
        expect(block?.split("\n")).toHaveLength(3);
    });

    it("ends with the counts", () => {
        const last = run(["check", "-"], text).stdout.trim().split("\n").at(-1);
        expect(last).toMatch(/^4 objects: \d+ mandatory and \d+ advisory violations, 0 waived\. By severity: \d+ critical, \d+ high, \d+ medium, \d+ low$/);
    });
});

describe("reading manifests", () => {
    it("reports an anchor that contains itself as unreadable, without a hang", () => {
        const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &loop\n  self: *loop\n";
        expect([...manifestsIn(text, "a.yaml")]).toEqual([{ file: "a.yaml", line: 5, problem: 'the anchor "loop" contains itself' }]);
    });

    it("expands lists and keeps kinds that nobody knows", () => {
        const list = {
            apiVersion: "v1",
            kind: "List",
            items: [configMap, { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "a", namespace: "shop" }, spec: { template: goodTemplate } }],
        };
        expect([...manifestsIn(stringify(list), "a.yaml")]).toHaveLength(1);
        const { status, stdout } = run(["check", "-"], stringify(list));
        expect(stdout).toContain("mandatory");
        expect(status).toBe(1);
    });
});
