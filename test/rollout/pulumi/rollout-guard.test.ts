import { describe, expect, it } from "vitest";

import type { ClusterReader, LiveRoute } from "../../../rollout/kubernetes/cluster-reader.ts";
import type { StepCondition, StepForward } from "../../../rollout/pulumi/rollout-change.ts";
import { RolloutGuard, type RolloutGuardArgs } from "../../../rollout/pulumi/rollout-guard.ts";
import { stepAt, weightsOf } from "../../../rollout/plan/plan.ts";
import { type RolloutRecord, weightOf } from "../../../rollout/route/record.ts";
import { revision, rolling, steady } from "../arbitraries.ts";
import { plan } from "../../../service/plan.ts";

const weights = weightsOf(plan);

function live(record: RolloutRecord, routedPercent: number = weightOf(record)): LiveRoute {
    return { kind: "found", present: { record, routedPercent } };
}

const absent: LiveRoute = { kind: "absent" };
const unreachable: LiveRoute = { kind: "unreachable", reason: "connect ECONNREFUSED 127.0.0.1:6443" };
const damaged: LiveRoute = { kind: "damaged", reason: "its annotations carry no readable rollout record", revisions: ["v1", "v2"] };

/** A cluster whose route is read as each of `routes` in turn, the last one for good, and whose revisions have the ready pods of `ready`. */
function cluster(routes: readonly LiveRoute[], ready: Readonly<Record<string, readonly (number | Error)[]>> = {}): ClusterReader {
    const routesLeft = [...routes];
    const readyLeft = new Map(Object.entries(ready).map(([service, counts]) => [service, [...counts]]));
    const next = <T>(left: T[] | undefined): T | undefined => (left !== undefined && left.length > 1 ? left.shift() : left?.[0]);
    return {
        readRoute: async (namespace, name) => {
            expect([namespace, name]).toEqual(["prod", "api"]);
            return next(routesLeft) ?? absent;
        },
        podsMounting: async () => [],
        readyEndpoints: async (_namespace, name) => {
            const count = next(readyLeft.get(name)) ?? 0;
            if (count instanceof Error) {
                throw count;
            }
            return count;
        },
    };
}

interface Told {
    readonly info: string[];
    readonly warn: string[];
}

function guard(args: Pick<RolloutGuardArgs, "wanted" | "cluster"> & Partial<RolloutGuardArgs>): { readonly guard: RolloutGuard; readonly told: Told } {
    const told: Told = { info: [], warn: [] };
    const log = {
        info: async (text: string) => void told.info.push(text),
        warn: async (text: string) => void told.warn.push(text),
    };
    const defaults = { namespace: "prod", routeName: "api", serviceOf: (name: string) => `api-${name}`, plan, seen: absent, readyTimeoutSeconds: 0, log };
    return { guard: new RolloutGuard({ ...defaults, ...args }), told };
}

const up = false;
const preview = true;

