import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { type WatchLease, watchLease } from "../../rollout/watch/live/lease.ts";
import { TrialNamespace } from "./trial-namespace.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** Which of several watchers watches, as a real API server decides it. */
describe("the lease of a watcher", () => {
    let trial: TrialNamespace;
    let name = "";
    let count = 0;
    const watcher = (holder: string, durationSeconds = 60): WatchLease =>
        watchLease({ keys: labelKeys, api: apiServer({ kubeContext: trial.kubeContext }), namespace: trial.name, name, holder, durationSeconds });
    /** Writes a lease of somebody who is gone, renewed so many seconds ago. */
    const leaseOf = async (holderIdentity: string, renewedSecondsAgo: number): Promise<void> => {
        const time = new Date(Date.now() - renewedSecondsAgo * 1_000).toISOString().replace("Z", "000Z");
        const spec = { holderIdentity, leaseDurationSeconds: 15, acquireTime: time, renewTime: time, leaseTransitions: 4 };
        await trial.apply("somebody", { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name }, spec });
    };

    beforeAll(async () => {
        trial = await TrialNamespace.create("lease");
    });
    afterAll(async () => {
        await trial.remove();
    });
    beforeEach(() => {
        count += 1;
        name = `watch-${String(count)}`;
    });

    it("is held by who came first, who renews it, and by nobody else", async () => {
        const [first, second] = [watcher("first"), watcher("second")];
        expect(await first.acquire()).toMatchObject({ kind: "held" });
        expect(await second.acquire()).toMatchObject({ kind: "elsewhere", holder: "first" });
        expect(await first.acquire()).toMatchObject({ kind: "held" });
        expect(await second.acquire()).toMatchObject({ kind: "elsewhere", holder: "first" });
    });

    it("goes to the next one at once when it is given up, and can't be given up by another", async () => {
        const [first, second] = [watcher("first"), watcher("second")];
        await first.acquire();
        await second.release();
        expect(await second.acquire()).toMatchObject({ kind: "elsewhere" });
        await first.release();
        const answer = await second.acquire();
        expect(answer.kind).toBe("held");
        expect(answer).not.toHaveProperty("takenFrom");
    });

    it("is taken from who let it run out", async () => {
        await watcher("gone", 2).acquire();
        const next = watcher("next");
        expect(await next.acquire()).toMatchObject({ kind: "elsewhere", holder: "gone" });
        let answer = await next.acquire();
        while (answer.kind !== "held") {
            await sleep(200);
            answer = await next.acquire();
        }
        expect(answer).toMatchObject({ kind: "held", takenFrom: "gone" });
        expect(await watcher("gone", 2).acquire()).toMatchObject({ kind: "elsewhere", holder: "next" });
    });

    it.each([
        { case: "renewed a moment ago", renewedSecondsAgo: 1, kind: "elsewhere" },
        { case: "run out", renewedSecondsAgo: 60, kind: "held" },
        { case: "renewed in the future, by a clock that is wrong", renewedSecondsAgo: -3_600, kind: "held" },
    ])("is judged by the API server's clock: one that was $case", async ({ renewedSecondsAgo, kind }) => {
        await leaseOf("other", renewedSecondsAgo);
        expect(await watcher("next").acquire()).toMatchObject({ kind });
    });

    it("has one holder, however many ask at once", async () => {
        for (let round = 0; round < 10; round++) {
            name = `watch-many-${String(round)}`;
            const answers = await Promise.all(["a", "b", "c", "d"].map(async (holder) => watcher(holder).acquire()));
            expect(answers.filter(({ kind }) => kind === "held").length).toBe(1);
            expect(answers.filter(({ kind }) => kind === "elsewhere").length).toBe(3);
        }
    });

    it("is unknown where the API server can't be asked, or says no", async () => {
        const nowhere = watchLease({ keys: labelKeys, api: apiServer({ kubeContext: "none" }), namespace: trial.name, name, holder: "first" });
        expect(await nowhere.acquire()).toMatchObject({ kind: "unknown" });
        await nowhere.release();
        const noNamespace = watchLease({
            keys: labelKeys,
            api: apiServer({ kubeContext: trial.kubeContext }),
            namespace: "no-such-namespace",
            name,
            holder: "first",
        });
        expect(await noNamespace.acquire()).toMatchObject({ kind: "unknown" });
    });
});
