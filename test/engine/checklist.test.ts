import { execa } from "execa";
import { type Server, createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { type ApprovalStore, approvalStore } from "../../rollout/consent/live/approval-store.ts";
import { configMaps } from "../../rollout/kubernetes/config-maps.ts";
import { kubeContext } from "../../lab/api.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { labMetrics } from "../../lab/trial/trial-stack.ts";
import { waitUntil } from "../../lab/wait.ts";
import { approvalDigest } from "../../rollout/consent/approval.ts";
import { everyCriterionAt } from "../../rollout/gate/criteria.ts";
import type { Move } from "../../rollout/plan/move.ts";
import { stepAt } from "../../rollout/plan/plan.ts";
import { referenceTo } from "../../rollout/route/revision.ts";
import { TrialStack, expectRefused, nextRevision, succeeding } from "../helpers/engine.ts";
import { profile } from "../../service/profile.ts";
import { plan } from "../../service/plan.ts";

/**
 * The checklist with the real engine, from the preparation to the review after two days. The tests build on each other.
 *
 * Gates and soaks are asked in other tests: from 25 % on they are lifted here, so that boxes alone are in the way.
 */
describe("the checklist of a stack", () => {
    let stack: TrialStack;
    let consents: ApprovalStore;
    const loads: Load[] = [];
    /** A chat that takes every message. */
    let chat: Server;
    const candidate = () => nextRevision(stack.stable);
    const rollout = async (...args: readonly string[]) =>
        execa("node", ["rollout/cli/index.ts", ...args, "--stack", stack.name], {
            cwd: stack.checkout,
            env: { ...stack.environment, ...chatAddress(chat) },
            reject: false,
        });
    const checklist = async (...args: readonly string[]) => {
        const { stdout, stderr, exitCode } = await rollout("checklist", "--json", ...args);
        const parsed = answer.safeParse(stdout === "" ? undefined : JSON.parse(stdout));
        if (!parsed.success) {
            throw new Error(`${z.prettifyError(parsed.error)}\n${stderr}`);
        }
        return { ...parsed.data, exitCode, of: (id: string) => parsed.data.states.find(({ box }) => box.id === id) };
    };

    beforeAll(async () => {
        stack = await TrialStack.create("checklist");
        chat = createServer((_, response) => response.end("ok"));
        await new Promise<void>((resolve) => chat.listen(0, "127.0.0.1", resolve));
        process.env.KUBECONFIG = stack.environment.KUBECONFIG;
        consents = approvalStore({ maps: configMaps({ namespace: stack.live.namespace, api: apiServer({ kubeContext }) }), service: stack.live.service });
        stack.configure({ gates: { kind: "full" }, metrics: labMetrics, timeScale: 0.01, checklist: { enforced: true } });
        await succeeding(stack.up());
        stack.configure({ candidate: candidate() });
        await succeeding(stack.up());
    });
    afterAll(async () => {
        await Promise.all(loads.map(async (load) => load.stop()));
        chat.close();
        await stack.remove();
    });

    it("refuses the first step while a box is open, and says which and what to do", async () => {
        stack.configure({ rolloutPercent: 10 });
        const refused = await stack.up();
        expectRefused(refused, /- team-trained, not evaluated: Monitoring & Alerting: 'The team knows the dashboards' is open: operations-lead has not signed/);
        expect(refused.output).toMatch(/- redis-verified, not evaluated: .* the check redis has not been run/);
        expect(refused.output).toMatch(/have it signed with 'rollout sign team-trained --role operations-lead'/);
        // What the stack declares was looked at from within the update, and is in nobody's way.
        expect(refused.output).not.toMatch(/- (?:namespace|config-maps|backups-scheduled)\b/);
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [candidate().name]: 0 });
    });

    it("takes a signature and a preflight, and holds the boxes by them", async () => {
        const signed = await rollout("sign", "team-trained", "incident-plan", "--role", "operations-lead", "--note", "all of the rota were there");
        expect(signed.exitCode, signed.stderr).toBe(0);
        const preflight = await rollout("preflight", "--only", "rollback-rehearsal,release-tag", "--json");
        expect([0, 3], preflight.stderr).toContain(preflight.exitCode);
        const { of, exitCode, inTheWay } = await checklist("--phase", "preparation");
        expect(of("team-trained")).toMatchObject({ state: "holds", evidence: { kind: "signature" } });
        expect(of("release-tagged")).toMatchObject({ evidence: { kind: "check", check: "release-tag" } });
        expect(exitCode).toBe(3);
        expect(inTheWay).toContain("redis-verified");
        expect(inTheWay).not.toContain("team-trained");
    });

    it("has a check in nobody's way once an override lifts the box that rests on it", async () => {
        const before = await rollout("preflight", "--only", "certificates");
        expect(before.exitCode, before.stdout).toBe(3);
        const digest = approvalDigest({ stable: referenceTo(stack.stable), candidate: referenceTo(candidate()), from: 0, to: 10 });
        const reason = "users come without TLS in a lab";
        await consents.override(
            { digest, role: "operations-lead", identity: "operations-lead@example.com", verified: false, lifts: ["certificates-valid"], reason },
            60,
        );
        const after = await rollout("preflight", "--only", "certificates");
        expect(after.stdout).toContain("lifted by an override for the next step: certificates");
        expect(after.exitCode, after.stdout).toBe(0);
    });

    it("shows in the middle of a rollout what holds, by which record, and what the next step still needs", async () => {
        stack.configure({ checklist: { enforced: false, reason: "the rest of the preparation is not what this is about" } });
        loads.push(await startLoad({ host: stack.hostname, requestsPerSecond: 150, seed: 31 }));
        const digest = approvalDigest({ stable: referenceTo(stack.stable), candidate: referenceTo(candidate()), from: 0, to: 10 });
        for (const role of stepAt(plan, 10).approvals) {
            await consents.approve({ role, identity: `${role}@example.com`, verified: false, digest }, 60);
        }
        await untilTaken();
        const { of, states, summary, next, inTheWay, exitCode } = await checklist();
        expect(states).toHaveLength(220);
        expect(summary.hold).toBeGreaterThan(20);
        expect(summary.automatic).toBeGreaterThan(summary.hold / 2);
        expect(of("namespace")).toMatchObject({ state: "holds", evidence: { kind: "resource" } });
        expect(of("backups-scheduled")).toMatchObject({ state: "holds", evidence: { kind: "rule" } });
        expect(of("canary-deployed")).toMatchObject({ state: "holds", evidence: { kind: "record" } });
        expect(of("baseline-errors")).toMatchObject({ state: "holds", evidence: { kind: "record" } });
        expect(of("approval-security-review")).toMatchObject({ state: "holds", evidence: { kind: "record" } });
        expect(of("rollback-executed")).toMatchObject({ state: "not-applicable" });
        expect(of("quarter-split")).toMatchObject({ state: "open" });
        expect(of("redis-verified")).toMatchObject({ state: "open" });
        expect({ next, exitCode }).toEqual({ next: 25, exitCode: 3 });
        expect(inTheWay).toEqual(expect.arrayContaining(["channel-active", "war-room"]));
    });

    it("makes no review of a rollout that is not finished", async () => {
        const { stdout, exitCode } = await rollout("checkpoint", "24h");
        expect(exitCode).toBe(3);
        expect(stdout).toContain("the ledger has no finished rollout");
    });

    it("refuses 25 % by the boxes that are open, and takes it when each is told, signed or lifted", async () => {
        stack.configure({ checklist: { enforced: true }, communication: { slack: { urlVariable: "TRIAL_CHAT_URL" } }, rolloutPercent: 25 });
        await lift({ from: 10, to: 25 });
        await refusedFor(["channel-active", "deciders-there", "updates-sent", "war-room"]);
        expect(await weightOfCandidate()).toBe(10);
        await done(rollout("notify", "--message", "start"));
        await done(rollout("sign", "war-room", "deciders-there", "--role", "operations-lead", "--note", "the call is open, and both are in it"));
        // No watcher ran, so no message went out every 15 minutes: an override is the only way.
        await lift({ from: 10, to: 25 }, "updates-sent");
        await untilTaken();
        expect(await weightOfCandidate()).toBe(25);
    });

    it("refuses 100 % until the team is said to be confident", async () => {
        stack.configure({ rolloutPercent: 50 });
        await lift({ from: 25, to: 50 });
        await untilTaken();
        stack.configure({ rolloutPercent: 100 });
        await lift({ from: 50, to: 100 });
        await refusedFor(["decision-confidence"]);
        await done(rollout("sign", "decision-confidence", "--role", "operations-lead", "--note", "asked everybody in the call"));
        await untilTaken();
        expect(await weightOfCandidate()).toBe(100);
    });

    it("refuses the finish until users' reports were read, and finishes then", async () => {
        await lift({ from: 100, to: "finished" });
        // No watcher ran, so nothing on record says that 100 % was watched.
        await refusedFor(["extended-anomalies", "extended-users"], async () => {
            const { exitCode, stdout } = await rollout("finish");
            expect(exitCode, stdout).toBe(3);
            return stdout;
        });
        await lift({ from: 100, to: "finished" }, "extended-anomalies");
        await done(rollout("sign", "extended-users", "--role", "product-lead", "--link", "https://support.example.com/today"));
        await waitUntil(() => done(rollout("finish")), { what: "the finish", withinMs: 60_000, everyMs: 1_000 });
        expect(await stack.live.weights()).toEqual({ [candidate().name]: 100 });
        const { of, next, inTheWay, exitCode } = await checklist();
        expect(of("verified-successful")).toMatchObject({ state: "holds", evidence: { kind: "record" } });
        expect(of("day-stable")).toMatchObject({ state: "open" });
        expect({ next, inTheWay, exitCode }).toEqual({ next: undefined, inTheWay: [], exitCode: 0 });
    });

    it("reviews the finished rollout after a day and after two, not sooner, and the boxes follow what the reviews found", async () => {
        const early = await rollout("checkpoint", "24h");
        expect(early.exitCode).toBe(3);
        expect(early.stdout).toMatch(/it is too early: .* was finished at/);
        // A day is 17 s now.
        stack.configure({ timeScale: 0.0002 });
        for (const hours of [24, 48] as const) {
            await waitUntil(
                async () => {
                    const { stdout, exitCode } = await rollout("checkpoint", `${String(hours)}h`);
                    expect(stdout).not.toMatch(/too early/);
                    expect([0, 3]).toContain(exitCode);
                },
                { what: `the review after ${String(hours)} h`, withinMs: 90_000, everyMs: 2_000 },
            );
        }
        const { stdout } = await rollout("ledger", "show", "--json");
        const { intact, records } = ledger.parse(JSON.parse(stdout));
        expect(intact).toBe(true);
        const reviews = records.filter(({ kind }) => kind === "checkpoint");
        expect(reviews.map(({ hours, rollout: about }) => [hours, about.to, about.candidate?.name])).toEqual([
            [24, "finished", candidate().name],
            [48, "finished", candidate().name],
        ]);
        const { of } = await checklist();
        const expected = reviews.map(({ judgement }) => (judgement?.verdict === "pass" ? "holds" : "failed"));
        expect([of("day-stable")?.state, of("two-days-stable")?.state]).toEqual(expected);
    });

    async function weightOfCandidate(): Promise<number | undefined> {
        return (await stack.live.weights())[candidate().name];
    }

    /** Tries the step until nothing but these boxes is in its way: what takes a rollout back at once is never lifted, and needs some traffic to be seen. */
    async function refusedFor(boxes: readonly string[], attempt = async (): Promise<string> => (await stack.up()).output): Promise<void> {
        await waitUntil(
            async () => {
                const output = await attempt();
                expect(boxesIn(output), output).toEqual(boxes);
            },
            { what: `the refusal for ${boxes.join(", ")}`, withinMs: 60_000, everyMs: 1_000 },
        );
    }

    /** Lifts the soak, the approvals and every criterion of a step, and these boxes. */
    async function lift({ from, to }: Pick<Move, "from" | "to">, ...boxes: readonly string[]): Promise<void> {
        const digest = approvalDigest({ stable: referenceTo(stack.stable), candidate: referenceTo(candidate()), from, to });
        const lifts = ["soak", "approvals", ...everyCriterionAt(profile, from).map(({ id }) => id), ...boxes];
        await consents.override(
            { digest, role: "operations-lead", identity: "operations-lead@example.com", verified: false, lifts, reason: "this trial is about the boxes" },
            60,
        );
    }

    /** Tries until traffic has shown what the gate asks. */
    async function untilTaken(): Promise<void> {
        const deadline = Date.now() + 180_000;
        for (;;) {
            const { exitCode, output } = await stack.up();
            if (exitCode === 0) {
                return;
            }
            if (Date.now() > deadline) {
                throw new Error(`the step was not taken within three minutes:\n${output}`);
            }
        }
    }
});

