import { describe, expect, it } from "vitest";

import { type RecordsSession, followRecords } from "../../../../rollout/watch/live/follow-records.ts";
import { WatcherMetrics } from "../../../../rollout/watch/live/watcher-metrics.ts";
import { watcherMetrics } from "../../../../observability/metrics/service.ts";
import type { Verification } from "../../../../rollout/ledger/verification.ts";
import type { Weight } from "../../../../rollout/plan/plan.ts";
import { scheduleFor } from "../../../../rollout/plan/schedule.ts";
import { plan } from "../../../../service/plan.ts";
import { profile } from "../../../../service/profile.ts";

const schedule = scheduleFor(plan, { timeScale: 1, environment: "prod" });
const [stable, candidate] = ["v1-0-0", "v1-1-0"].map((name) => ({ name, digest: `sha256:${name.padEnd(64, "0")}` }));

/** A session whose ledger and approvals answer as given. */
function session(
    weightPercent: Weight,
    answers: { readonly intact?: boolean; readonly ledgerFails?: true; readonly consentsFail?: true } = {},
): RecordsSession {
    if (stable === undefined || candidate === undefined) {
        throw new Error("there are two revisions");
    }
    const verification = { intact: answers.intact ?? true, findings: [], records: [], counting: [], uncounted: [] } as unknown as Verification;
    return {
        schedule,
        target: {
            profile,
            environment: "prod",
            namespace: "n",
            service: "s",
            hostname: "api.example.com",
            gateway: { name: "edge", namespace: "edge-system", retry: false, testers: { kind: "header" } },
            gates: { kind: "full" },
            timeScale: 1,
            approvals: { roles: {}, requireVerifiedIdentity: false, identities: {} },
        },
        cluster: {
            readStep: async () =>
                Promise.resolve({
                    kind: "found",
                    present: { record: { kind: "rolling", stable, candidate, weightPercent }, routedPercent: weightPercent },
                    clock: { kind: "known", enteredAt: "2026-01-01T00:00:00Z", now: "2026-01-01T00:10:00Z", soakedSeconds: 600 },
                }),
        },
        ledger: {
            read: async () => (answers.ledgerFails === true ? Promise.reject(new Error("no API server")) : Promise.resolve(verification)),
        } as unknown as RecordsSession["ledger"],
        consents: {
            read: async () =>
                answers.consentsFail === true
                    ? Promise.reject(new Error("no API server"))
                    : Promise.resolve({ approvals: [], overrides: [], problems: [], now: "2026-01-01T00:10:00Z" }),
        } as unknown as RecordsSession["consents"],
    };
}

/** What the metrics say after one reading. */
async function after(read: RecordsSession): Promise<Readonly<Record<"ledger" | "approvals", number | undefined>>> {
    const stop = new AbortController();
    const said: { ledger?: number; approvals?: number } = {};
    const following = followRecords(
        read,
        {
            ledger: (intact) => {
                said.ledger = intact ? 1 : 0;
            },
            approvalsMissing: (count) => {
                said.approvals = count;
            },
        },
        stop.signal,
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    await following;
    return { ledger: said.ledger, approvals: said.approvals };
}

describe("what a watcher says beside its looks", () => {
    it.each([
        { what: "a whole ledger and the two approvals that half needs", read: session(25), said: { ledger: 1, approvals: 2 } },
        { what: "a step that needs no approval", read: session(10), said: { ledger: 1, approvals: 0 } },
        { what: "no rollout", read: session(0), said: { ledger: 1, approvals: 0 } },
        { what: "a ledger with a gap", read: session(25, { intact: false }), said: { ledger: 0, approvals: 2 } },
        { what: "a ledger that can't be read", read: session(25, { ledgerFails: true }), said: { ledger: 0, approvals: 2 } },
        { what: "approvals that can't be read", read: session(25, { consentsFail: true }), said: { ledger: 1, approvals: 2 } },
    ])("is right about $what", async ({ read, said }) => {
        expect(await after(read)).toEqual(said);
    });
});

describe("the watcher's metrics", () => {
    it("are those of the contract, each there from the start", async () => {
        const text = await new WatcherMetrics(schedule).text();
        const shown = new Set([...text.matchAll(/^(rollout_\w+)(?:\{| )/gm)].map(([, name]) => name));
        expect(shown).toEqual(new Set(watcherMetrics.map(({ name }) => name)));
        expect(text).toMatch(/^rollout_verdict\{verdict="hold"\} 1$/m);
    });

    it("say nothing while another one watches", async () => {
        const metrics = new WatcherMetrics(schedule);
        metrics.look({ decision: { kind: "standing-by", holder: "another" } }, 1_000);
        expect(await metrics.text()).toMatch(/^rollout_watch_heartbeat_timestamp_seconds 0$/m);
    });

    it("go back to no weight when the candidate has no traffic any more, and show that somebody is there", async () => {
        const metrics = new WatcherMetrics(schedule);
        if (stable === undefined || candidate === undefined) {
            throw new Error("there are two revisions");
        }
        const step = { stable, candidate, weightPercent: 25, enteredAt: "2026-01-01T00:00:00Z", soakedSeconds: 60 } as const;
        metrics.look({ step, decision: { kind: "roll-back", reason: "errors" } }, 1_000);
        expect(await metrics.text()).toMatch(/^rollout_step_weight_percent 25$/m);
        metrics.idle(1_002);
        const text = await metrics.text();
        for (const line of [
            "rollout_step_weight_percent 0",
            'rollout_verdict{verdict="rollback"} 0',
            "rollout_soak_seconds 0",
            "rollout_watch_heartbeat_timestamp_seconds 1002",
        ]) {
            expect(text.split("\n")).toContain(line);
        }
    });
});
