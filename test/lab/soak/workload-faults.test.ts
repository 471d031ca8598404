import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Release, reference } from "../../../bench/rollback/release.ts";
import { type Load, startLoad } from "../../../lab/load/load.ts";
import { switchFault } from "../../../lab/workload/fault-switch.ts";
import type { ProfileName } from "../../../lab/workload/profile.ts";

/** What users get through the real gateway from pods that the simulator lets misbehave, where the pods' own counters say little or nothing of it. */
describe("a fault between a pod and its users", () => {
    const revision = "v1";
    let release: Release;
    let load: Load;

    beforeAll(async () => {
        release = await Release.create("workload-faults");
        await release.deploy(revision);
        await release.route({ kind: "steady", stable: reference(revision) });
        await release.served();
        load = await startLoad({ host: release.hostname, requestsPerSecond: 50 });
    });
    afterAll(async () => {
        await load.stop();
        await release.remove();
    });

    const fault = (profile: ProfileName) => switchFault({ service: release.live.service, revision, profile });

    /** Shares of requests by what became of them, over three seconds that belong to one profile alone. */
    const shares = async (profile: ProfileName): Promise<Readonly<Record<string, number>>> => {
        await fault(profile);
        // What was asked before, and the time limit of what hangs.
        await sleep(2_500);
        const before = (await load.counts()).total;
        await sleep(3_000);
        const after = (await load.counts()).total;
        const requests = after.requests - before.requests;
        expect(requests).toBeGreaterThan(60);
        const reasons = Object.entries(after.failuresByReason).map(
            ([reason, count]) => [reason, (count - (before.failuresByReason[reason] ?? 0)) / requests] as const,
        );
        return Object.fromEntries(reasons.filter(([, share]) => share > 0));
    };

    // Of about 150 requests, a half is 50 % give or take 20, with five standard deviations.
    it.each([
        { profile: "hanging", reason: "504", from: 0.3, to: 0.7 },
        { profile: "resetting", reason: "503", from: 0.3, to: 0.7 },
        { profile: "resetting-late", reason: "connection", from: 0.3, to: 0.7 },
        { profile: "unavailable", reason: "503", from: 0.3, to: 0.7 },
        { profile: "refusing", reason: "503", from: 1, to: 1 },
    ] as const)("gives users $reason while pods are $profile, and nothing bad afterwards", async ({ profile, reason, from, to }) => {
        const { [reason]: share = 0, ...others } = await shares(profile);
        expect(others).toEqual({});
        expect(share).toBeGreaterThanOrEqual(from);
        expect(share).toBeLessThanOrEqual(to);
        expect(await shares("healthy")).toEqual({});
    });
});
