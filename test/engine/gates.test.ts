import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { apiServer } from "../../rollout/kubernetes/cluster-reader.ts";
import { type ApprovalStore, approvalStore } from "../../rollout/consent/live/approval-store.ts";
import { configMaps } from "../../rollout/kubernetes/config-maps.ts";
import { type LedgerStore, ledgerStore } from "../../rollout/ledger/live/store.ts";
import { kubeContext } from "../../lab/api.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { waitUntil } from "../../lab/wait.ts";
import { approvalDigest } from "../../rollout/consent/approval.ts";
import type { Move } from "../../rollout/plan/move.ts";
import { type Role, stepAt } from "../../rollout/plan/plan.ts";
import { referenceTo } from "../../rollout/route/revision.ts";
import { TrialStack, expectRefused, nextRevision, succeeding } from "../helpers/engine.ts";
import { plan } from "../../service/plan.ts";

/**
 * Soak, gate and approvals with the real engine, a real Prometheus and real traffic through the lab's gateway. The plan's times are a hundred times shorter, its
 * thresholds are the plan's. The tests build on each other.
 */
describe("a stack with full gates", () => {
    let stack: TrialStack;
    let consents: ApprovalStore;
    let ledger: LedgerStore;
    const loads: Load[] = [];
    const candidate = () => nextRevision(stack.stable);
    const move = (from: Move["from"], to: Move["to"]): Move => ({ stable: referenceTo(stack.stable), candidate: referenceTo(candidate()), from, to });
    const set = async (key: string, value: string) => succeeding(stack.run(["config", "set", "--path", key, value]));

    beforeAll(async () => {
        stack = await TrialStack.create("gates");
        process.env.KUBECONFIG = stack.environment.KUBECONFIG;
        const maps = configMaps({ namespace: stack.live.namespace, api: apiServer({ kubeContext }) });
        consents = approvalStore({ maps, service: stack.live.service });
        ledger = ledgerStore({ maps, service: stack.live.service });
        await set("gates.kind", "full");
        await succeeding(stack.run(["config", "rm", "--path", "gates.reason"]));
        await set("timeScale", "0.01");
        await set("metrics.prometheusUrl", "${env:NOVA_LAB_PROMETHEUS_URL}");
        await set("metrics.gatewayUrl", "${env:NOVA_LAB_GATEWAY_URL}");
        await set("metrics.gateway.kind", "envoy");
        await set("metrics.podProxyUrl", "${env:NOVA_LAB_POD_PROXY}");
        await set("metrics.scrapeIntervalSeconds", "1");
    });
    afterAll(async () => {
        await Promise.all(loads.map(async (load) => load.stop()));
        await stack.remove();
    });

    it("deploys and declares a candidate with nothing asked, and writes both down", async () => {
        await succeeding(stack.up());
        stack.configure({ candidate: candidate() });
        await succeeding(stack.up());
        const { intact, records } = await ledger.read();
        expect(intact).toBe(true);
        expect(records).toMatchObject([
            { kind: "entered", text: `${stack.stable.name} was deployed, with all of the traffic` },
            { kind: "entered", text: `${candidate().name} was declared as the candidate, at 0 %` },
        ]);
        expect(records.every(({ actor }) => actor.verified && actor.identity !== "")).toBe(true);
    });

    it("forecasts in a preview what up then refuses, with every reason at once, and changes nothing", async () => {
        stack.configure({ rolloutPercent: 10 });
        const preview = await succeeding(stack.preview());
        const refused = await stack.up();
        expectRefused(refused, /conditions are not met for v1-1-0 from 0 % to 10 %/);
        expect(preview.output).toMatch(/forecast: 'pulumi up' would refuse, because \d+ conditions are not met for v1-1-0 from 0 % to 10 %/);
        for (const { output } of [preview, refused]) {
            expect(output).toMatch(/- baseline-error-ratio: errors below 0\.1 %: no requests yet/);
            expect(output).toMatch(/- approvals: v1-1-0 from 0 % to 10 % is not approved by tech-lead, nor by product-lead/);
        }
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [candidate().name]: 0 });
        expect((await ledger.read()).records).toHaveLength(2);
    });

    it("takes the step when traffic has shown what the plan asks and all have approved, and keeps what it was decided on", async () => {
        loads.push(await startLoad({ host: stack.hostname, requestsPerSecond: 150, seed: 21 }));
        for (const role of stepAt(plan, 10).approvals) {
            await consents.approve({ role, identity: `${role}@example.com`, verified: false, digest: approvalDigest(move(0, 10)) }, 60);
        }
        // A healthy revision errs once in a while: a request that fails between the forecast and the step makes the step wait for more of them.
        await waitUntil(
            async () => {
                await untilForecastIsGood();
                await succeeding(stack.up());
            },
            { what: "the step to 10 %", withinMs: 120_000 },
        );
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 90, [candidate().name]: 10 });
        const entered = (await ledger.read()).records.at(-1);
        expect(entered).toMatchObject({
            kind: "entered",
            rollout: { from: 0, to: 10 },
            judgement: { verdict: "pass" },
            evidence: { kind: "whole", evidence: { candidate: { revision: candidate().name }, probes: { health: { kind: "passed" } } } },
            approvals: stepAt(plan, 10).approvals.map((role: Role) => ({ role, identity: `${role}@example.com` })),
        });
        expect(entered?.commit).toMatch(/^[0-9a-f]{40}$/);
    });

    it("rolls back at once although Prometheus is gone, and writes it down", async () => {
        await set("metrics.prometheusUrl", "http://127.0.0.1:9");
        stack.configure({ rolloutPercent: 0 });
        await succeeding(stack.up());
        expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100, [candidate().name]: 0 });
        expect((await ledger.read()).records.at(-1)).toMatchObject({ kind: "rolled-back", rollout: { from: 10, to: 0 } });
    });

    it("says in a preview what can't be evaluated, and up refuses it", async () => {
        stack.configure({ rolloutPercent: 10 });
        const preview = await succeeding(stack.preview());
        expect(preview.output).toMatch(/- baseline-error-ratio, not evaluated: .*Prometheus at http:\/\/127\.0\.0\.1:9 gave no answer/);
        expectRefused(await stack.up(), /- baseline-error-ratio, not evaluated: .*gave no answer/);
    });

    it("lets an override lift what it names and nothing else, and shows it", async () => {
        const given = { digest: approvalDigest(move(0, 10)), role: "operations-lead", identity: "operations-lead@example.com", verified: false };
        await consents.override({ ...given, lifts: ["baseline-error-ratio"], reason: "Prometheus is down and the fix can't wait" }, 60);
        const refused = await stack.up();
        expectRefused(refused, /- baseline-availability, not evaluated/);
        expect(refused.output).toMatch(
            /override: baseline-error-ratio is lifted by operations-lead@example\.com until .*Prometheus is down and the fix can't wait/,
        );
        expect(refused.output).not.toMatch(/- baseline-error-ratio/);
    });

    /** Waits until a preview says that the step may be taken: traffic has to come together first. */
    async function untilForecastIsGood(): Promise<void> {
        const deadline = Date.now() + 120_000;
        for (;;) {
            const { output } = await succeeding(stack.preview());
            if (output.includes("forecast: v1-1-0 from 0 % to 10 % may be taken")) {
                return;
            }
            if (Date.now() > deadline) {
                throw new Error(`no step may be taken within two minutes:\n${output}`);
            }
        }
    }
});
