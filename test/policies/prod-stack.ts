import { vi } from "vitest";

import type { ClusterReader } from "../../rollout/kubernetes/cluster-reader.ts";
import { type Weight, weightsOf } from "../../rollout/plan/plan.ts";
import { referenceTo, type RevisionSpec } from "../../rollout/route/revision.ts";
import type { Present } from "../../rollout/route/transition.ts";
import { labVariables, readStack, withOwnEventStore } from "../config/stack-files.ts";
import { buildStack, isRecord, type RegisteredResource, type RegisteredStack, unwrap } from "../helpers/mocks.ts";
import type { AnalyzedResource } from "./runtime.ts";
import type { Environment } from "../../rollout/settings/environment.ts";
import { plan } from "../../service/plan.ts";

const weights = weightsOf(plan);

/** Steps of the plan at which the stack is rendered. */
export interface Rendering {
    readonly rolloutPercent: Weight;
    /** Whether a candidate is declared. */
    readonly candidate: boolean;
}

/**
 * The project's own production stack, as index.ts declares it, in the form in which the engine hands it to a policy pack. It runs ClickHouse itself, so that the rules on it have
 * something to judge; the committed file leaves it to another team.
 *
 * `changes` replaces keys of the stack file. It is built under mocks: what a provider would add at check time, names apart, is missing. The live cluster is replaced by one that is where the stack wants it.
 */
export async function prodStack(
    rendering: Rendering = defaultRendering,
    changes: Readonly<Record<string, unknown>> = {},
): Promise<readonly AnalyzedResource[]> {
    return projectStack("prod", rendering, changes);
}

/** As {@link prodStack}, for any environment. */
export async function projectStack(
    environment: Environment,
    rendering: Rendering,
    changes: Readonly<Record<string, unknown>> = {},
): Promise<readonly AnalyzedResource[]> {
    const { resources } = await registeredStack(environment, rendering, changes);
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    return resources.map((resource) => analyzed(resource, byUrn));
}

/** The same stack as the program registers it, with the options of each resource. */
export async function registeredStack(
    environment: Environment,
    { rolloutPercent, candidate }: Rendering = defaultRendering,
    changes: Readonly<Record<string, unknown>> = {},
): Promise<RegisteredStack> {
    const config = { ...withOwnEventStore(readStack(environment)), ...changes };
    Object.entries(labVariables).forEach(([name, value]) => vi.stubEnv(name, value));
    const stable = revisionIn(config.stable);
    const next: RevisionSpec = { ...stable, name: "v1-1-0", image: `registry.example.com/nova/video-ranking:1.1.0@sha256:${"b".repeat(64)}` };
    const present: Present = {
        record: candidate
            ? { kind: "rolling", stable: referenceTo(stable), candidate: referenceTo(next), weightPercent: rolloutPercent }
            : { kind: "steady", stable: referenceTo(stable) },
        routedPercent: rolloutPercent,
        previousPercent: weights[Math.max(0, weights.indexOf(rolloutPercent) - 1)] ?? 0,
    };
    const cluster: ClusterReader = {
        readRoute: async () => Promise.resolve({ kind: "found", present }),
        readyEndpoints: async () => Promise.resolve(0),
        podsMounting: async () => Promise.resolve([]),
    };
    vi.doMock("../../rollout/kubernetes/cluster-reader.ts", () => ({ clusterReader: () => cluster, apiServer: () => ({}) }));
    vi.resetModules();
    return buildStack(async () => import("../../index.ts"), {
        // Not the committed stack's name: its file has other values.
        stack: `${environment}-trial`,
        config: configOf({ ...config, rolloutPercent: String(rolloutPercent), ...(candidate ? { candidate: next } : {}) }),
        secretKeys: environment === "lab" ? [] : ["video-ranking:postgresAdminPassword"],
    });
}

const defaultRendering: Rendering = { rolloutPercent: 25, candidate: true };

function analyzed(resource: RegisteredResource, byUrn: ReadonlyMap<string, RegisteredResource>): AnalyzedResource {
    const provider = byUrn.get(resource.provider?.split("::").slice(0, -1).join("::") ?? "");
    const inputs = unwrap(resource.inputs);
    return {
        type: resource.type,
        name: resource.name,
        urn: resource.urn,
        protect: resource.protect,
        properties: withName(resource, isRecord(inputs) ? inputs : {}),
        ...(provider === undefined ? {} : { provider: { type: provider.type, properties: asObject(unwrap(provider.inputs)) } }),
    };
}

/** The provider names at check what the program leaves unnamed; references to it carry that name. */
function withName(resource: RegisteredResource, inputs: Record<string, unknown>): Record<string, unknown> {
    if (!resource.custom || !resource.type.startsWith("kubernetes:")) {
        return inputs;
    }
    const metadata = isRecord(inputs.metadata) ? inputs.metadata : {};
    return { ...inputs, metadata: { ...metadata, name: metadata.name ?? `${resource.name}-xxxx` } };
}

function revisionIn(value: unknown): RevisionSpec {
    if (!isRecord(value) || typeof value.name !== "string" || typeof value.image !== "string" || !isRecord(value.config)) {
        throw new TypeError("the stack file has no stable revision");
    }
    return { name: value.name, image: value.image, config: Object.fromEntries(Object.entries(value.config).map(([key, setting]) => [key, String(setting)])) };
}

function asObject(value: unknown): Record<string, unknown> {
    return isRecord(value) ? value : {};
}

function configOf(stack: Readonly<Record<string, unknown>>): Record<string, string> {
    return Object.fromEntries(Object.entries(stack).map(([key, value]) => [`video-ranking:${key}`, typeof value === "string" ? value : JSON.stringify(value)]));
}

/** A copy of `resources` with one resource edited. @throws when no resource has the name and type. */
export function edited(
    resources: readonly AnalyzedResource[],
    isMeant: (resource: AnalyzedResource) => boolean,
    edit: (properties: Record<string, unknown>) => unknown,
): readonly AnalyzedResource[] {
    const index = resources.findIndex(isMeant);
    const found = resources[index];
    if (found === undefined) {
        throw new Error(`no resource is meant; there are ${resources.map(({ type, name }) => `${type} ${name}`).join(", ")}`);
    }
    const copy = structuredClone({ ...found.properties });
    edit(copy);
    return resources.with(index, { ...found, properties: copy });
}
