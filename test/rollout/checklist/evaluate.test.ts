import { describe, expect, it } from "vitest";

import { approvalDigest } from "../../../rollout/consent/approval.ts";
import { checklist } from "../../../service/checklist/checklist.ts";
import { evaluate } from "../../../rollout/checklist/evaluate.ts";
import type { Facts } from "../../../rollout/checklist/facts.ts";
import { signatureDigest } from "../../../rollout/checklist/signature.ts";
import { blocking, summaryOf } from "../../../rollout/checklist/state.ts";
import { verify } from "../../../rollout/ledger/verification.ts";
import { recordText } from "../../../rollout/ledger/chain.ts";
import { healthyEvidence } from "../gate/judge/evidence.ts";
import { another, candidate, factsOf, judged, ledgerOf, lookAt, minute, stable, stateOf } from "./facts.ts";

const signature = {
    box: "team-trained",
    role: "operations-lead",
    identity: "olga@example.com",
    verified: true,
    digest: signatureDigest("team-trained", candidate),
    at: minute(-60),
    expiresAt: minute(7 * 1_440 - 60),
    link: "https://wiki.example.com/training",
} as const;

const preflight = (state: "passed" | "failed" | "not-configured") =>
    ({ kind: "preflight", results: [{ check: "redis", state, text: `redis ${state}`, tookMs: 3 }] }) as const;
const passedAt = (from: 10 | 25 | 50 | 100, change: Parameters<typeof judged>[1] = {}) => ({ kind: "verdict", judgement: judged(from, change) }) as const;
const told = (message: "start" | "update" | "incident" | "rollback" | "success" | "before", notifier: "slack" | "status-page" = "slack") =>
    ({ kind: "told", message, delivered: [{ notifier, at: minute(0), attempts: 1 }], undelivered: [] }) as const;
const entered = { kind: "entered" } as const;

describe("a checklist of which nothing is known", () => {
    it("holds no box: nothing is taken on trust", () => {
        const states = evaluate(checklist, factsOf());
        expect(states.filter(({ state }) => state === "holds" || state === "failed")).toEqual([]);
        expect(summaryOf(states)).toMatchObject({ boxes: 220, hold: 0, automatic: 0, failed: 0 });
    });

    it("holds no box without a candidate", () => {
        const { candidate: nobody, ...facts } = factsOf();
        expect(nobody).toEqual(candidate);
        expect(new Set(evaluate(checklist, facts).map(({ state }) => state))).toEqual(new Set(["open"]));
    });

    it("holds nothing by a ledger that can't be relied on, and says why", () => {
        const facts = factsOf({ ledger: { kind: "missing", reason: "record 3 is not what was written" }, live: lookAt(10) });
        expect(evaluate(checklist, facts).filter(({ state }) => state === "holds")).toEqual([]);
        expect(stateOf("team-trained", facts).text).toBe("the ledger can't be relied on: record 3 is not what was written");
    });
});

describe("a box about what the stack declares", () => {
    const namespace = { type: "kubernetes:core/v1:Namespace", urn: "urn:pulumi:prod::p::kubernetes:core/v1:Namespace::ns" };
    it.each([
        ["it is declared", [namespace], "holds"],
        ["it is not", [], "failed"],
    ] as const)("when %s: %s", (_, value, state) => {
        expect(stateOf("namespace", factsOf({ resources: { kind: "observed", value } })).state).toBe(state);
    });

    it("links the resource", () => {
        expect(stateOf("namespace", factsOf({ resources: { kind: "observed", value: [namespace] } })).evidence).toEqual({
            kind: "resource",
            urn: namespace.urn,
        });
    });
});

