import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { EvidenceScope } from "../../../rollout/gate/live/evidence.ts";
import type { TimedRoute } from "../../../rollout/kubernetes/cluster-reader.ts";
import { assess } from "../../../rollout/cli/assessing.ts";
import { liveSource } from "../../../rollout/cli/live-source.ts";
import type { RolloutTarget } from "../../../rollout/cli/target.ts";
import { followRecords } from "../../../rollout/watch/live/follow-records.ts";
import { approvalsMissing } from "../../../rollout/gate/conditions/consents.ts";
import { RolloutGuard } from "../../../rollout/pulumi/rollout-guard.ts";
import { stackGates } from "../../../rollout/pulumi/stack-gates.ts";
import { approvalDigest } from "../../../rollout/consent/approval.ts";
import { criteriaAt } from "../../../rollout/gate/criteria.ts";
import { nextMove } from "../../../rollout/plan/move.ts";
import type { Role } from "../../../rollout/plan/plan.ts";
import type { RolloutRecord } from "../../../rollout/route/record.ts";
import { wordsOf } from "../../../rollout/words.ts";
import { MemoryConfigMaps } from "../kubernetes/memory-config-maps.ts";
import { revision, rolling } from "../arbitraries.ts";
import { evidence } from "../ledger/arbitraries.ts";
import { fakeSession, stepOf } from "./fake-session.ts";
import { profile } from "../../../service/profile.ts";
import { plan } from "../../../service/plan.ts";

/** What was looked at, in order. */
const looks: EvidenceScope[] = [];

vi.mock("../../../rollout/gate/live/sources.ts", () => ({ openEvidenceSources: () => ({ close: () => Promise.resolve() }) }));
vi.mock("../../../rollout/gate/live/evidence.ts", () => ({
    collectEvidence: (scope: EvidenceScope) => {
        looks.push(scope);
        return Promise.resolve(evidence);
    },
}));

beforeEach(() => {
    looks.length = 0;
    vi.stubEnv("NOVA_CHANGE_AUTHOR", undefined);
});
afterEach(() => {
    vi.unstubAllEnvs();
});

const metrics = { prometheusUrl: "http://127.0.0.1:9", gatewayUrl: "http://127.0.0.1:9", scrapeIntervalSeconds: 5 } as const;
const full = { environment: "prod", gates: { kind: "full" }, metrics, timeScale: 0.5 } as const;
const atQuarter = rolling(25);
const toHalf = nextMove(plan, atQuarter);

const withoutClock: TimedRoute = { kind: "found", present: { record: atQuarter, routedPercent: 25 }, clock: { kind: "unknown", reason: "no date" } };

interface Case {
    readonly what: string;
    readonly live?: TimedRoute;
    readonly target?: Partial<RolloutTarget>;
    readonly withoutMetrics?: boolean;
    readonly author?: string;
    /** Roles that approve the next step, by whom, and whether something vouches for them. */
    readonly approved?: readonly {
        readonly role: Role;
        readonly identity: string;
        readonly verified?: boolean;
        readonly digest?: string;
        readonly minutes?: number;
    }[];
    readonly lifts?: readonly string[];
    readonly unreadable?: true;
    /** Whether all must find that the step is approved. If omitted, the step is not about that. */
    readonly approval?: boolean;
}

const both = [
    { role: "tech-lead", identity: "tess" },
    { role: "operations-lead", identity: "olga" },
] as const;

const verifiedOnly = { approvals: { roles: {}, requireVerifiedIdentity: true, identities: { octocat: "ann", tessgit: "tess" } } };

