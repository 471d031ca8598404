import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { apiServer, clusterReader } from "../../rollout/kubernetes/cluster-reader.ts";
import { routeWriter } from "../../rollout/route/live/writer.ts";
import type { StepClock } from "../../rollout/watch/step-clock.ts";
import { revision, rolling } from "../rollout/arbitraries.ts";
import { design } from "../rollout/route/route.ts";
import { TrialNamespace } from "./trial-namespace.ts";
import { labelKeys } from "../../service/label-keys.ts";

/** When a step began, as a real API server notes it. */
describe("the clock of a step", () => {
    let trial: TrialNamespace;
    let entered: string;

    beforeAll(async () => {
        trial = await TrialNamespace.create("step-clock");
    });
    afterAll(async () => {
        await trial.remove();
    });
    beforeEach(async () => {
        await trial.applyRoute(rolling(10));
        await trial.applyRoute(rolling(25));
        entered = await enteredAt();
        await nextSecond();
    });

    it.each<{ what: string; change: () => Promise<void> }>([
        { what: "the program applies the same again", change: async () => trial.applyRoute(rolling(25)) },
        { what: "somebody else changes a label", change: async () => trial.patchRoute([{ op: "add", path: "/metadata/labels", value: { seen: "by-hand" } }]) },
        {
            what: "somebody else adds an annotation",
            change: async () => trial.patchRoute([{ op: "add", path: "/metadata/annotations/example.com~1note", value: "seen" }]),
        },
        { what: "the gateway reports in the status", change: async () => trial.reportStatus("Accepted") },
    ])("goes on while $what", async ({ change }) => {
        await change();
        expect(await enteredAt()).toBe(entered);
    });

    it.each<{ what: string; change: () => Promise<void> }>([
        { what: "the next step is entered", change: async () => trial.applyRoute(rolling(50)) },
        { what: "the program changes a label", change: async () => trial.applyRoute(rolling(25), { labels: { changed: "by-the-program" } }) },
        {
            what: "somebody edits a weight by hand",
            change: async () => trial.patchRoute([{ op: "replace", path: "/spec/rules/1/backendRefs/1/weight", value: 26 }]),
        },
        {
            what: "somebody edits the record by hand",
            change: async () => trial.patchRoute([{ op: "replace", path: annotation(labelKeys.record.weightPercent), value: "10" }]),
        },
        {
            what: "the watcher rolls back",
            change: async () => {
                const writer = routeWriter({ api: apiServer({ kubeContext: trial.kubeContext }), route: design });
                await writer.rollBack({ namespace: trial.name, name: "api", stable: revision("v1"), candidate: revision("v2"), reason: "a test" });
            },
        },
    ])("begins again when $what", async ({ change }) => {
        await change();
        expect(Date.parse(await enteredAt())).toBeGreaterThan(Date.parse(entered));
    });

    it("is unknown when the notes were taken away", async () => {
        await trial.patchRoute([{ op: "replace", path: "/metadata/managedFields", value: [{}] }]);
        expect(await clock()).toMatchObject({ kind: "unknown" });
    });

    it("shows the API server's time, and no more of a soak than has passed", async () => {
        const read = await clock();
        expect(read).toMatchObject({ kind: "known", enteredAt: entered });
        expect(read.kind === "known" && Math.max(0, (Date.parse(read.now) - Date.parse(entered)) / 1_000 - 1)).toBe(
            read.kind === "known" && read.soakedSeconds,
        );
    });

    async function clock(): Promise<StepClock> {
        const live = await clusterReader({ api: apiServer({ kubeContext: trial.kubeContext }), route: design }).readStep(trial.name, "api");
        if (live.kind !== "found") {
            throw new Error(`the route is ${live.kind}`);
        }
        return live.clock;
    }

    async function enteredAt(): Promise<string> {
        const read = await clock();
        if (read.kind !== "known") {
            throw new Error(read.reason);
        }
        return read.enteredAt;
    }

    /** Waits until the API server notes another time than that of the step: it notes whole seconds. */
    async function nextSecond(): Promise<void> {
        for (let read = await clock(); Date.parse(read.now ?? "") - Date.parse(entered) < 1_000; read = await clock()) {
            await sleep(50);
        }
    }
});

function annotation(key: string): string {
    return `/metadata/annotations/${key.replace("/", "~1")}`;
}