describe("a box about a policy", () => {
    const backup = { type: "kubernetes:batch/v1:CronJob", urn: "urn:pulumi:prod::p::kubernetes:batch/v1:CronJob::backup" };
    it.each([
        ["the rule is active and finds nothing", [{ rule: "backup-exists", level: "mandatory", findings: [] }], "holds"],
        ["it finds something", [{ rule: "backup-exists", level: "mandatory", findings: ["no backup of redis"] }], "failed"],
        ["it is switched off", [{ rule: "backup-exists", level: "disabled", findings: [] }], "failed"],
        ["the pack has no such rule", [], "failed"],
    ] as const)("when %s: %s", (_, value, state) => {
        expect(stateOf("backups-scheduled", factsOf({ rules: { kind: "observed", value }, resources: { kind: "observed", value: [backup] } })).state).toBe(
            state,
        );
    });

    it.each([
        ["secrets", "no-secret-literal"],
        ["config-maps", "immutable-config"],
        ["backups-scheduled", "backup-exists"],
    ])("does not hold by a rule that had nothing to look at: %s", (id, rule) => {
        const rules = { kind: "observed", value: [{ rule, level: "mandatory", findings: [] }] } as const;
        expect(stateOf(id, factsOf({ rules, resources: { kind: "observed", value: [] } })).state).toBe("failed");
        expect(stateOf(id, factsOf({ rules })).state).toBe("open");
    });
});

describe("a box about a check of the preflight", () => {
    it.each([
        ["it passed", ledgerOf([-60, preflight("passed")]), {}, "holds"],
        ["it failed", ledgerOf([-60, preflight("failed")]), {}, "failed"],
        ["nothing said where to look", ledgerOf([-60, preflight("not-configured")]), {}, "open"],
        ["it failed after it had passed", ledgerOf([-60, preflight("passed")], [-30, preflight("failed")]), {}, "failed"],
        ["it passed more than a day ago", ledgerOf([-1_441, preflight("passed")]), {}, "open"],
        ["it passed for other content", ledgerOf([-60, preflight("passed"), { candidate: another }]), {}, "open"],
        ["another check passed", ledgerOf([-60, { kind: "preflight", results: [{ check: "kafka", state: "passed", text: "", tookMs: 1 }] }]), {}, "open"],
        [
            "it was fresh when the step was entered, and that is days ago",
            ledgerOf([-60, preflight("passed")], [0, entered, { from: 0, to: 10 }]),
            { now: minute(4_000) },
            "holds",
        ],
        [
            "it was looked at only after the step was entered",
            ledgerOf([0, entered, { from: 0, to: 10 }], [30, preflight("passed")]),
            { now: minute(60) },
            "open",
        ],
    ] as const)("when %s: %s", (_, records, change, state) => {
        expect(stateOf("redis-verified", factsOf({ records, ...change })).state).toBe(state);
    });
});

describe("a box about an alert", () => {
    const routes = (state: "passed" | "failed") => ledgerOf([-1, { kind: "preflight", results: [{ check: "alert-routes", state, text: "", tookMs: 1 }] }]);
    it.each([
        ["it is loaded and routed", [{ name: "Watchdog", health: "ok" }], routes("passed"), "holds"],
        ["it is loaded, and nobody gets it", [{ name: "Watchdog", health: "ok" }], routes("failed"), "failed"],
        ["it is loaded, and nobody looked at its route", [{ name: "Watchdog", health: "ok" }], [], "open"],
        ["its evaluation fails", [{ name: "Watchdog", health: "err" }], routes("passed"), "failed"],
        ["it was not evaluated yet", [{ name: "Watchdog", health: "unknown" }], routes("passed"), "open"],
        ["it is not loaded", [], routes("passed"), "failed"],
    ] as const)("when %s: %s", (_, value, records, state) => {
        expect(stateOf("alerts-answer", factsOf({ alerts: { kind: "observed", value }, records })).state).toBe(state);
    });
});

