import { describe, expect, it } from "vitest";

import { messageOf } from "../../../rollout/announce/messages.ts";
import { type Message, type Occasion, type RolloutFacts, toldMessages } from "../../../rollout/announce/message.ts";
import type { Judgement } from "../../../rollout/gate/verdict.ts";

const judgement: Judgement = {
    verdict: "hold",
    reasons: [
        { criterion: "error-ratio", verdict: "hold", shortfall: "breached", text: "errors 0.62 % of 5,210 requests, bound 0.1 %", samples: 5_210 },
        { criterion: "latency-p95", verdict: "pass", text: "p95 212 ms of 5,210 requests, bound 300 ms", samples: 5_210 },
    ],
};

const unjudged: RolloutFacts = {
    service: "video-ranking",
    environment: "prod",
    stable: { name: "v1-0-0", digest: `sha256:${"1".repeat(64)}` },
    candidate: { name: "v1-1-0", digest: `sha256:${"2".repeat(64)}` },
    weightPercent: 25,
    soakLeftSeconds: 725,
    plannedSeconds: 11_700,
    weights: [10, 25, 50, 100],
    updateEverySeconds: 900,
    at: "2026-01-31T09:15:00.000Z",
    links: { runbook: "https://docs.example.com/runbook", report: "https://reports.example.com/v1-1-0" },
};

const facts: RolloutFacts = { ...unjudged, judgement };

const occasions: Readonly<Record<Occasion["kind"], Occasion>> = {
    before: { kind: "before", startsAt: "2026-02-01T09:00:00.000Z" },
    start: { kind: "start" },
    step: { kind: "step" },
    update: { kind: "update", state: "soaking, 12 min left" },
    incident: { kind: "incident", reason: "error-ratio: errors 0.62 %, bound 0.1 %", backInSeconds: 600, usersAffected: true },
    rollback: { kind: "rollback", reason: "error-ratio-at-once: errors 7 %, bound 5 %" },
    success: { kind: "success" },
    day: { kind: "day" },
    "two-days": { kind: "two-days" },
};

function textOf({ title, text }: Message): string {
    return `${title}\n${text}`;
}