const cases: readonly Case[] = [
    { what: "no approvals", approval: false },
    { what: "every approval", approved: both, approval: true },
    { what: "an author that is the empty text, where identities must be verified", approved: both, target: verifiedOnly, author: "", approval: false },
    { what: "an author of blanks, where identities must be verified", approved: both, target: verifiedOnly, author: "  ", approval: false },
    { what: "no author, where identities must be verified", approved: both, target: verifiedOnly, approval: false },
    { what: "another author, where identities must be verified", approved: both, target: verifiedOnly, author: "octocat", approval: true },
    { what: "an author whose login belongs to an approver", approved: both, target: verifiedOnly, author: "tessgit", approval: false },
    { what: "two authors, the first of whom is an approver", approved: both, target: verifiedOnly, author: "TessGit, octocat", approval: false },
    {
        what: "an author who is in no list, where identities must be verified",
        approved: both,
        target: verifiedOnly,
        author: "octocat stranger",
        approval: false,
    },
    { what: "an author that is an approver", approved: both, author: "Tess ", approval: false },
    { what: "an author that is the empty text, where they need not be", approved: both, author: "", approval: true },
    {
        what: "an identity that nothing vouches for",
        approved: both.map((one) => ({ ...one, verified: false })),
        target: verifiedOnly,
        author: "ann",
        approval: false,
    },
    {
        what: "an approver who may not act for the role",
        approved: both,
        target: { approvals: { roles: { "tech-lead": ["theo"] }, requireVerifiedIdentity: false, identities: {} } },
        approval: false,
    },
    { what: "one person for both roles", approved: both.map((one) => ({ ...one, identity: "tess" })), approval: false },
    { what: "approvals of other content", approved: both.map((one) => ({ ...one, digest: `sha256:${"0".repeat(64)}` })), approval: false },
    { what: "approvals that have expired", approved: both.map((one) => ({ ...one, minutes: -1 })), approval: false },
    { what: "approvals that an override lifts", lifts: ["approvals"], approval: true },
    { what: "approvals that can't be read", approved: both, unreadable: true, approval: false },
    { what: "only the order of steps", target: { gates: { kind: "order-only", reason: "a test" } }, approval: true },
    { what: "no metrics, with gates that are asked", withoutMetrics: true, approved: both, approval: true },
    { what: "a soak that is not over", live: stepOf(atQuarter, {}, 10), approved: both },
    { what: "a soak that an override lifts", live: stepOf(atQuarter, {}, 10), approved: both, lifts: ["soak"] },
    { what: "a clock that is not known", live: withoutClock, approved: both },
    { what: "a candidate that was rolled back", live: stepOf(atQuarter, { rolledBack: [{ revision: revision("v2"), reason: "errors" }] }), approved: both },
    {
        what: "a candidate that was rolled back, and overrides",
        live: stepOf(atQuarter, { rolledBack: [{ revision: revision("v2"), reason: "errors" }] }),
        lifts: ["rolled-back"],
    },
    { what: "marks that can't be read", live: stepOf(atQuarter, { rolledBack: "unreadable" }), approved: both },
    {
        what: "marks that can't be read, where only the order is guarded",
        live: stepOf(atQuarter, { rolledBack: "unreadable" }),
        target: { gates: { kind: "order-only", reason: "a test" } },
    },
    { what: "weights that a hand changed", live: stepOf(atQuarter, { routedPercent: 10 }), approved: both },
    { what: "tampering", live: stepOf(atQuarter, { tampering: "its weights are all 0" }), approved: both },
    { what: "a damaged record", live: { kind: "damaged", reason: "no record", revisions: ["v1", "v2"] }, approved: both },
    { what: "a cluster out of reach", live: { kind: "unreachable", reason: "ECONNREFUSED" }, approved: both },
    { what: "the checklist, where it is asked", target: { checklist: { enforced: true, signatureDays: 7 } }, approved: both },
];

/** A session in which the consents of a case were given. */
async function sessionOf({ live = stepOf(atQuarter), target = {}, withoutMetrics = false, approved = [], lifts, unreadable, author }: Case) {
    if (author !== undefined) {
        vi.stubEnv("NOVA_CHANGE_AUTHOR", author);
    }
    const maps = new MemoryConfigMaps();
    const { metrics: found, ...others } = { ...full, ...target };
    const session = fakeSession({ live, maps, target: { ...others, ...(withoutMetrics ? {} : { metrics: found }) } });
    const digest = approvalDigest(toHalf);
    for (const { role, identity, verified = true, digest: other = digest, minutes = 60 } of approved) {
        await session.consents.approve({ role, identity, verified, digest: other }, minutes);
    }
    if (lifts !== undefined) {
        await session.consents.override({ digest, lifts, reason: "an outage can't wait", role: "operations-lead", identity: "olga", verified: true }, 60);
    }
    return unreadable === undefined ? session : { ...session, consents: { ...session.consents, read: () => Promise.reject(new Error("no answer")) } };
}

type Judged = Awaited<ReturnType<typeof sessionOf>>;