describe("a box about a criterion", () => {
    const at10 = { from: 10, to: 10 } as const;
    it.each([
        ["it passed", ledgerOf([0, passedAt(10), at10]), "holds"],
        ["it is shown to be broken", ledgerOf([0, passedAt(10, { "canary-error-ratio": { verdict: "hold", shortfall: "breached" } }), at10]), "failed"],
        ["it is not proven yet", ledgerOf([0, passedAt(10, { "canary-error-ratio": { verdict: "hold", shortfall: "unproven" } }), at10]), "open"],
        ["it could not be seen", ledgerOf([0, passedAt(10, { "canary-error-ratio": { verdict: "hold", shortfall: "unseen" } }), at10]), "open"],
        ["it passed for other content", ledgerOf([0, passedAt(10), { ...at10, candidate: another }]), "open"],
        ["it passed at another weight", ledgerOf([0, passedAt(10), { from: 25, to: 25 }]), "open"],
        [
            "it passed in an earlier rollout of the same content",
            ledgerOf([0, passedAt(10), at10], [1, { kind: "finished" }, { from: 100, to: "finished" }], [2, entered, { from: 0, to: 0 }]),
            "open",
        ],
        ["it passed before the candidate was rolled back", ledgerOf([0, passedAt(10), at10], [1, { kind: "rolled-back" }, { from: 10, to: 0 }]), "open"],
    ] as const)("when %s: %s", (_, records, state) => {
        expect(stateOf("canary-errors", factsOf({ records, now: minute(5) })).state).toBe(state);
    });

    it("is judged as the step is now, whatever was on record before", () => {
        const records = ledgerOf([0, passedAt(10), at10]);
        expect(stateOf("canary-errors", factsOf({ records, live: lookAt(10) }))).toMatchObject({ state: "holds", evidence: { kind: "live" } });
        const { move, at } = lookAt(10);
        expect(stateOf("canary-errors", factsOf({ records, live: { move, at } })).state).toBe("open");
    });

    it("asks all of them where the box names several", () => {
        const broken = judged(50, { "half-memory": { verdict: "hold", shortfall: "breached", text: "memory 310 Mi" } });
        expect(stateOf("half-resources", factsOf({ live: lookAt(50) })).state).toBe("holds");
        expect(stateOf("half-resources", factsOf({ live: lookAt(50, { judgement: broken }) }))).toMatchObject({
            state: "failed",
            text: "half-memory: memory 310 Mi",
        });
    });
});

describe("a box that a role signs", () => {
    const strict = { ...factsOf().policy, requireVerifiedIdentity: true, authors: { kind: "known", identities: ["ann@example.com"] } as const };
    const signed = (change: Partial<typeof signature> | Readonly<Record<string, unknown>>): Partial<Facts> => ({
        signatures: { kind: "observed", value: [{ ...signature, ...change }] },
    });
    it.each([
        ["it is signed", signed({}), "holds"],
        ["nobody signed", {}, "open"],
        ["the signature is for another box", signed({ box: "incident-plan" }), "open"],
        ["the signature was moved from another box", signed({ digest: signatureDigest("incident-plan", candidate) }), "open"],
        ["the signature is for other content", signed({ digest: signatureDigest("team-trained", another) }), "open"],
        ["another role signed", signed({ role: "tech-lead" }), "open"],
        ["it has expired", signed({ expiresAt: minute(-1) }), "open"],
        ["it says itself that it counts for longer than the stack lets it", signed({ at: minute(-7 * 1_440 - 1), expiresAt: minute(99_999) }), "open"],
        ["the author signed", { ...signed({ identity: "ann@example.com" }), policy: strict }, "open"],
        ["nothing vouches for who it was, and the stack asks for that", { ...signed({ verified: false }), policy: strict }, "open"],
        ["somebody signed who may not act for the role", { ...signed({}), policy: { ...strict, roles: { "operations-lead": ["otto@example.com"] } } }, "open"],
        ["signatures can't be read", { signatures: { kind: "missing", reason: "no answer" } }, "open"],
    ] as const)("when %s: %s", (_, change, state) => {
        expect(stateOf("team-trained", factsOf(change)).state).toBe(state);
    });

    it("shows who signed, when, and where to look", () => {
        expect(stateOf("team-trained", factsOf(signed({})))).toMatchObject({
            at: signature.at,
            text: "operations-lead signed, as olga@example.com",
            evidence: { kind: "signature", link: signature.link },
        });
    });

    it("keeps what was signed when its step was entered, after the signature has expired", () => {
        const records = ledgerOf([0, entered, { from: 0, to: 10 }]);
        expect(stateOf("team-trained", factsOf({ records, now: minute(30 * 1_440), ...signed({}) })).state).toBe("holds");
    });

    it("takes the role's approval of the step for its signature where the box is that approval", () => {
        const { move } = lookAt(0);
        const approval = { role: "tech-lead", identity: "tess", verified: true, digest: approvalDigest(move), at: minute(-5), expiresAt: minute(60) } as const;
        const facts = factsOf({ live: lookAt(0), approvals: { kind: "observed", value: [approval] } });
        expect(stateOf("approval-tech-lead", facts).state).toBe("holds");
        expect(stateOf("approval-product-lead", facts).state).toBe("open");
        const taken = ledgerOf([0, { ...entered, approvals: [approval] }, { from: 0, to: 10 }]);
        expect(stateOf("approval-tech-lead", factsOf({ records: taken })).evidence).toMatchObject({ kind: "record", sequence: 1 });
        expect(stateOf("approval-product-lead", factsOf({ records: taken })).state).toBe("failed");
    });
});

