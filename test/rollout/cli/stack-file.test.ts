import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";

import { parseConfig } from "../../../config/parse.ts";
import { StackFile } from "../../../rollout/cli/stack-file.ts";
import { labVariables } from "../../config/stack-files.ts";

const checkout = join(import.meta.dirname, "../../..");
const candidate = { name: "v1-1-0", image: "registry.example.com/nova/video-ranking:1.1.0", config: { CACHE_TTL_SECONDS: "300" } };

describe("the stack's file", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "stack-file-"));
        for (const name of ["Pulumi.yaml", "Pulumi.lab.yaml"]) {
            cpSync(join(checkout, name), join(folder, name));
        }
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    const content = (): unknown => parse(readFileSync(join(folder, "Pulumi.lab.yaml"), "utf8"));

    it("gives the same config as the program reads", () => {
        expect(new StackFile(folder, "lab", parseConfig).config(labVariables)).toMatchObject({ environment: "lab", namespace: "nova-lab", rolloutPercent: 0 });
    });

    it.each(["staging", "prod"] as const)("is read with an encrypted password in it, which it does not open: %s", (stack) => {
        expect(new StackFile(checkout, stack, parseConfig).config({})).toMatchObject({ environment: stack });
    });

    it("changes one number for a step, and keeps comments and all other keys", () => {
        const file = new StackFile(folder, "lab", parseConfig);
        const before = file.text();
        file.setRolloutPercent(25);
        expect(content()).toMatchObject({ config: { "video-ranking:rolloutPercent": 25 } });
        expect(file.text().replace("rolloutPercent: 25", 'rolloutPercent: "0"')).toBe(before);
    });

    it("makes the candidate stable, and leaves no candidate", () => {
        const file = new StackFile(folder, "lab", parseConfig);
        file.restore(file.text().replace("  video-ranking:cluster:", `  video-ranking:candidate: ${JSON.stringify(candidate)}\n  video-ranking:cluster:`));
        file.setRolloutPercent(10);
        file.promoteCandidate();
        expect(content()).toMatchObject({ config: { "video-ranking:stable": candidate, "video-ranking:rolloutPercent": 0 } });
        expect(content()).not.toHaveProperty(["config", "video-ranking:candidate"]);
    });

    it("changes nothing where there is no candidate to promote", () => {
        const file = new StackFile(folder, "lab", parseConfig);
        const before = file.text();
        expect(() => {
            file.promoteCandidate();
        }).toThrow("no candidate to promote");
        expect(file.text()).toBe(before);
    });

    it("leaves a file alone that is no YAML, and names it", () => {
        const file = new StackFile(folder, "lab", parseConfig);
        file.restore("config: {\n");
        expect(() => {
            file.setRolloutPercent(10);
        }).toThrow(/Pulumi\.lab\.yaml is not valid YAML/);
        expect(file.text()).toBe("config: {\n");
    });

    it("says what to do where there is no such stack", () => {
        expect(() => new StackFile(folder, "nowhere", parseConfig)).toThrow(/Pulumi\.nowhere\.yaml can't be read.*--stack/);
    });
});
