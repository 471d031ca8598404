import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { declaredBy } from "../../../../config/declared.ts";
import { parseConfig } from "../../../../config/parse.ts";
import type { StackConfig } from "../../../../config/schema.ts";
import { type PreflightCheck, preflightChecks } from "../../../../rollout/checklist/preflight.ts";
import { apiServer } from "../../../../rollout/kubernetes/cluster-reader.ts";
import { deployedChecks, onceDeployed } from "../../../../rollout/preflight/live/deployed.ts";
import { runChecks } from "../../../../rollout/preflight/live/run.ts";
import { labelKeysOf } from "../../../../rollout/route/label-keys.ts";
import { type RolloutRecord, encodeRecord } from "../../../../rollout/route/record.ts";
import { referenceTo } from "../../../../rollout/route/revision.ts";
import { profile } from "../../../../service/profile.ts";
import { readStack } from "../../../config/stack-files.ts";
import { FakeApiServer } from "../../kubernetes/fake-api-server.ts";

const candidate = { name: "v1-1-0", image: `registry.example.com/nova/video-ranking:1.1.0@sha256:${"a".repeat(64)}`, config: {} };
const ofCandidate: readonly PreflightCheck[] = ["routes", "scrapes", "logs", "rollback-rehearsal", "autoscaling"];

let server: FakeApiServer;
beforeEach(() => {
    server = new FakeApiServer();
});
afterEach(() => {
    server.remove();
});

/** What the cluster and the engine's state have. `status`: what the API server answers in place of what is not there. */
interface World {
    readonly record?: RolloutRecord;
    readonly deployments?: readonly string[];
    readonly resources?: number | "unknown";
    readonly status?: number;
}

function config(change: Readonly<Record<string, unknown>> = {}): StackConfig {
    const parsed = parseConfig({ ...readStack("prod"), candidate, ...change }, { variables: {}, secretKeys: new Set(["postgresAdminPassword"]) });
    if (!parsed.ok) {
        throw new Error(JSON.stringify(parsed.problems));
    }
    return parsed.config;
}

/** The checks that are due later in a world; every other one runs, and passes. */
async function dueLater({ record, deployments = [], resources = 0, status = 404 }: World, stack = config()): Promise<Readonly<Record<string, string>>> {
    await server.answer(({ url }) => {
        const path = url.split("?")[0] ?? "";
        const name = path.split("/").at(-1) ?? "";
        const found =
            path.includes("/httproutes/") && record !== undefined
                ? { metadata: { annotations: encodeRecord(record, labelKeysOf(profile)) } }
                : path.includes("/deployments/") && deployments.includes(name)
                  ? { metadata: { name } }
                  : undefined;
        return found === undefined ? { status, body: { kind: "Status", message: "not found" } } : { status: 200, body: found };
    });
    const checks = Object.fromEntries(preflightChecks.map((check) => [check, () => Promise.resolve({ state: "passed", text: "it was looked at" } as const)]));
    const results = await runChecks(
        onceDeployed(checks, {
            profile,
            config: stack,
            folder: ".",
            api: apiServer({ kubeContext: server.kubeContext, timeoutMs: 2_000 }),
            declared: declaredBy(stack),
            secrets: {
                postgresPassword: () => Promise.resolve(undefined),
                passwordPlaces: "",
                kafkaLogin: () => Promise.resolve(undefined),
                registryLogin: () => Promise.resolve(undefined),
                storeAuthority: () => Promise.resolve(undefined),
            },
            forecast: () => Promise.reject(new Error("no test asks it")),
            resources: () => (resources === "unknown" ? Promise.reject(new Error("no backend")) : Promise.resolve(resources)),
        }),
        { timeoutMs: 30_000 },
    );
    return Object.fromEntries(results.filter(({ state }) => state === "later").map(({ check, text }) => [check, text]));
}

describe("a check of what an update deploys", () => {
    const stable = referenceTo(config().stable);
    const steady: RolloutRecord = { kind: "steady", stable };
    const rolling = (of = candidate): RolloutRecord => ({ kind: "rolling", stable, candidate: referenceTo(of), weightPercent: 0 });

    it("is due later on a first stack, where neither the cluster nor the state has anything; the others are asked", async () => {
        const later = await dueLater({});
        expect(Object.keys(later).toSorted()).toEqual(deployedChecks.toSorted());
        expect(later["backup-age"]).toBe("first stack: nothing to back up yet");
        expect(later.scrapes).toBe("first stack: nothing is deployed yet");
        expect(preflightChecks.filter((check) => !(check in later))).toContain("merged-change");
    });

    it.each([
        { what: "the state has resources: a cluster that was lost is no first one", world: { resources: 3 } },
        { what: "the state can't be read", world: { resources: "unknown" } },
        { what: "the stable revision is deployed, without a route", world: { deployments: ["video-ranking-v1-0-0"] } },
        { what: "the API server refuses to say", world: { status: 403 } },
        { what: "the API server fails", world: { status: 500 } },
        { what: "the candidate is on the route", world: { record: rolling() } },
        { what: "the candidate has pods, and the route has another", world: { record: steady, deployments: ["video-ranking-v1-1-0"] } },
    ] as const)("is asked at once where $what", async ({ world }) => {
        expect(await dueLater(world)).toEqual({});
    });

    it.each([
        { what: "none", record: steady },
        { what: "another", record: rolling({ ...candidate, config: { MODEL: "another" } }) },
    ])("is due later where it is about a candidate, and the route has $what", async ({ record }) => {
        const later = await dueLater({ record });
        expect(Object.keys(later).toSorted()).toEqual(ofCandidate.toSorted());
        expect(later.scrapes).toBe("v1-1-0 is not deployed yet, and has no users");
    });

    it.each<{ readonly what: string; readonly world: World }>([
        { what: "on a first stack", world: {} },
        { what: "with a candidate that is not deployed", world: { record: steady } },
    ])("is asked at once where the config gives the candidate users: $what", async ({ world }) => {
        expect(await dueLater(world, config({ rolloutPercent: 10 }))).toEqual({});
    });
});
