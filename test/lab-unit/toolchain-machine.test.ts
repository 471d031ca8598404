import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { toolPath } from "../../lab/toolchain/paths.ts";
import { choosePulumi, type PulumiFacts } from "../../lab/toolchain/pulumi.ts";
import { findCommand, installCommand } from "../../lab/toolchain/system.ts";
import { countReports } from "../report.ts";

describe("the choice of Pulumi", () => {
    const good: PulumiFacts = {
        path: "/usr/bin/pulumi",
        version: async () => "v3.274.1",
        hasLanguageHost: async () => true,
        canDownloadPlugins: async () => true,
    };
    const never = async (): Promise<never> => Promise.reject(new Error("must not be asked"));

    it("is the machine's own when it is new enough, has its language host and reaches plugins", async () => {
        expect(await choosePulumi(good)).toMatchObject({ kind: "installed", path: "/usr/bin/pulumi" });
    });

    it.each<{ reason: RegExp; facts: PulumiFacts }>([
        { reason: /no pulumi on PATH/, facts: { path: undefined, version: never, hasLanguageHost: never, canDownloadPlugins: never } },
        { reason: /is v3\.269\.0: 3\.270 or a later/, facts: { ...good, version: async () => "v3.269.0", canDownloadPlugins: never } },
        { reason: /is v4\.300\.0: 3\.270 or a later/, facts: { ...good, version: async () => "v4.300.0", canDownloadPlugins: never } },
        { reason: /of an unknown version/, facts: { ...good, version: async () => undefined, canDownloadPlugins: never } },
        { reason: /without pulumi-language-nodejs/, facts: { ...good, hasLanguageHost: async () => false, canDownloadPlugins: never } },
        { reason: /could not download a plugin/, facts: { ...good, canDownloadPlugins: async () => false } },
    ])("is the built one, with a reason that says $reason", async ({ reason, facts }) => {
        const choice = await choosePulumi(facts);
        expect(choice).toMatchObject({ kind: "built", path: toolPath("pulumi") });
        expect(choice.reason).toMatch(reason);
    });
});

describe("a command of the machine", () => {
    let folder: string;
    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "toolchain-machine-"));
        await writeFile(join(folder, "runs"), "#!/bin/sh\n");
        await chmod(join(folder, "runs"), 0o755);
        await writeFile(join(folder, "reads"), "text");
    });
    afterAll(async () => rm(folder, { recursive: true }));

    it("is found on the path it is on, when it can be run", async () => {
        expect(await findCommand("runs", `/nowhere:${folder}`)).toBe(join(folder, "runs"));
        expect(await findCommand("reads", folder)).toBeUndefined();
        expect(await findCommand("runs", "")).toBeUndefined();
    });

    it("is installed by one command for all that is missing", () => {
        expect(installCommand(["mvn", "java"])).toMatch(/^apt-get update && apt-get install -y .*default-jdk-headless maven$/);
    });
});

describe("the count of test reports", () => {
    const file = (status: string, ...cases: readonly string[]): unknown => ({
        name: "a",
        status,
        assertionResults: cases.map((one) => ({ status: one, fullName: `a ${one} case` })),
    });
    const report = (...files: readonly unknown[]): string => JSON.stringify({ testResults: files });

    it.each([
        { name: "nothing", reports: [], counts: { passed: 0, failed: 0, failures: [] } },
        {
            name: "two reports",
            reports: [report(file("passed", "passed", "passed")), report(file("failed", "passed", "failed"))],
            counts: { passed: 3, failed: 1, failures: ["a: a failed case"] },
        },
        { name: "skipped cases, which are neither", reports: [report(file("passed", "pending", "passed"))], counts: { passed: 1, failed: 0, failures: [] } },
        { name: "a file that could not be loaded", reports: [report(file("failed"))], counts: { passed: 0, failed: 1, failures: ["a: the file itself"] } },
        {
            name: "a file whose hook failed after its cases",
            reports: [report(file("failed", "passed"))],
            counts: { passed: 1, failed: 1, failures: ["a: the file itself"] },
        },
    ])("adds up $name", ({ reports, counts }) => {
        expect(countReports(reports)).toEqual(counts);
    });

    it.each(["", "{}", '{"testResults": 3}'])("does not take %j for a report", (text) => {
        expect(() => countReports([text])).toThrow();
    });
});
