import { describe, expect, it } from "vitest";

import type { TimedRoute } from "../../../rollout/kubernetes/cluster-reader.ts";
import { type LiveSession, liveSource } from "../../../rollout/cli/live-source.ts";
import { liveViewSchema } from "../../../rollout/report/live-view.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import { sourcesOf } from "../report/reports.ts";
import { failedRelease, revision } from "../report/fixture.ts";
import { profile } from "../../../service/profile.ts";

const record = { kind: "rolling", stable: revision("v1-0-0"), candidate: revision("v1-1-0"), weightPercent: 10 } as const;
const underWay = {
    kind: "found",
    present: { record, routedPercent: 10 },
    clock: { kind: "known", enteredAt: "2025-10-26T07:00:00.000Z", now: "2025-10-26T07:05:01.000Z", soakedSeconds: 300 },
} as const satisfies TimedRoute;

/** A session without Prometheus, on a cluster that answers as it is told. */
function sessionWith(changed: Partial<LiveSession> = {}, step: () => Promise<TimedRoute> = () => Promise.resolve(underWay)): LiveSession {
    return {
        target: {
            profile,
            environment: "lab",
            namespace: "nova-lab",
            service: "video-ranking",
            hostname: "api.example.com",
            gateway: { name: "edge", namespace: "edge-system", retry: false, testers: { kind: "header" } },
            gates: { kind: "full" },
            timeScale: 1,
            approvals: { roles: {}, requireVerifiedIdentity: false, identities: {} },
        },
        testers: () => Promise.resolve({}),
        schedule: scheduleFor(profile.plan, { timeScale: 1, environment: "lab" }),
        cluster: { readStep: step },
        ledger: { read: () => Promise.resolve(sourcesOf(failedRelease()).ledger) },
        consents: { read: () => Promise.resolve({ approvals: [], overrides: [], problems: [], now: "2025-10-26T07:05:00.000Z" }) },
        state: { pods: () => Promise.resolve([]), autoscaler: () => Promise.resolve(undefined), serverNow: () => Promise.resolve(new Date(0)) },
        ...changed,
    };
}

describe("what the live page shows", () => {
    it("is blind where the stack names no Prometheus, and never well", async () => {
        expect(await liveSource(sessionWith()).view()).toMatchObject({
            tone: "bad",
            step: "v1-1-0 at 10 % (canary)",
            health: "Nothing is seen of the candidate",
            why: ["the stack names no Prometheus: set metrics.prometheusUrl"],
            left: "5 min",
        });
    });

    it("has no limit of time where the candidate has no users", async () => {
        const dark = { ...underWay, present: { record: { ...record, weightPercent: 0 }, routedPercent: 0 } } as const satisfies TimedRoute;
        expect(await liveSource(sessionWith({}, () => Promise.resolve(dark))).view()).toMatchObject({ left: "no limit: no user is at risk" });
    });

    it.each([
        {
            what: "an API server that can't be reached",
            step: () => Promise.resolve({ kind: "unreachable", reason: "connection refused" } as const),
            view: { step: "Unknown", why: ["connection refused"] },
        },
        {
            what: "a candidate that was rolled back: it waits for no gate",
            step: () =>
                Promise.resolve({
                    ...underWay,
                    present: {
                        record: { ...record, weightPercent: 0 },
                        routedPercent: 0,
                        rolledBack: [{ revision: record.candidate, reason: "17 of the last 31 requests failed" }],
                    },
                } as const),
            view: {
                step: "v1-1-0 rolled back from 25 % (quarter)",
                tone: "bad",
                why: expect.arrayContaining([expect.stringContaining("error-ratio-at-once: errors 12 %")]) as string[],
            },
        },
        {
            what: "a failure of its own",
            step: () => Promise.reject(new Error("out of memory")),
            view: { step: "Unknown", tone: "bad", why: ["out of memory"] },
        },
        {
            what: "a route that was changed by hand",
            step: () => Promise.resolve({ ...underWay, present: { record, routedPercent: 60 } } as const),
            view: { step: "Unknown", tone: "bad" },
        },
        {
            what: "no candidate",
            step: () => Promise.resolve({ ...underWay, present: { record: { kind: "steady", stable: revision("v1-0-0") }, routedPercent: 0 } } as const),
            view: { step: "No rollout", tone: "plain" },
        },
    ] satisfies readonly { readonly what: string; readonly step: () => Promise<TimedRoute>; readonly view: object }[])(
        "says so: $what",
        async ({ step, view }) => {
            expect(await liveSource(sessionWith({}, step)).view()).toMatchObject(view);
        },
    );

    it("says that a rollback's evidence can't be read, and still that it was rolled back and why", async () => {
        const back = {
            ...underWay,
            present: {
                record: { ...record, weightPercent: 0 },
                routedPercent: 0,
                rolledBack: [{ revision: record.candidate, reason: "17 of the last 31 requests failed" }],
            },
        } as const;
        const unread = { ledger: { read: () => Promise.reject(new Error("forbidden")) } };
        expect(await liveSource(sessionWith(unread, () => Promise.resolve(back))).view()).toMatchObject({
            step: "Rolled back",
            tone: "bad",
            why: ["v1-1-0 was rolled back: 17 of the last 31 requests failed", expect.stringContaining("the ledger can't be read: forbidden")],
        });
    });

    it("gives programs what its schema says", async () => {
        const { view } = liveSource(sessionWith());
        expect(liveViewSchema.safeParse(JSON.parse(JSON.stringify(await view()))).error).toBeUndefined();
    });

    it("asks the cluster once, however many ask at once", async () => {
        let asked = 0;
        const source = liveSource(
            sessionWith({}, () => {
                asked += 1;
                return Promise.resolve(underWay);
            }),
        );
        await Promise.all(Array.from({ length: 20 }, () => source.view()));
        expect(asked).toBe(1);
    });

    it("has the newest records and the curves below, or says why not", async () => {
        const details = await liveSource(sessionWith()).details();
        expect(details.records[0]).toMatchObject({ kind: "rolled-back", text: "v1-1-0 went back from 25 % to 0 %" });
        const broken = await liveSource(sessionWith({ ledger: { read: () => Promise.reject(new Error("forbidden")) } })).details();
        expect(broken.records).toEqual([]);
        expect((await broken.charts).toString()).toContain("The curves can't be drawn: forbidden");
    });

    it("does not wait long for what is below the first screen, and has it once it came", async () => {
        const { promise, resolve } = Promise.withResolvers<ReturnType<typeof sourcesOf>["ledger"]>();
        const source = liveSource(sessionWith({ ledger: { read: () => promise } }));
        const early = await source.details();
        expect((await early.charts).toString()).toContain("are not read yet: that takes longer than 4 s");
        resolve(sourcesOf(failedRelease()).ledger);
        expect((await source.details()).records).not.toEqual([]);
    });
});
