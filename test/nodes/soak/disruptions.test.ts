import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labLayout, startLab } from "../../../lab/api.ts";
import { beginFault } from "../../../lab/nodes/fault.ts";
import { killKubelet, killNode, signalPod } from "../node-processes.ts";
import { type Row, isRight, pageOf } from "./disruptions/row.ts";
import { type Disturbance, DisturbedRollout } from "./disruptions/trial.ts";

/** How long readiness is away and there, in milliseconds: longer than two failed probes (rollout/pulumi/revision-pod.ts). */
const flapMs = 12_000;

/** What a cluster does to any rollout, whatever the candidate is. */
const ofTheCluster: readonly Disturbance[] = [
    {
        what: "a node is drained",
        atFault: false,
        act: async (trial) => {
            const { node } = await trial.pod();
            await trial.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=120s");
            await trial.kubectl("uncordon", node);
        },
    },
    {
        what: "a disruption budget does not let a drain go on",
        atFault: false,
        act: async (trial) => {
            const { node } = await trial.pod();
            await trial.kubectl("create", "poddisruptionbudget", "nobody-goes", "--min-available=100%", "--selector=nova.example.com/revision");
            try {
                await expect(trial.kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=20s")).rejects.toThrow();
            } finally {
                await trial.kubectl("uncordon", node);
                await trial.kubectl("delete", "poddisruptionbudget", "nobody-goes");
            }
        },
    },
    {
        what: "a pod hangs when it is to end",
        atFault: false,
        act: async (trial) => {
            const { name, uid } = await trial.pod();
            await trial.kubectl("delete", "pod", name, "--wait=false");
            // Its drain is almost over: from now on it answers nothing, not even the signal to end.
            await sleep(9_500);
            expect(signalPod(uid, "SIGSTOP")).toBeGreaterThan(0);
        },
    },
    {
        what: "the autoscaler adds pods, by real use of processors",
        atFault: false,
        act: async (trial) => {
            const { name } = await trial.pod();
            await trial.kubectl("exec", name, "--", "sh", "-c", "(timeout 45 sh -c 'while :; do :; done' &) ; true");
        },
    },
    {
        what: "a kubelet is killed and started again",
        atFault: false,
        act: async (trial) => {
            killKubelet((await trial.pod()).node);
        },
    },
    {
        what: "a node dies",
        atFault: false,
        breaksPlan: true,
        act: async (trial) => {
            killNode((await trial.pod()).node);
        },
    },
];

/** What is the candidate's own doing. */
const ofTheCandidate: readonly (Disturbance & { readonly settings: Readonly<Record<string, string>> })[] = [
    {
        what: "the candidate takes more memory than it may, and is killed",
        atFault: true,
        settings: { FAULT_PROFILE: "leaking", FAULT_AFTER_SECONDS: "86400", FAULT_LEAK_FACTOR: "60" },
        act: async (trial) => {
            await beginFault(trial.stack.live, trial.candidate.name, trial.stack.environment);
        },
    },
    {
        what: "the candidate's readiness flaps",
        atFault: true,
        settings: {},
        act: async (trial) => {
            const pods = await trial.pods();
            for (let round = 0; round < 3; round += 1) {
                pods.forEach(({ uid }) => signalPod(uid, "SIGSTOP"));
                await sleep(flapMs);
                pods.forEach(({ uid }) => signalPod(uid, "SIGCONT"));
                await sleep(flapMs);
            }
        },
    },
];

describe("what a cluster does to a rollout at 25 %, with users", () => {
    let trial: DisturbedRollout;
    const rows: Row[] = [];

    beforeAll(async () => {
        trial = await DisturbedRollout.create();
    });
    afterAll(async () => {
        await startLab();
        await trial.remove();
        const reports = join(labLayout().root, "reports");
        mkdirSync(reports, { recursive: true });
        // The page in docs/ is a copy of it, of a run on a machine that did nothing else.
        writeFileSync(join(reports, "disruptions.md"), pageOf(rows));
    });

    it.each(ofTheCluster)("$what: the candidate is not blamed, unless users lose more than the plan lets them", async (disturbance) => {
        await startLab();
        await trial.settled();
        const row = await trial.play(disturbance);
        rows.push(row);
        expect(isRight(row), JSON.stringify(row)).toBe(true);
    });

    it.each(ofTheCandidate)("$what: it goes back", async (disturbance) => {
        await startLab();
        await trial.deploy(disturbance.settings);
        const row = await trial.play(disturbance);
        rows.push(row);
        expect(isRight(row), JSON.stringify(row)).toBe(true);
    });

    it("refuses a candidate whose image can't be pulled, and users notice nothing", async () => {
        const { stack } = trial;
        stack.configure({ candidate: undefined, rolloutPercent: 0 });
        await stack.up();
        stack.configure({ candidate: { ...trial.candidate, name: "v9-0-0", image: "registry.example.com/nova/absent:9.0.0@sha256:" + "9".repeat(64) } });
        const update = await stack.up({ withinMs: 400_000 });
        expect(update.exitCode).not.toBe(0);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100 });
    });
});
