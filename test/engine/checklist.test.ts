import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { type ApprovalStore, approvalStore } from "../../adapters/approval-store.ts";
import { configMaps } from "../../adapters/config-maps.ts";
import { kubeContext } from "../../lab/api.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { labMetrics } from "../../lab/trial/trial-stack.ts";
import { approvalDigest } from "../../rollout/approval.ts";
import { stepAt } from "../../rollout/plan.ts";
import { referenceTo } from "../../rollout/revision.ts";
import { TrialStack, expectRefused, nextRevision, succeeding } from "../helpers/engine.ts";

/** The checklist with the real engine, in the middle of a rollout. The tests build on each other. */
describe("the checklist of a stack", () => {
    let stack: TrialStack;
    let consents: ApprovalStore;
    const loads: Load[] = [];
    const candidate = () => nextRevision(stack.stable);
    const rollout = async (...args: readonly string[]) =>
        execa("node", ["cli/index.ts", ...args, "--stack", stack.name], { cwd: stack.checkout, env: stack.environment, reject: false });
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
        process.env.KUBECONFIG = stack.environment.KUBECONFIG;
        consents = approvalStore({ maps: configMaps({ namespace: stack.live.namespace, kubeContext }), service: stack.live.service });
        stack.configure({ gates: { kind: "full" }, metrics: labMetrics, timeScale: 0.01, checklist: { enforced: true } });
        await succeeding(stack.up());
        stack.configure({ candidate: candidate() });
        await succeeding(stack.up());
    });
    afterAll(async () => {
        await Promise.all(loads.map(async (load) => load.stop()));
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

    it("shows in the middle of a rollout what holds, by which record, and what the next step still needs", async () => {
        stack.configure({ checklist: { enforced: false, reason: "the rest of the preparation is not what this is about" } });
        loads.push(
            await startLoad({ host: stack.hostname, requestsPerSecond: 150, seed: 31 }),
            await startLoad({ host: stack.hostname, requestsPerSecond: 150, seed: 32, revision: candidate().name }),
        );
        const digest = approvalDigest({ stable: referenceTo(stack.stable), candidate: referenceTo(candidate()), from: 0, to: 10 });
        for (const role of stepAt(10).approvals) {
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
