import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";

import { manifestsIn, ManifestError } from "../../policies/cli/manifests.ts";
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
        expect(stdout).toContain("1 objects: 0 mandatory and 0 advisory violations, 0 waived");
        expect(status).toBe(0);
    });

    it("names rule, file, line, object and fix, with exit code 1", () => {
        const file = join(folder, "all.yaml");
        writeFileSync(file, `# rendered\n${stringify(configMap)}---\n${stringify(exposed)}`);
        const { status, stdout } = run(["check", file]);
        expect(stdout).toContain(
            `mandatory  service-exposure  ${file}:9\n           Service edge: it is exposed as a NodePort (spec.type). To fix: use ClusterIP and a route through the gateway.`,
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
            `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
            "can't be read",
        ],
        ["deep nesting", "[".repeat(50_000), "-:1"],
        ["bytes that are no text", "\u0000\ufffd", "-"],
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
});

describe("reading manifests", () => {
    it("reports an anchor that contains itself as unreadable, without a hang", () => {
        const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &loop\n  self: *loop\n";
        let outcome: unknown;
        try {
            outcome = [...manifestsIn(text, "a.yaml")][0]?.resource.unreadable?.reason;
        } catch (error) {
            outcome = error instanceof ManifestError ? "refused" : error;
        }
        expect(["malformed", "refused"]).toContain(outcome);
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
