import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { Command } from "commander";
import { vi } from "vitest";

import { approvalStore } from "../../../rollout/consent/live/approval-store.ts";
import { defined } from "../../../rollout/defined.ts";
import { type LiveRoute, type TimedRoute, apiServer } from "../../../rollout/kubernetes/cluster-reader.ts";
import { ledgerStore } from "../../../rollout/ledger/live/store.ts";
import { writersIn } from "../../../rollout/ledger/writers.ts";
import type { RouteWriter } from "../../../rollout/route/live/writer.ts";
import { signatureStore } from "../../../rollout/consent/live/signature-store.ts";
import type { CommonOptions, Opening } from "../../../rollout/cli/commands/command.ts";
import type { EngineArgs, EngineOutcome } from "../../../rollout/cli/engine.ts";
import { Output } from "../../../rollout/cli/output.ts";
import type { Session } from "../../../rollout/cli/session.ts";
import { StackFile } from "../../../rollout/cli/stack-file.ts";
import type { RolloutTarget } from "../../../rollout/cli/target.ts";
import program from "../../../rollout.config.ts";
import type { Actor } from "../../../rollout/gate/criterion.ts";
import type { RolloutRecord } from "../../../rollout/route/record.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import { MemoryConfigMaps } from "../kubernetes/memory-config-maps.ts";
import { labVariables } from "../../config/stack-files.ts";
import { rolling } from "../arbitraries.ts";
import { profile } from "../../../service/profile.ts";

/** A target whose steps are guarded by their order alone: nothing is asked of Prometheus. */
export const orderOnlyTarget: RolloutTarget = {
    profile,
    environment: "lab",
    namespace: "prod",
    service: "api",
    hostname: "api.example.com",
    gateway: { name: "edge", namespace: "edge-system", retry: false, testers: { kind: "header" } },
    gates: { kind: "order-only", reason: "a test of the commands" },
    timeScale: 1,
    approvals: { roles: {}, requireVerifiedIdentity: false, identities: {} },
    checklist: { enforced: false, reason: "a test of the commands", signatureDays: 7 },
};

/** The step of `record` as the API server has it. */
export function stepOf(record: RolloutRecord, change: Partial<Extract<TimedRoute, { kind: "found" }>["present"]> = {}, soakedSeconds = 1_000): TimedRoute {
    const enteredAt = "2025-10-26T06:00:00.000Z";
    const routedPercent = record.kind === "rolling" ? record.weightPercent : 0;
    const now = new Date(Date.parse(enteredAt) + soakedSeconds * 1_000).toISOString();
    return { kind: "found", present: { record, routedPercent, ...change }, clock: { kind: "known", enteredAt, now, soakedSeconds } };
}

export interface FakeSessionArgs {
    /** What the route shows. @default v2 at 10 %, for long enough */
    readonly live?: TimedRoute;
    readonly target?: Partial<RolloutTarget>;
    readonly actor?: Actor;
    readonly route?: Partial<RouteWriter>;
    /** Ready pods of each Service. @default 6 */
    readonly readyEndpoints?: () => Promise<number>;
    /** Folder of a stack named `lab`. If omitted, there is no stack. */
    readonly folder?: string;
    readonly maps?: MemoryConfigMaps;
}

