import * as kubernetes from "@kubernetes/client-node";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

import { labLayout } from "../../lab/api.ts";
import { canaryObjects } from "../../lab/flagger/canary.ts";
import { Flagger, ensureFlagger, flaggerDefinitions } from "../../lab/flagger/flagger.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { waitUntil } from "../../lab/wait.ts";
import { switchFault } from "../../lab/workload/fault-switch.ts";
import { wordsOf } from "../../rollout/words.ts";
import { type Fault, backendSeconds, settledAfterMs } from "./fault.ts";
import { type Reaction, reactionBetween, shownReaction } from "./reaction.ts";
import { Release, deployment, requestsPerSecond } from "./release.ts";

/** The interval: 10 s is Flagger's floor. */
const intervalSeconds = 10;

/**
 * `runs` bad releases at weight 25 for each fault, each watched by Flagger at its fastest sensible settings: a check every 10 s, back after one that fails, a window of 5 s, and the
 * bound at which our watcher rolls back at once. It reads the gateway's counters, as Flagger does for Contour: they show all three kinds of faults.
 *
 * Faults begin evenly spread over the interval, as they would come by chance.
 */
export async function flaggerReactions(faults: readonly Fault[], runs: number, say: (line: string) => void): Promise<ReadonlyMap<Fault, readonly Reaction[]>> {
    await ensureFlagger();
    const release = await Release.create("bench-flagger");
    const { namespace, service } = release.live;
    let load: Load | undefined;
    let flagger: Flagger | undefined;
    try {
        await release.define(flaggerDefinitions());
        const prometheusUrl = release.variable("NOVA_LAB_PROMETHEUS_URL");
        flagger = await Flagger.start({ namespace, environment: release.environment, kubeconfigFile: labLayout().kubeconfig, prometheusUrl });
        await release.apply(deployment(service, "v0", service));
        const canary = {
            name: service,
            hostname: release.hostname,
            prometheusUrl,
            intervalSeconds,
            threshold: 1,
            windowSeconds: 5,
            mostErrorPercent: 5,
            backendSeconds,
        };
        await release.apply(...canaryObjects({ ...canary, stepWeights: [10, 25, 50] }));
        await phase(release, "Initialized");
        await sameTimeLimit(release);
        await release.served();
        load = await startLoad({ host: release.hostname, requestsPerSecond, forSeconds: 7_200 });
        const found = new Map<Fault, readonly Reaction[]>();
        for (const [index, fault] of faults.entries()) {
            const reactions: Reaction[] = [];
            for (let run = 1; run <= runs; run += 1) {
                const reaction = await oneRun({ release, flagger, load, fault }, `v${String(index * runs + run)}`, ((run - 0.5) / runs) * intervalSeconds);
                reactions.push(reaction);
                say(`${fault.name}, Flagger, run ${String(run)} of ${String(runs)}: ${shownReaction(reaction)}`);
            }
            found.set(fault, reactions);
        }
        return found;
    } catch (error) {
        const told = flagger?.log.slice(-10).map(({ message }) => message) ?? [];
        throw new Error(`${wordsOf(error)}; Flagger's log ends with: ${told.join(" | ")}`, { cause: error });
    } finally {
        await load?.stop();
        await flagger?.stop();
        await release.undefine(flaggerDefinitions());
        await release.remove();
    }
}

/** Where one run takes place. */
interface Scene {
    readonly release: Release;
    readonly flagger: Flagger;
    readonly load: Load;
    readonly fault: Fault;
}

async function oneRun({ release, flagger, load, fault }: Scene, revision: string, offsetSeconds: number): Promise<Reaction> {
    const { service } = release.live;
    await release.apply(deployment(service, revision, service));
    await waitUntil(
        async () => {
            const weight = (await release.live.weights()).canary;
            if (weight !== 25) {
                throw new Error(`the canary's weight is ${String(weight)}`);
            }
        },
        { what: `${revision} at 25 %`, withinMs: 180_000, everyMs: 50 },
    );
    await sleep(offsetSeconds * 1_000);
    const before = await load.counts();
    const { startsAtMs } = await switchFault({ service, revision, profile: fault.profile });
    await phase(release, "Failed");
    await sleep(settledAfterMs);
    const verdict = flagger.log.find(({ atMs, message }) => atMs >= startsAtMs && message.startsWith("Rolling back "));
    return reactionBetween(before, await load.counts(), revision, { faultAtMs: startsAtMs, verdictAtMs: verdict?.atMs ?? Number.NaN });
}

async function phase(release: Release, wanted: string): Promise<void> {
    const { namespace, service } = release.live;
    const query = { group: "flagger.app", version: "v1beta1", plural: "canaries", namespace, name: service };
    await waitUntil(
        async () => {
            const found = canarySchema.parse(await release.live.client(kubernetes.CustomObjectsApi).getNamespacedCustomObject(query)).status?.phase;
            if (found !== wanted) {
                throw new Error(`the canary is ${String(found)}`);
            }
        },
        { what: `the canary is ${wanted}`, withinMs: 240_000, everyMs: 200 },
    );
}

/** @throws where Flagger's route has another time limit than the program's: pods that hang would fail their users later, or never. */
async function sameTimeLimit(release: Release): Promise<void> {
    const { namespace, service } = release.live;
    const query = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace, name: service };
    const { spec } = routeSchema.parse(await release.live.client(kubernetes.CustomObjectsApi).getNamespacedCustomObject(query));
    const limits = spec.rules.map(({ timeouts }) => timeouts?.backendRequest ?? timeouts?.request ?? "none");
    if (limits.length === 0 || limits.some((limit) => limit !== `${String(backendSeconds)}s`)) {
        throw new Error(`Flagger's route has the time limits ${limits.join(", ")}, and not ${String(backendSeconds)} s: the two could not be compared`);
    }
}

const routeSchema = z.object({
    spec: z.object({ rules: z.array(z.object({ timeouts: z.object({ request: z.string().optional(), backendRequest: z.string().optional() }).optional() })) }),
});

const canarySchema = z.object({ status: z.object({ phase: z.string() }).optional() });
