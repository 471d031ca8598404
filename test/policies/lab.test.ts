import { readFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "vitest";

import { readConfiguration } from "../../policies/engine/configuration.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { asked, judgeRun, nowMs } from "./judge.ts";
import { projectStack } from "./prod-stack.ts";
import type { AnalyzedResource } from "./runtime.ts";

const file: unknown = JSON.parse(readFileSync(new URL("../../policies/config/lab.json", import.meta.url), "utf8"));
const relaxed = Object.entries(typeof file === "object" && file !== null ? file : {});

/** The mandatory violations of the lab's stack under a configuration. */
async function blocked(stack: readonly AnalyzedResource[], configuration: unknown): Promise<ReadonlySet<string>> {
    const policies = policiesOf(rules, { environment: "lab", nowMs, configuration: readConfiguration(configuration, rules, "lab") });
    const found = await judgeRun(policies, stack, stack, asked);
    return new Set(found.filter(({ level }) => level === "mandatory").map(({ policy }) => policy));
}

describe("the project's own lab stack, in the middle of a rollout", () => {
    let stack: readonly AnalyzedResource[];
    beforeAll(async () => {
        stack = await projectStack("lab", { rolloutPercent: 50, candidate: true });
    });

    it("passes the pack with the lab's configuration", async () => {
        expect(await blocked(stack, file)).toEqual(new Set());
    });

    it.each(relaxed)("needs the lab's configuration of %s", async (rule) => {
        expect(await blocked(stack, Object.fromEntries(relaxed.filter(([name]) => name !== rule)))).toEqual(new Set([rule]));
    });
});