describe("the guard", () => {
    it.each([up, preview])("lets the next step through (preview: %s)", async (isPreview) => {
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([live(rolling(10))]), seen: live(rolling(10)) });
        expect(await subject.check(isPreview)).toEqual({ kind: "forward", from: 10, step: stepAt(plan, 25) });
    });

    it.each([up, preview])("refuses a jump, and says what is allowed (preview: %s)", async (isPreview) => {
        const { guard: subject } = guard({ wanted: rolling(100), cluster: cluster([live(rolling(10))]), seen: live(rolling(10)) });
        await expect(subject.check(isPreview)).rejects.toThrow(
            "rollout refused: the rollout is at 10 %, and 100 % is not the next step. What to do: set rolloutPercent to 25, or to a lower step to roll back.",
        );
    });

    it("judges by the live route, whatever the engine has recorded", async () => {
        const { guard: subject } = guard({ wanted: rolling(100), cluster: cluster([live(rolling(10))]), seen: live(rolling(10)) });
        await expect(subject.check(up, rolling(50))).rejects.toThrow("the rollout is at 10 %");
    });

    it("never stands in the way back, whatever is live and whatever it was when the program began", async () => {
        const seenRoutes = [absent, unreachable, damaged, live(steady()), ...weights.map((weight) => live(rolling(weight)))];
        const conditions = [async () => ({ problem: "no", fix: "never" })];
        for (const seen of seenRoutes) {
            for (const percent of [3, 10, 25, 37.5, 50, 99, 100]) {
                const { guard: subject } = guard({ wanted: rolling(0), cluster: cluster([live(rolling(50), percent)]), seen, conditions });
                expect((await subject.check(up)).kind).toBe("back");
                await subject.checkWithCapacity(up);
            }
        }
    });

    it("leaves testers shut out of a candidate that was rolled back after the program had let them in", async () => {
        const marked: LiveRoute = {
            kind: "found",
            present: { record: rolling(0), routedPercent: 0, rolledBack: [{ revision: revision("v2"), reason: "errors" }] },
        };
        const before = { wanted: rolling(0), cluster: cluster([marked]), seen: live(rolling(0)) };
        await expect(guard({ ...before, admitsTesters: true }).guard.check(up)).rejects.toThrow("the live route changed while the program ran");
        expect(await guard({ ...before, admitsTesters: false }).guard.check(up)).toEqual({ kind: "unchanged" });
        expect(await guard({ ...before, cluster: cluster([live(rolling(0))]), admitsTesters: true }).guard.check(up)).toEqual({ kind: "unchanged" });
    });

    it("refuses a step when the live route changed after the program had chosen the order of changes", async () => {
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([live(rolling(10))]), seen: live(rolling(50)) });
        await expect(subject.check(up)).rejects.toThrow("rollout refused: the live route changed while the program ran. What to do: run the command again.");
    });

    it.each([
        { case: "a step", route: live(rolling(10)), wanted: rolling(25) },
        { case: "a candidate", route: live(steady()), wanted: rolling(0) },
        { case: "a start", route: absent, wanted: steady() },
    ])("refuses $case when the route could not be read at first: the order of changes is the one for the way back", async ({ route, wanted }) => {
        const { guard: subject } = guard({ wanted, cluster: cluster([route]), seen: unreachable });
        await expect(subject.check(up)).rejects.toThrow("the live route changed while the program ran");
    });
});

describe("when the live route can't be read", () => {
    it.each([
        {
            case: "an API server out of reach",
            route: unreachable,
            message:
                "rollout refused: HTTPRoute prod/api can't be judged: connect ECONNREFUSED 127.0.0.1:6443. What to do: make the API server reachable, then run the command again.",
        },
        {
            case: "a damaged record",
            route: damaged,
            message:
                "rollout refused: HTTPRoute prod/api can't be judged: its annotations carry no readable rollout record. " +
                "What to do: roll back with rolloutPercent 0 and stable as it is deployed, which writes a new record.",
        },
    ])("because of $case, up refuses a step, and says why", async ({ route, message }) => {
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([route]), seen: route });
        await expect(subject.check(up, rolling(10))).rejects.toThrow(message);
    });

    it.each([
        { case: "a step back to more than 0, which may be more than what is live", recorded: rolling(50), wanted: rolling(25) },
        { case: "the same weight again, for the same reason", recorded: rolling(50), wanted: rolling(50) },
        { case: "a finish", recorded: rolling(100), wanted: steady("v2") },
        { case: "another stable revision at weight 0", recorded: steady(), wanted: steady("v9") },
        { case: "other content of the stable revision", recorded: rolling(10), wanted: { ...rolling(0), stable: revision("v1", "fixed") } },
        { case: "anything that the engine has no record of", recorded: undefined, wanted: steady("v9") },
    ])("up refuses $case", async ({ recorded, wanted }) => {
        for (const route of [unreachable, damaged]) {
            const { guard: subject } = guard({ wanted, cluster: cluster([route]), seen: route });
            await expect(subject.check(up, recorded)).rejects.toThrow("can't be judged");
        }
    });

    it.each([rolling(0), steady()])("up lets all traffic go back to the stable revision: $kind", async (wanted) => {
        for (const route of [unreachable, damaged]) {
            const { guard: subject } = guard({ wanted, cluster: cluster([route]), seen: route });
            expect(await subject.check(up, rolling(50))).toEqual({ kind: "back", fromPercent: 100, to: 0 });
        }
    });

    it("up rolls back to a revision on the route when a refresh has taken the damage into the engine's record", async () => {
        const { guard: subject } = guard({ wanted: rolling(0), cluster: cluster([damaged]), seen: damaged });
        expect((await subject.check(up, undefined)).kind).toBe("back");
    });

    it("a preview says that it could not evaluate, and goes on", async () => {
        const { guard: subject, told } = guard({ wanted: rolling(25), cluster: cluster([unreachable]), seen: unreachable });
        expect((await subject.check(preview, rolling(10))).kind).toBe("forward");
        expect(told.warn).toEqual([
            "rollout not evaluated: HTTPRoute prod/api can't be judged: connect ECONNREFUSED 127.0.0.1:6443. 'pulumi up' will refuse a step forward until it can be read.",
        ]);
    });

    it("a preview still refuses a jump, by the engine's record", async () => {
        const { guard: subject } = guard({ wanted: rolling(50), cluster: cluster([unreachable]), seen: unreachable });
        await expect(subject.check(preview, rolling(10))).rejects.toThrow("rollout refused: the rollout is at 10 %, and 50 % is not the next step.");
    });
});