describe("a box about what the ledger shows", () => {
    const canary = [0, entered, { from: 0, to: 10 }] as const;
    const finished = [600, { kind: "finished" }, { from: 100, to: "finished" }] as const;
    const rolledBack = { kind: "rolled-back" } as const;
    const to0 = { from: 10, to: 0 } as const;
    const quiet = { fired: { kind: "observed", value: { since: minute(-10_000), fired: [] } } } as const;
    const [to100, at100] = [
        { from: 50, to: 100 },
        { from: 100, to: 100 },
    ] as const;
    const held = { verdict: "hold", reasons: [] } as const;
    const checkpoint = (verdict: "pass" | "hold") => ({ kind: "checkpoint", hours: 24, judgement: { verdict, reasons: [] } }) as const;
    it.each([
        ["canary-deployed", "the step was entered", ledgerOf(canary), "holds"],
        ["canary-deployed", "it was rolled back since", ledgerOf(canary, [1, { kind: "rolled-back" }, { from: 10, to: 0 }]), "open"],
        ["time-canary", "the gate passed", ledgerOf(canary, [20, passedAt(10), { from: 10, to: 10 }]), "holds"],
        ["time-canary", "it did not", ledgerOf(canary, [20, { kind: "verdict", judgement: { verdict: "hold", reasons: [] } }, { from: 10, to: 10 }]), "failed"],
        ["canary-observations", "it was watched for the whole soak", ledgerOf(canary, [16, passedAt(10), { from: 10, to: 10 }]), "holds"],
        ["canary-observations", "the step was left before", ledgerOf(canary, [14, { ...entered, judgement: judged(10) }, { from: 10, to: 25 }]), "failed"],
        ["channel-active", "people heard of the start", ledgerOf(canary, [1, told("start"), { from: 10, to: 10 }]), "holds"],
        ["channel-active", "nobody heard", ledgerOf(canary, [1, { kind: "not-told", message: "start", undelivered: [] }]), "open"],
        ["told-team", "they heard a day before", ledgerOf([-1_440, told("before")]), "holds"],
        ["told-team", "they heard a second before", ledgerOf([-0.02, told("before")], [0, entered, { from: 0, to: 10 }]), "open"],
        ["told-team", "they heard a day before, and once more an hour before", ledgerOf([-1_440, told("before")], [-60, told("before")], canary), "holds"],
        ["status-page-ready", "only the chat took it", ledgerOf([-1_440, told("before")]), "open"],
        ["status-page-prepared", "the page has it", ledgerOf([-1_440, told("before", "status-page")]), "holds"],
        ["told-team", "they heard weeks before", ledgerOf([-20 * 1_440, told("before")]), "open"],
        ["status-notice", "the status page has it", ledgerOf([-1_440, told("before", "status-page")]), "holds"],
        ["status-notice", "only the chat has it", ledgerOf([-1_440, told("before")]), "open"],
        ["updates-sent", "they heard every 15 minutes", ledgerOf(canary, [1, told("start")], [16, told("update")], [31, told("update")]), "holds"],
        ["updates-sent", "there was a silence of half an hour", ledgerOf(canary, [1, told("start")], [31, told("update")]), "failed"],
        ["extended-anomalies", "it was judged since", ledgerOf([0, entered, to100], [9, passedAt(100), at100]), "holds"],
        ["extended-anomalies", "no one looked since", ledgerOf([0, passedAt(100), at100], [1, entered, to100]), "open"],
        ["extended-anomalies", "it was not entered", ledgerOf([0, passedAt(100), at100]), "open"],
        ["verified-two-hours", "it passed after two hours", ledgerOf([0, entered, to100], [121, passedAt(100), at100]), "holds"],
        ["verified-two-hours", "it passed before they were over", ledgerOf([0, entered, to100], [110, passedAt(100), at100]), "failed"],
        ["verified-two-hours", "it did not pass at their end", ledgerOf([0, entered, to100], [121, { ...passedAt(100), judgement: held }, at100]), "failed"],
        ["verified-two-hours", "it was not judged", ledgerOf([0, entered, to100]), "open"],
        ["day-stable", "the review passed", ledgerOf(finished, [2_040, checkpoint("pass"), { from: 100, to: "finished" }]), "holds"],
        ["day-stable", "it did not", ledgerOf(finished, [2_040, checkpoint("hold"), { from: 100, to: "finished" }]), "failed"],
        ["two-days-stable", "only the first one was made", ledgerOf(finished, [2_040, checkpoint("pass"), { from: 100, to: "finished" }]), "open"],
        ["success-incidents", "nothing was rolled back", ledgerOf(finished), "holds"],
        ["success-incidents", "it is not finished", ledgerOf(canary), "open"],
        ["success-incidents", "a step was rolled back", ledgerOf([1, { kind: "rolled-back" }, { from: 50, to: 25 }], finished), "failed"],
        ["issue-paused", "there was no hold", ledgerOf(canary), "not-applicable"],
        ["issue-paused", "there was one", ledgerOf(canary, [1, told("incident")]), "holds"],
        ["issue-paused", "it was rolled back at once", ledgerOf(canary, [1, rolledBack, to0]), "not-applicable"],
        ["issue-mended", "the step is still held", ledgerOf(canary, [1, told("incident")]), "open"],
        ["issue-mended", "it passed since", ledgerOf(canary, [1, told("incident")], [9, passedAt(10), { from: 10, to: 10 }]), "holds"],
        ["issue-mended", "it was rolled back", ledgerOf(canary, [1, told("incident")], [9, rolledBack, to0]), "holds"],
        [
            "issue-mended",
            "it passed, and is held again",
            ledgerOf(canary, [1, told("incident")], [9, passedAt(10), { from: 10, to: 10 }], [12, told("incident")]),
            "open",
        ],
        ["issue-retried", "there was no rollback", ledgerOf(canary, [1, told("incident")]), "not-applicable"],
        ["issue-retried", "nothing came after it", ledgerOf(canary, [1, rolledBack, to0]), "open"],
        ["issue-retried", "another candidate came", ledgerOf(canary, [1, rolledBack, to0], [30, entered, { candidate: another }]), "holds"],
        [
            "issue-retried",
            "the same came with a reason",
            ledgerOf(canary, [1, rolledBack, to0], [20, { kind: "note", purpose: "retry" }], [30, entered, { from: 0, to: 10 }]),
            "holds",
        ],
        ["issue-retried", "the same came without one", ledgerOf(canary, [1, rolledBack, to0], [30, entered, { from: 0, to: 10 }]), "failed"],
        [
            "incident-updates",
            "they heard of the rollback at once",
            ledgerOf(canary, [1, told("incident")], [9, rolledBack, to0], [9.1, told("rollback")]),
            "holds",
        ],
        [
            "incident-updates",
            "there was a silence of half an hour before the rollback",
            ledgerOf(canary, [1, told("incident")], [31, rolledBack, to0]),
            "failed",
        ],
        ["incident-updates", "they heard more meanwhile", ledgerOf(canary, [1, told("incident")], [16, told("update")], [31, rolledBack, to0]), "holds"],
        ["incident-updates", "no one heard of it", ledgerOf(canary, [9, rolledBack, to0]), "open"],
        ["incident-told", "there was none", ledgerOf(canary), "not-applicable"],
        ["rollback-executed", "there was no rollback", ledgerOf(canary), "not-applicable"],
        ["rollback-executed", "there was one", ledgerOf(canary, [1, { kind: "rolled-back" }, { from: 10, to: 0 }]), "holds"],
    ] as const)("%s, when %s", (id, _, records, state) => {
        expect(stateOf(id, factsOf({ ...quiet, records, now: minute(records.at(-1)?.kind === "finished" ? 601 : 40) })).state).toBe(state);
    });

    it("asks for a day without an incident only when the day is over", () => {
        const records = ledgerOf(finished);
        expect(stateOf("day-incidents", factsOf({ ...quiet, records, now: minute(600 + 1_439) })).state).toBe("open");
        expect(stateOf("day-incidents", factsOf({ ...quiet, records, now: minute(600 + 1_440) })).state).toBe("holds");
    });

    const alert = (from: number, to: number) => ({ name: "ErrorBudgetBurnsFast", from: minute(from), to: minute(to) });
    it.each([
        ["one fired during the rollout", { since: minute(-9_999), fired: [alert(100, 110)] }, "failed"],
        ["one began before it and went on", { since: minute(-9_999), fired: [alert(-50, 5)] }, "failed"],
        ["one fired within the day after it", { since: minute(-9_999), fired: [alert(900, 901)] }, "failed"],
        ["one fired before it", { since: minute(-9_999), fired: [alert(-60, -50)] }, "holds"],
        ["one fired after the day", { since: minute(-9_999), fired: [alert(2_100, 2_101)] }, "holds"],
        ["Prometheus has forgotten the beginning", { since: minute(5), fired: [] }, "open"],
    ] as const)("finds the critical alerts of a rollout and its day: %s", (_, value, state) => {
        const facts = factsOf({ records: ledgerOf(canary, finished), now: minute(600 + 1_500), fired: { kind: "observed", value } });
        expect(stateOf("day-incidents", facts).state).toBe(state);
    });

    it("holds no day without an incident where alerts can't be seen, whoever was told what", () => {
        const facts = factsOf({ records: ledgerOf(canary, finished), now: minute(600 + 1_500) });
        expect(["success-incidents", "day-incidents", "verified-issues"].map((id) => stateOf(id, facts).state)).toEqual(["open", "open", "open"]);
    });

    it("ticks the criterion that called for a rollback, and not the others", () => {
        const breach = { "error-ratio-at-once": { verdict: "rollback", shortfall: "breached", text: "errors 6 %" } } as const;
        const records = ledgerOf(canary, [1, { kind: "rolled-back", judgement: judged(10, breach) }, { from: 10, to: 0 }]);
        expect(stateOf("at-once-errors", factsOf({ records }))).toMatchObject({ state: "holds", text: "error-ratio-at-once: errors 6 %" });
        expect(stateOf("at-once-latency", factsOf({ records })).state).toBe("not-applicable");
    });

    it.each([
        ["the alarm counted failures", { kind: "alarm", counted: "failed", bad: 16, of: 37, criteria: ["error-ratio-at-once"] }, { "at-once-errors": "holds" }],
        [
            "the alarm counted slow answers",
            { kind: "alarm", counted: "slow", bad: 16, of: 37, criteria: ["latency-p95-at-once"] },
            { "at-once-latency": "holds" },
        ],
        ["a person said so, for security", { kind: "person", category: "security" }, { "at-once-security": "holds" }],
        ["a person said so, for what users report", { kind: "person", category: "users" }, {}],
    ] as const)("ticks what called for a rollback by the cause on record: %s", (_, cause, expected) => {
        // The look before the alarm saw nothing wrong yet.
        const records = ledgerOf(canary, [1, { kind: "rolled-back", cause, judgement: judged(10) }, to0]);
        const all = ["at-once-uptime", "at-once-errors", "at-once-latency", "at-once-crash-loop", "at-once-database", "at-once-security"];
        const other = Object.fromEntries(all.map((id) => [id, "not-applicable"]));
        expect(Object.fromEntries(all.map((id) => [id, stateOf(id, factsOf({ records })).state]))).toEqual({ ...other, ...expected });
    });

    it("ticks no criterion that was only unproven when something else rolled back", () => {
        const unproven = { "error-ratio-at-once": { verdict: "hold", shortfall: "unproven" } } as const;
        const records = ledgerOf(canary, [1, { kind: "rolled-back", judgement: judged(10, unproven) }, to0]);
        expect(stateOf("at-once-errors", factsOf({ records })).state).toBe("not-applicable");
    });

    it.each([
        ["all is well", { ready: 6, needed: 6 }, { stable: 900, candidate: 0 }, ["holds", "holds"]],
        ["pods are missing", { ready: 5, needed: 6 }, { stable: 900, candidate: 0 }, ["failed", "holds"]],
        ["the candidate still gets requests", { ready: 7, needed: 6 }, { stable: 900, candidate: 1 }, ["holds", "failed"]],
        ["there are no users", { ready: 6, needed: 6 }, { stable: 0, candidate: 0 }, ["holds", "open"]],
    ] as const)("looks after a rollback at pods and at the gateway's counts: %s", (_, stablePods, requests, states) => {
        const value = { stablePods, requests: { kind: "observed", value: requests } } as const;
        const facts = factsOf({ records: ledgerOf(canary, [1, rolledBack, to0]), sinceRollback: { kind: "observed", value } });
        expect(["rollback-deployed", "rollback-traffic"].map((id) => stateOf(id, facts).state)).toEqual(states);
    });

    it("reads the numbers of the report from the evidence that was kept, and holds nothing where it has none", () => {
        const evidence = healthyEvidence(25);
        const of = (candidate: typeof evidence.candidate) => {
            const kept = { kind: "whole", evidence: { ...evidence, ...(candidate === undefined ? {} : { candidate }) } } as const;
            return factsOf({ records: ledgerOf([1, { ...passedAt(25), evidence: kept }, { from: 25, to: 25 }]) });
        };
        const mean = { kind: "observed", value: 0.042 } as const;
        const measured = evidence.candidate === undefined ? undefined : { ...evidence.candidate, latencyMeanSeconds: mean };
        expect(stateOf("report-latency-average", of(measured))).toMatchObject({ state: "holds", text: "42.0 ms on average at 25 %" });
        expect(stateOf("report-latency-average", of(evidence.candidate)).state).toBe("open");
        expect(stateOf("report-requests", of(measured)).state).toBe("holds");
        expect(stateOf("report-requests", factsOf({ records: ledgerOf([1, passedAt(25), { from: 25, to: 25 }]) })).state).toBe("open");
    });

    it("asks after a rollback what was fixed of the candidate that comes next: a check of the bad one says nothing", () => {
        const check = { kind: "preflight", results: [{ check: "test-results", state: "passed", text: "", tookMs: 1 }] } as const;
        const back = [1, { kind: "rolled-back" }, { from: 10, to: 0 }] as const;
        const next = { candidate: another };
        expect(stateOf("after-tested", factsOf({ records: ledgerOf([-1, check], canary, back), now: minute(9) })).state).toBe("open");
        expect(stateOf("after-tested", factsOf({ records: ledgerOf(canary, back, [2, check]), now: minute(9) })).state).toBe("open");
        expect(stateOf("after-tested", factsOf({ records: ledgerOf([-1, check, next], canary, back), now: minute(9) })).state).toBe("open");
        expect(stateOf("after-tested", factsOf({ records: ledgerOf(canary, back, [2, check, next]), now: minute(9) })).state).toBe("holds");
    });

    it("takes no judgement from before a rollback for the health of what users have now", () => {
        const baseline = { kind: "entered", judgement: judged(0, {}) } as const;
        const back = [1, { kind: "rolled-back" }, { from: 10, to: 0 }] as const;
        const routes = { kind: "preflight", results: [{ check: "routes", state: "passed", text: "", tookMs: 1 }] } as const;
        const before = ledgerOf([0, baseline, { from: 0, to: 10 }], back);
        expect(stateOf("rollback-healthy", factsOf({ records: before, now: minute(9) })).state).toBe("open");
        const after = ledgerOf([0, baseline, { from: 0, to: 10 }], back, [2, routes]);
        expect(stateOf("rollback-healthy", factsOf({ records: after, now: minute(9) })).state).toBe("holds");
    });
});

describe("the records that signatures and preflights leave", () => {
    it("are whole in a chain, and read back", () => {
        const records = ledgerOf([0, { kind: "signed", signatures: [signature] }], [1, preflight("failed")]);
        const stored = records.map((record) => ({ sequence: record.sequence, text: recordText(record) }));
        expect(verify(stored)).toMatchObject({ intact: true, records });
    });
});

describe("what stands in the way of a step", () => {
    it("is what it needs and is open or has failed, and nothing that comes later or is not applicable", () => {
        const states = evaluate(checklist, factsOf({ records: ledgerOf([0, entered, { from: 0, to: 10 }]), live: lookAt(10), now: minute(1) }));
        const ids = blocking(states, 25).map(({ box }) => box.id);
        expect(ids).toEqual(["channel-active", "updates-sent", "war-room", "deciders-there"]);
        expect(states.every(({ box, state }) => !ids.includes(box.id) || state === "open")).toBe(true);
    });

    it("is told apart from the stable revision's own rollout", () => {
        const records = ledgerOf([0, entered, { stable: another, candidate: stable, from: 0, to: 10 }]);
        expect(stateOf("canary-deployed", factsOf({ records })).state).toBe("open");
    });
});
