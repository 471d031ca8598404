import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { labLayout } from "../../lab/api.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { RolloutProcess, rolledBackSchema } from "../../lab/trial/rollout-process.ts";
import { enterStep } from "../../lab/trial/step.ts";
import { switchFault } from "../../lab/workload/fault-switch.ts";
import { type Fault, settledAfterMs } from "./fault.ts";
import { type Reaction, reactionBetween, shownReaction } from "./reaction.ts";
import { Release, reference, requestsPerSecond } from "./release.ts";

const [stable, candidate] = ["v1", "v2"] as const;

/** `runs` bad releases at weight 25 for each fault, each watched by a `rollout watch` of its own. */
export async function watchedReactions(faults: readonly Fault[], runs: number, say: (line: string) => void): Promise<ReadonlyMap<Fault, readonly Reaction[]>> {
    const release = await Release.create("bench-watched");
    const folder = mkdtempSync(join(tmpdir(), "nova-bench-"));
    let load: Load | undefined;
    try {
        await release.deploy(stable, candidate);
        await release.route({ kind: "rolling", stable: reference(stable), candidate: reference(candidate), weightPercent: 0 });
        await release.served();
        load = await startLoad({ host: release.hostname, requestsPerSecond, forSeconds: 7_200 });
        const target = release.targetFile(folder, 1);
        const found = new Map<Fault, readonly Reaction[]>();
        for (const fault of faults) {
            const reactions: Reaction[] = [];
            for (let run = 1; run <= runs; run += 1) {
                const reaction = await oneRun(release, load, target, fault, run);
                reactions.push(reaction);
                say(`${fault.name}, rollout watch, run ${String(run)} of ${String(runs)}: ${shownReaction(reaction)}`);
            }
            found.set(fault, reactions);
        }
        return found;
    } finally {
        await load?.stop();
        rmSync(folder, { recursive: true, force: true });
        await release.remove();
    }
}

async function oneRun(release: Release, load: Load, target: string, fault: Fault, run: number): Promise<Reaction> {
    const { service } = release.live;
    await switchFault({ service, revision: candidate, profile: "healthy" });
    await enterStep(release.live, { kind: "rolling", stable: reference(stable), candidate: reference(candidate), weightPercent: 25 });
    const { checkout } = labLayout();
    const watcher = new RolloutProcess({ checkout, environment: release.environment, args: ["watch", "--target", target, "--keep"] });
    try {
        await watcher.nextLook("the candidate is seen at 25 %", ({ decision, step }) => decision.kind === "soaking" && step?.weightPercent === 25);
        // The detector's readings have a period of 250 ms: faults begin at any moment of it.
        await sleep(2_000 + ((run * 97) % 250));
        const before = await load.counts();
        const { startsAtMs } = await switchFault({ service, revision: candidate, profile: fault.profile });
        const { exitCode, result, said } = await watcher.ended;
        const ended = rolledBackSchema.safeParse(result);
        if (!ended.success || ended.data.timing === undefined) {
            throw new Error(`the watcher did not roll the candidate back: exit ${String(exitCode)}, ${JSON.stringify(result)} ${said}`);
        }
        await sleep(settledAfterMs);
        return reactionBetween(before, await load.counts(), candidate, { faultAtMs: startsAtMs, verdictAtMs: ended.data.timing.decidedAtMs });
    } finally {
        await watcher.kill();
    }
}