describe("further conditions", () => {
    it("are asked in order about a step forward, with what they need to know, until one is not met", async () => {
        const asked: (readonly [string, StepForward])[] = [];
        const condition = (name: string, answer?: { readonly problem: string; readonly fix: string }) => async (forward: StepForward) => {
            asked.push([name, forward]);
            return answer;
        };
        const conditions = [condition("soak"), condition("gate", { problem: "errors are at 2 %", fix: "wait, or go back to 0" }), condition("approval")];
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([live(rolling(10))]), seen: live(rolling(10)), conditions });
        await expect(subject.check(preview)).rejects.toThrow("rollout refused: errors are at 2 %. What to do: wait, or go back to 0.");
        const forward = { move: { stable: revision("v1"), candidate: revision("v2"), from: 10, to: 25 }, preview };
        expect(asked).toEqual([
            ["soak", forward],
            ["gate", forward],
        ]);
    });

    it("let the step through when all are met", async () => {
        const conditions = [async () => undefined];
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([live(rolling(10))]), seen: live(rolling(10)), conditions });
        expect((await subject.check(up)).kind).toBe("forward");
    });

    it("stop the step when asking fails", async () => {
        const conditions = [
            async () => {
                throw new Error("no metrics");
            },
        ];
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([live(rolling(10))]), seen: live(rolling(10)), conditions });
        await expect(subject.check(up)).rejects.toThrow("no metrics");
    });

    it("are asked about a finish too: from then on the old revision is gone", async () => {
        const asked: StepForward[] = [];
        const condition = async (forward: StepForward) => {
            asked.push(forward);
            return { problem: "no sign-off", fix: "get it" };
        };
        const { guard: subject } = guard({ wanted: steady("v2"), cluster: cluster([live(rolling(100))]), seen: live(rolling(100)), conditions: [condition] });
        await expect(subject.check(up)).rejects.toThrow("rollout refused: no sign-off. What to do: get it.");
        expect(asked).toEqual([{ move: { stable: revision("v1"), candidate: revision("v2"), from: 100, to: "finished" }, preview: up }]);
    });

    it("are asked by the engine's record in a preview that can't read the live route", async () => {
        const asked: StepForward[] = [];
        const condition = async (forward: StepForward) => void asked.push(forward);
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([unreachable]), seen: unreachable, conditions: [condition] });
        await subject.check(preview, rolling(10));
        expect(asked).toMatchObject([{ move: { from: 10, to: 25 }, preview }]);
    });

    it.each([
        { change: "a start", route: absent, wanted: steady() },
        { change: "no change", route: live(rolling(10)), wanted: rolling(10) },
        { change: "a candidate", route: live(steady()), wanted: rolling(0) },
        { change: "a step back", route: live(rolling(50)), wanted: rolling(25) },
        { change: "a withdrawal", route: live(rolling(50)), wanted: steady() },
    ])("are not asked about $change", async ({ route, wanted }) => {
        const conditions = [async () => expect.unreachable("a condition was asked")];
        const { guard: subject } = guard({ wanted, cluster: cluster([route]), seen: route, conditions });
        await subject.check(up);
    });
});