/** What the guard of `pulumi up` says of the next step: the ids of what is in the way, or why it can't be judged. */
async function guardOn(
    session: Judged,
    wanted: RolloutRecord = rolling(50),
): Promise<{ readonly allowed: boolean; readonly ids: readonly string[]; readonly asked: boolean }> {
    const log = { info: async () => Promise.resolve(), warn: async () => Promise.resolve() };
    const gates = stackGates({ ...session, stack: { name: "none", folder: "/none" }, log });
    const { cluster, target } = session;
    const seen = await cluster.readRoute(target.namespace, target.service);
    const guard = new RolloutGuard({
        namespace: target.namespace,
        routeName: target.service,
        serviceOf: (name) => `api-${name}`,
        plan: session.target.profile.plan,
        wanted,
        cluster,
        seen,
        readyTimeoutSeconds: 0,
        conditions: gates.conditions,
        log,
    });
    try {
        await guard.check(false, atQuarter);
        return { allowed: true, ids: [], asked: true };
    } catch (error) {
        const text = wordsOf(error);
        const ids = [...text.matchAll(/^ {2}- ([\w.-]+)(?:, not evaluated)?: /gm)].map(([, id]) => id ?? "");
        return { allowed: false, ids, asked: ids.length > 0 };
    }
}

describe.each(cases)("with $what", (given) => {
    it("a command forecasts what the guard then says", async () => {
        const session = await sessionOf(given);
        const guard = await guardOn(session);
        const command = await assess({ ...session, stack: { name: "none", folder: "/none" } });
        expect(command.kind === "assessed" && command.obstacles.length === 0).toBe(guard.allowed);
        if (guard.asked && command.kind === "assessed") {
            expect(command.obstacles.map(({ id }) => id)).toEqual(guard.ids);
        }
    });

    it("the live page and the metrics say of approvals what the guard says", async () => {
        const session = await sessionOf(given);
        const live = await session.cluster.readStep("prod", "api");
        const missing = await approvalsMissing(session, toHalf, live);
        const approved = missing.kind === "observed" && missing.value.length === 0;
        const guard = await guardOn(session);
        if (guard.asked) {
            expect(approved).toBe(!guard.ids.includes("approvals"));
        }
        if (given.approval !== undefined) {
            expect(approved).toBe(given.approval);
            const counted = Promise.withResolvers<number>();
            const stop = new AbortController();
            const following = followRecords(session, { ledger: () => undefined, approvalsMissing: counted.resolve }, stop.signal);
            expect((await counted.promise) === 0).toBe(given.approval);
            stop.abort();
            await following;
        }
    });
});

describe("evidence", () => {
    it("is looked for in the same place, from the same time on, by the same scrapes, for all three", async () => {
        const session = await sessionOf({ what: "all", approved: both });
        await guardOn(session);
        await assess(session);
        const source = liveSource(session);
        await source.view();
        const [guard, command, ...page] = looks;
        const wanted = { namespace: "prod", service: "api", stable: "v1", candidate: "v2", enteredAt: "2025-10-26T06:00:00.000Z", scrapeIntervalSeconds: 5 };
        expect([guard, command]).toMatchObject([wanted, wanted]);
        // The page looks at the last minute too, as the watcher does.
        expect(page).toMatchObject([wanted, wanted]);
        expect(looks.map(({ windowSeconds }) => windowSeconds)).toEqual([undefined, undefined, undefined, 60]);
    });

    it("has the same probes for guard and command, and none for a page that is only looked at", async () => {
        const session = await sessionOf({ what: "all", approved: both });
        await guardOn(session);
        await assess(session);
        await liveSource(session).view();
        const [guard, command, ...page] = looks.map(({ probes = [] }) => probes);
        expect(guard).toEqual(command);
        expect(guard).not.toEqual([]);
        expect(page).toEqual([[], []]);
    });

    it("is judged by the same criteria with the same limits, but for the probes that the page leaves out", async () => {
        const session = await sessionOf({ what: "all", approved: both });
        const command = await assess(session);
        const view = await liveSource(session).view();
        const judgement = command.kind === "assessed" ? command.judgement : undefined;
        const judged = new Map(judgement?.reasons.map((reason) => [reason.criterion, reason]));
        expect(view.criteria.length).toBeGreaterThan(5);
        // The order of the page is by what is worst, and the command's is the plan's.
        expect(view.criteria.map(({ id, text }) => ({ id, text }))).toEqual(view.criteria.map(({ id }) => ({ id, text: judged.get(id)?.text })));
        const { gate, investigate, atOnce } = criteriaAt(profile, 25);
        const withoutProbes = [...gate, ...investigate, ...atOnce].filter(({ measure }) => measure.kind !== "probe").map(({ id }) => id);
        expect(new Set(view.criteria.map(({ id }) => id))).toEqual(new Set(withoutProbes));
    });
});
