import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import pg from "pg";
import { expect } from "vitest";
import { z } from "zod";

import { type EngineResult, changeCount } from "../../lab/trial/engine.ts";
import { labLayout, readLabState } from "../../lab/api.ts";
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

/** What a stack has outside its namespace, asked of the real servers: databases and roles, topics, certificates. Sorted. */
export async function outsideObjects(stack: TrialStack): Promise<readonly string[]> {
    const state = readLabState();
    if (state === undefined) {
        throw new Error("the lab is not up");
    }
    const { service } = stack.live;
    const database = new pg.Client({
        host: "127.0.0.1",
        port: state.ports.postgres,
        user: state.postgres.user,
        password: state.postgres.password,
        database: "postgres",
    });
    const kafka = new Kafka({ brokers: [`127.0.0.1:${String(state.ports.kafka)}`], logLevel: logLevel.NOTHING }).admin();
    try {
        await Promise.all([database.connect(), kafka.connect()]);
        const names = await database.query<{ name: string }>(
            "select 'database ' || datname as name from pg_database where datname like $1 union select 'role ' || rolname from pg_roles where rolname like $1",
            [`${service.replaceAll("-", "\\_")}%`],
        );
        const topics = (await kafka.listTopics()).filter((topic) => topic.startsWith(`${service}.`)).map((topic) => `topic ${topic}`);
        const certificates = (await stack.live.certificates("gateway-system")).filter((name) => name.startsWith(service)).map((name) => `certificate ${name}`);
        return [...names.rows.map(({ name }) => name), ...topics, ...certificates].toSorted();
    } finally {
        await Promise.all([database.end(), kafka.disconnect()]);
    }
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