describe("before the weight moves", () => {
    const ready = { "api-v1": [6], "api-v2": [3] };

    it("the guard waits until both revisions have the ready pods of the plan, and tells what it waits for", async () => {
        const reader = cluster([live(rolling(10))], { "api-v1": [6], "api-v2": [1, 1, 2, 3] });
        const { guard: subject, told } = guard({ wanted: rolling(25), cluster: reader, seen: live(rolling(10)), readyTimeoutSeconds: 10 });
        await subject.checkWithCapacity(up);
        expect(told.info).toEqual(["waiting for ready endpoints: v2 1 of 3", "waiting for ready endpoints: v2 2 of 3"]);
    });

    it("the guard gives up in time, and says that nothing has moved", async () => {
        const reader = cluster([live(rolling(10))], { "api-v1": [4], "api-v2": [0] });
        const { guard: subject } = guard({ wanted: rolling(25), cluster: reader, seen: live(rolling(10)), readyTimeoutSeconds: 0.01 });
        await expect(subject.checkWithCapacity(up)).rejects.toThrow(
            "ready endpoints after 0.01 s: v1 4 of 6, v2 0 of 3. The weight has not moved. " +
                "What to do: kubectl get pods -n prod, and run the command again when they are ready, or roll back with rolloutPercent 0.",
        );
    });

    it("the guard takes a look that failed for no pods, and looks again", async () => {
        const reader = cluster([live(rolling(10))], { "api-v1": [new Error("timeout"), 6], "api-v2": [3] });
        const { guard: subject, told } = guard({ wanted: rolling(25), cluster: reader, seen: live(rolling(10)), readyTimeoutSeconds: 10 });
        await subject.checkWithCapacity(up);
        expect(told.info).toEqual(["waiting for ready endpoints: v1 unknown of 6 (timeout)"]);
    });

    it("the guard never takes a look that fails for enough", async () => {
        const reader = cluster([live(rolling(10))], { "api-v1": [6], "api-v2": [new Error("timeout")] });
        const { guard: subject } = guard({ wanted: rolling(25), cluster: reader, seen: live(rolling(10)), readyTimeoutSeconds: 0.01 });
        await expect(subject.checkWithCapacity(up)).rejects.toThrow("v2 unknown of 3 (timeout)");
    });

    it.each([
        { change: "a start waits for 3 pods", route: absent, wanted: steady(), short: "v1 0 of 3" },
        {
            change: "a candidate in the dark waits for its one pod, and for the stable revision to carry all",
            route: live(steady()),
            wanted: rolling(0),
            short: "v1 0 of 6, v2 0 of 1",
        },
    ])("$change", async ({ route, wanted, short }) => {
        const { guard: subject } = guard({ wanted, cluster: cluster([route]), seen: route });
        await expect(subject.checkWithCapacity(up)).rejects.toThrow(`ready endpoints after 0 s: ${short}.`);
    });

    it.each([
        { change: "a preview", route: live(rolling(10)), wanted: rolling(25), isPreview: preview },
        { change: "no change", route: live(rolling(10)), wanted: rolling(10), isPreview: up },
        { change: "a step back", route: live(rolling(50)), wanted: rolling(10), isPreview: up },
        { change: "a withdrawal", route: live(rolling(50)), wanted: steady(), isPreview: up },
        { change: "a finish", route: live(rolling(100)), wanted: steady("v2"), isPreview: up },
    ])("$change waits for no pod", async ({ route, wanted, isPreview }) => {
        const { guard: subject, told } = guard({ wanted, cluster: cluster([route], { "api-v1": [0], "api-v2": [0] }), seen: route });
        await subject.checkWithCapacity(isPreview);
        expect(told.info).toEqual([]);
    });

    it.each([
        { case: "was rolled back", after: live(rolling(10), 0) },
        { case: "got another record", after: live(rolling(0)) },
        { case: "went out of reach", after: unreachable },
        { case: "is gone", after: absent },
    ])("the guard looks again, and refuses when the route $case while it waited", async ({ after }) => {
        const { guard: subject } = guard({ wanted: rolling(25), cluster: cluster([live(rolling(10)), after], ready), seen: live(rolling(10)) });
        await expect(subject.checkWithCapacity(up)).rejects.toThrow("the live route changed while the program ran");
    });

    describe("conditions are asked again, on fresh evidence", () => {
        const notMet = { problem: "v2 is in a crash loop", fix: "go back" };
        /** A guard whose one condition answers as told, the last answer for good. */
        const asked = (answers: readonly (Awaited<ReturnType<StepCondition>> | Error)[], change: Partial<RolloutGuardArgs> = {}) => {
            const questions: StepForward[] = [];
            const condition: StepCondition = async (forward) => {
                questions.push(forward);
                const answer = answers[Math.min(questions.length, answers.length) - 1];
                if (answer instanceof Error) {
                    throw answer;
                }
                return answer;
            };
            const reader = cluster([live(rolling(10))], { "api-v1": [6], "api-v2": [1, 3] });
            const args = { wanted: rolling(25), cluster: reader, seen: live(rolling(10)), readyTimeoutSeconds: 10, conditions: [condition], ...change };
            return { ...guard(args), questions };
        };

        it("after the wait for pods, and let the weight move when they are still met", async () => {
            const { guard: subject, questions } = asked([undefined]);
            await subject.checkWithCapacity(up);
            expect(questions.map(({ again = false }) => again)).toEqual([false, true]);
        });

        it("and refuse when what was met before the wait is not any more: the weight has not moved", async () => {
            const { guard: subject } = asked([undefined, notMet]);
            await expect(subject.checkWithCapacity(up)).rejects.toThrow(
                "rollout refused: asked again right before the weight moves: v2 is in a crash loop\nThe weight has not moved. What to do: go back.",
            );
        });

        it("and wait for what is only not shown yet, as of pods that were not scraped", async () => {
            const { guard: subject, told, questions } = asked([undefined, { ...notMet, problem: "only 1 of 3 pods is scraped", unsettled: true }, undefined]);
            await subject.checkWithCapacity(up);
            expect(questions).toHaveLength(3);
            expect(told.info).toContain("waiting for fresh evidence before the weight moves: only 1 of 3 pods is scraped");
        });

        it("and refuse what is not shown in the time that pods get", async () => {
            const ready = cluster([live(rolling(10))], { "api-v1": [6], "api-v2": [3] });
            const { guard: subject } = asked([undefined, { ...notMet, unsettled: true }], { readyTimeoutSeconds: 0, cluster: ready });
            await expect(subject.checkWithCapacity(up)).rejects.toThrow("The weight has not moved");
        });

        it("and refuse when they can't be asked any more", async () => {
            const { guard: subject } = asked([undefined, new Error("no answer")]);
            await expect(subject.checkWithCapacity(up)).rejects.toThrow("no answer");
        });

        it("and refuse when the route changed while they were asked", async () => {
            const reader = cluster([live(rolling(10)), live(rolling(10)), live(rolling(10), 0)], { "api-v1": [6], "api-v2": [3] });
            const { guard: subject, questions } = asked([undefined], { cluster: reader });
            await expect(subject.checkWithCapacity(up)).rejects.toThrow("the live route changed while the program ran");
            expect(questions).toHaveLength(2);
        });

        it.each([
            { change: "a preview", route: live(rolling(10)), wanted: rolling(25), isPreview: preview },
            { change: "a step back", route: live(rolling(50)), wanted: rolling(10), isPreview: up },
        ])("but not for $change", async ({ route, wanted, isPreview }) => {
            const { guard: subject, questions } = asked([undefined], { wanted, cluster: cluster([route]), seen: route });
            await subject.checkWithCapacity(isPreview);
            expect(questions.filter(({ again = false }) => again)).toEqual([]);
        });
    });
});