/** A session whose cluster is in memory. */
export function fakeSession({ live = stepOf(rolling(10)), target: change = {}, actor, route = {}, readyEndpoints, folder, maps }: FakeSessionArgs = {}) {
    const target = { ...orderOnlyTarget, ...change };
    const objects = maps ?? new MemoryConfigMaps();
    const stores = { maps: objects, service: target.service };
    const asRoute = (): LiveRoute => (live.kind === "found" ? { kind: "found", present: live.present } : live);
    const noAnswer = () => Promise.reject(new Error("this test has no answer to that"));
    const session: Session = {
        api: apiServer({ kubeContext: "none" }),
        target,
        schedule: scheduleFor(profile.plan, target),
        cluster: {
            readStep: async () => Promise.resolve(live),
            readRoute: async () => Promise.resolve(asRoute()),
            readyEndpoints: readyEndpoints ?? (async () => Promise.resolve(6)),
            podsMounting: noAnswer,
        },
        testers: async () => Promise.resolve({}),
        state: { pods: noAnswer, autoscaler: noAnswer, serverNow: async () => Promise.resolve(new Date(objects.nowMs)) },
        route: { rollBack: noAnswer, clearRolledBack: noAnswer, giveAll: noAnswer, ...route },
        ledger: ledgerStore({ ...stores, ...defined({ writers: writersIn(target) }) }),
        consents: approvalStore(stores),
        signatures: signatureStore(stores),
        actor: async () => Promise.resolve(actor ?? { identity: "tess", verified: true }),
        ...(folder === undefined
            ? {}
            : {
                  stack: {
                      name: "lab",
                      folder,
                      file: new StackFile(folder, "lab", program.parse),
                      program,
                      ...defined({ judgePolicies: program.judgePolicies }),
                  },
              }),
    };
    return session;
}

/** A folder with the project's stack file for the lab. */
export function stackFolder(): { readonly folder: string; readonly remove: () => void } {
    const folder = mkdtempSync(join(tmpdir(), "fake-stack-"));
    for (const name of ["Pulumi.yaml", "Pulumi.lab.yaml"]) {
        cpSync(join(import.meta.dirname, "../../..", name), join(folder, name));
    }
    const program = pathToFileURL(join(import.meta.dirname, "../../../rollout.config.ts")).href;
    writeFileSync(join(folder, "rollout.config.ts"), `export { default } from ${JSON.stringify(program)};\n`);
    Object.entries(labVariables).forEach(([name, value]) => vi.stubEnv(name, value));
    return {
        folder,
        remove: () => {
            rmSync(folder, { recursive: true });
            vi.unstubAllEnvs();
        },
    };
}

/** What a command did. */
export interface Ran {
    readonly exitCode: number | undefined;
    /** What it printed on standard output. */
    readonly out: string;
    /** What it printed on standard error. */
    readonly err: string;
    /** Runs of the engine. */
    readonly updates: readonly EngineArgs[];
    /** The options that the session was opened with. */
    readonly options: CommonOptions | undefined;
    /** What it threw. */
    readonly error: Error | undefined;
}

/** Runs a command on `session` as the command line does, with an engine that ends as told. */
export async function runCommand(
    add: (program: Command, open: Opening) => void,
    session: Session,
    args: readonly string[],
    engine: EngineOutcome = { kind: "updated", seconds: 1 },
): Promise<Ran> {
    const [out, err, updates]: [string[], string[], EngineArgs[]] = [[], [], []];
    let options: CommonOptions | undefined;
    const spies = [
        vi.spyOn(console, "log").mockImplementation((text: string) => void out.push(text)),
        vi.spyOn(console, "error").mockImplementation((text: string) => void err.push(text)),
    ];
    const before = process.exitCode;
    process.exitCode = undefined;
    const commands = new Command("rollout").exitOverride().configureOutput({ writeErr: (text) => void err.push(text) });
    add(commands, async (given) => {
        options = given;
        return Promise.resolve({
            session,
            output: new Output(given.json === true),
            engine: async (asked) => {
                updates.push(asked);
                return Promise.resolve(engine);
            },
        });
    });
    commands.commands.forEach((command) => command.exitOverride().configureOutput({ writeErr: (text) => void err.push(text) }));
    let error: Error | undefined;
    try {
        await commands.parseAsync(args, { from: "user" });
    } catch (thrown) {
        error = thrown instanceof Error ? thrown : new Error(String(thrown));
    } finally {
        spies.forEach((spy) => {
            spy.mockRestore();
        });
    }
    const exitCode = typeof process.exitCode === "number" ? process.exitCode : undefined;
    process.exitCode = before;
    return { exitCode, out: out.join("\n"), err: err.join("\n"), updates, options, error };
}