describe("a message", () => {
    it.each([
        {
            kind: "before",
            says: `video-ranking (prod): v1-1-0 is to be rolled out from 2026-02-01 09:00:00 UTC
v1-1-0 takes over from v1-0-0 in steps: 10, 25, 50, 100 % of the requests. That takes 3 h 15 min at the least.
Each step is judged on live metrics. When a limit is broken, all requests go back to v1-0-0 by themselves.
Please keep the time free if you are needed, and say now if it is a bad one.`,
        },
        {
            kind: "start",
            says: `video-ranking (prod): the rollout of v1-1-0 has started, at 25 %
25 % of the requests reach v1-1-0, the others v1-0-0.
You hear how it stands every 15 min.
1 of 2 criteria do not pass:
- error-ratio: errors 0.62 % of 5,210 requests, bound 0.1 %`,
        },
        {
            kind: "step",
            says: `video-ranking (prod): v1-1-0 has 25 % of the requests
25 % of the requests reach v1-1-0, the others v1-0-0.
You hear how it stands every 15 min.
1 of 2 criteria do not pass:
- error-ratio: errors 0.62 % of 5,210 requests, bound 0.1 %`,
        },
        {
            kind: "update",
            says: `video-ranking (prod): v1-1-0 at 25 %: soaking, 12 min left
Now: soaking, 12 min left.
25 % of the requests reach v1-1-0, the others v1-0-0.
1 of 2 criteria do not pass:
- error-ratio: errors 0.62 % of 5,210 requests, bound 0.1 %`,
        },
        {
            kind: "incident",
            says: `video-ranking (prod): v1-1-0 has a problem at 25 %
What is wrong: error-ratio: errors 0.62 %, bound 0.1 %.
What it means to users: the 25 % of the requests that reach v1-1-0 may fail or be slow. The others reach v1-0-0.
When it will be over: in 10 min at the latest, when all requests go back to v1-0-0 by themselves; sooner if every criterion passes.
The rollout does not go on while this lasts. You hear how it stands every 15 min.`,
        },
        {
            kind: "rollback",
            says: `video-ranking (prod): v1-1-0 was rolled back
All requests reach v1-0-0 again.
Why: error-ratio-at-once: errors 7 %, bound 5 %.
Nothing is left to do for users. The cause is looked for before the next try.`,
        },
        {
            kind: "success",
            says: `video-ranking (prod): v1-1-0 is the stable revision
The rollout is finished: all requests reach v1-1-0.
The numbers:
- error-ratio: errors 0.62 % of 5,210 requests, bound 0.1 %
- latency-p95: p95 212 ms of 5,210 requests, bound 300 ms`,
        },
        {
            kind: "day",
            says: `video-ranking (prod): v1-1-0, a day after
A day after the rollout, not every success criterion passes.
The numbers:
- error-ratio: errors 0.62 % of 5,210 requests, bound 0.1 %
- latency-p95: p95 212 ms of 5,210 requests, bound 300 ms`,
        },
        {
            kind: "two-days",
            says: `video-ranking (prod): v1-1-0, two days after
Two days after the rollout, not every success criterion passes.
The numbers:
- error-ratio: errors 0.62 % of 5,210 requests, bound 0.1 %
- latency-p95: p95 212 ms of 5,210 requests, bound 300 ms`,
        },
    ] as const)("says in plain words: $kind", ({ kind, says }) => {
        expect(textOf(messageOf(facts, occasions[kind]))).toBe(says);
    });

    it("carries where the rollout stands, and the links", () => {
        expect(messageOf(facts, occasions.update)).toMatchObject({
            fields: [
                { name: "Service", value: "video-ranking" },
                { name: "Environment", value: "prod" },
                { name: "Stable", value: "v1-0-0" },
                { name: "Candidate", value: "v1-1-0" },
                { name: "Weight", value: "25 %" },
                { name: "Verdict", value: "hold" },
                { name: "Soak left", value: "12 min" },
                { name: "As of", value: "2026-01-31 09:15:00 UTC" },
            ],
            links: [
                { name: "Runbook", url: "https://docs.example.com/runbook" },
                { name: "Report", url: "https://reports.example.com/v1-1-0" },
            ],
        });
    });

    it("says when no criterion was judged, instead of praising", () => {
        expect(messageOf(unjudged, occasions.day).text).toBe("A day after the rollout, nothing was judged.");
        expect(messageOf(unjudged, occasions.update).text).not.toContain("pass");
    });

    it("tells that nobody is left out at 100 %", () => {
        const full: RolloutFacts = { ...facts, weightPercent: 100 };
        expect(messageOf(full, occasions.step).title).toBe("video-ranking (prod): v1-1-0 has all requests");
        expect(messageOf(full, occasions.incident).text).toContain("What it means to users: all requests may fail or be slow.\n");
    });

    it("does not grow with the number of criteria", () => {
        const many = Array.from(
            { length: 60 },
            (_, index) => ({ criterion: `criterion-${String(index)}`, verdict: "hold", text: "unproven", samples: 0 }) as const,
        );
        const { text } = messageOf({ ...facts, judgement: { verdict: "hold", reasons: many } }, occasions.success);
        expect(text.split("\n")).toHaveLength(18);
        expect(text).toMatch(/- and 45 more$/);
    });

    it.each(toldMessages)("holds no secret that slipped into a reason: %s", (kind) => {
        const leak = "postgresql://owner:hunter22@db.example.com failed, token=abcdef123456";
        const leaky: RolloutFacts = { ...facts, judgement: { verdict: "hold", reasons: [{ criterion: "database", verdict: "hold", text: leak, samples: 1 }] } };
        const occasion = {
            ...occasions[kind],
            ...("reason" in occasions[kind] ? { reason: leak } : {}),
            ...("state" in occasions[kind] ? { state: leak } : {}),
        };
        expect(JSON.stringify(messageOf(leaky, occasion))).not.toMatch(/hunter22|abcdef123456/);
    });
});

describe("a notice on the status page", () => {
    it.each([
        { kind: "before", says: ["maintenance scheduled"] },
        { kind: "start", says: ["maintenance in-progress"] },
        { kind: "step", says: [] },
        { kind: "update", says: [] },
        { kind: "incident", says: ["incident investigating"] },
        { kind: "rollback", says: ["incident resolved", "maintenance completed"] },
        { kind: "success", says: ["incident resolved", "maintenance completed"] },
        { kind: "day", says: [] },
        { kind: "two-days", says: [] },
    ] as const)("is made of '$kind': $says", ({ kind, says }) => {
        expect(messageOf(facts, occasions[kind]).notices.map((notice) => `${notice.kind} ${notice.state}`)).toEqual(says);
    });

    it("is about the time that the plan takes", () => {
        expect(messageOf(facts, occasions.before).notices).toMatchObject([{ startsAt: "2026-02-01T09:00:00.000Z", endsAt: "2026-02-01T12:15:00.000Z" }]);
    });

    it("is not made of a problem that no user has", () => {
        expect(messageOf(facts, { kind: "incident", reason: "nothing is seen", usersAffected: false }).notices).toEqual([]);
    });

    it("says that a problem is over", () => {
        expect(messageOf(facts, { kind: "update", state: "ready", over: true }).notices).toMatchObject([{ kind: "incident", state: "resolved" }]);
    });

    it.each(toldMessages)("names neither revisions nor reasons: %s", (kind) => {
        expect(JSON.stringify(messageOf(facts, occasions[kind]).notices)).not.toMatch(/v1-[01]-0|error|criteri/);
    });
});
