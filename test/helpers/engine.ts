import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { z } from "zod";

import { type EngineResult, changeCount } from "../../lab/trial/engine.ts";
import { labLayout } from "../../lab/api.ts";
import type { TrialStack } from "../../lab/trial/trial-stack.ts";

export { changeCount } from "../../lab/trial/engine.ts";
export { nextRevision } from "../../lab/trial/revisions.ts";
export { TrialStack } from "../../lab/trial/trial-stack.ts";
export { ChangeRecorder } from "./change-recorder.ts";

/** The result of a run that must succeed. @throws with everything the CLI printed. */
export async function succeeding(running: Promise<EngineResult>): Promise<EngineResult> {
    const result = await running;
    if (result.exitCode !== 0) {
        throw new Error(`pulumi ended with ${String(result.exitCode)}, expected 0:\n${result.output}`);
    }
    return result;
}

/** Expects that a run was refused by the guard with a message that matches, and that it says what to do. */
export function expectRefused(result: EngineResult, message: RegExp): void {
    expect(result.exitCode, result.output).not.toBe(0);
    expect(result.output).toMatch(message);
    expect(result.output).toMatch(/rollout refused: .*What to do: /s);
}

/** Expects that a repeated `up` has nothing to do. */
export async function expectSettled(stack: TrialStack): Promise<void> {
    const again = await succeeding(stack.up());
    expect(changeCount(again), JSON.stringify(again.steps.filter(({ operation }) => operation !== "same"))).toBe(0);
}

/** Asks until there is an answer. @throws after `withinMs` milliseconds. */
export async function eventually<T>(ask: () => Promise<T | undefined>, withinMs = 20_000): Promise<T> {
    const deadline = Date.now() + withinMs;
    for (;;) {
        const answer = await ask();
        if (answer !== undefined) {
            return answer;
        }
        if (Date.now() > deadline) {
            throw new Error(`no answer within ${String(withinMs)} ms: ${ask.toString()}`);
        }
        await sleep(100);
    }
}

/** The passwords that the stack generated, in plain text. */
export async function generatedPasswords(stack: TrialStack): Promise<readonly string[]> {
    const exported = exportSchema.parse(JSON.parse(await stack.exportState(true)));
    return exported.deployment.resources.flatMap(({ type, outputs }) => {
        const plaintext = type === "random:index/randomPassword:RandomPassword" ? secretSchema.parse(outputs?.result).plaintext : undefined;
        return plaintext === undefined ? [] : [z.string().parse(JSON.parse(plaintext))];
    });
}

/** All that Pulumi has written about a stack: state, backups, history. */
export function stateFiles(stack: TrialStack): readonly { readonly path: string; readonly text: string }[] {
    const { pulumiBackend } = labLayout();
    return readdirSync(pulumiBackend, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => path.includes(stack.name))
        .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** Types of the resources that a stack still has. */
export async function resourceTypes(stack: TrialStack): Promise<readonly string[]> {
    return exportSchema.parse(JSON.parse(await stack.exportState())).deployment.resources.map(({ type }) => type);
}

const exportSchema = z.object({
    deployment: z.object({ resources: z.array(z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() })).default([]) }),
});

const secretSchema = z.object({ plaintext: z.string() });