/** A command of `rollout` that must succeed. */
async function done(running: Promise<{ readonly exitCode?: number; readonly stdout: string; readonly stderr: string }>): Promise<void> {
    const { exitCode, stdout, stderr } = await running;
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
}

/** Ids of everything that a refusal names. */
function boxesIn(output: string): readonly string[] {
    return [...new Set([...output.matchAll(/^\s*- ([a-z][a-z0-9-]*)(?:, not evaluated)?: /gm)].map(([, id = ""]) => id))].toSorted();
}

function chatAddress(chat: Server): Readonly<Record<string, string>> {
    const address = chat.address();
    return address === null || typeof address === "string" ? {} : { TRIAL_CHAT_URL: `http://127.0.0.1:${String(address.port)}/hook` };
}

const ledger = z.object({
    intact: z.boolean(),
    records: z.array(
        z.looseObject({
            kind: z.string(),
            hours: z.number().optional(),
            judgement: z.object({ verdict: z.string() }).optional(),
            rollout: z.object({ to: z.union([z.number(), z.string()]), candidate: z.object({ name: z.string() }).optional() }),
        }),
    ),
});

const answer = z.object({
    next: z.union([z.number(), z.string()]).optional(),
    states: z.array(
        z.object({
            box: z.object({ id: z.string() }),
            state: z.string(),
            text: z.string(),
            evidence: z.looseObject({ kind: z.string() }).optional(),
        }),
    ),
    summary: z.object({ hold: z.number(), automatic: z.number() }),
    inTheWay: z.array(z.string()),
});
