import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { Chance } from "../../../bench/judge/random.ts";
import { everyCriterionAt } from "../../../rollout/gate/criteria.ts";
import type { Evidence, Observation, RevisionEvidence } from "../../../rollout/gate/evidence.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import type { Judgement } from "../../../rollout/gate/verdict.ts";
import { canonicalJson } from "../../../rollout/ledger/canonical.ts";
import { profile } from "../../../service/profile.ts";
import { gatewayView, healthyEvidence, histogram, seen, unseen, withCandidate, withStable } from "../../rollout/gate/judge/evidence.ts";

/**
 * Evidence and what the judge says of it, written to judgements.json for {@link file://../recorded-judgements.test.ts} to hold later code against.
 *
 * The file was written by this script at 04a0f91, before a profile said where evidence comes from: `node test/service/recorded/record.ts`. Write it again only
 * when the judge is meant to judge otherwise: since then, the words on an autoscaler that is short of pods have changed (686938c), and two cases with them.
 * Its evidence has events under the service's own word, which the test reads by their name of today.
 */

/** One case: what differs from the healthy evidence at its weight, as a merge patch (RFC 7386), and the judgement. */
export interface RecordedCase {
    readonly name: string;
    readonly weightPercent: number;
    /** Which criteria were judged. */
    readonly criteria: "step" | "success";
    readonly change: unknown;
    readonly verdict: Judgement["verdict"];
    /** Ids of the criteria that did not pass, each with its verdict and shortfall. */
    readonly notPassed: Readonly<Record<string, string>>;
    /** SHA-256 over the canonical JSON of the whole judgement: every figure and every word. */
    readonly digest: string;
}

/** A kind of case: what it makes of healthy evidence, by chance. */
type Kind = (healthy: Evidence, chance: Chance) => Evidence;

const between = (chance: Chance, from: number, to: number): number => Math.round(from + (to - from) * chance.uniform());
const valueOf = <T>(observation: Observation<T>): T => {
    if (observation.kind === "missing") {
        throw new Error(observation.reason);
    }
    return observation.value;
};

/** A revision with `total` requests, of which some failed, ran into a time limit or were slow, as its pods and the gateway counted them. */
function counted(
    of: RevisionEvidence,
    { total, failed = 0, timedOut = 0, slow = 0, slowSeconds = 2, notFound = 0 }: Record<string, number> & { readonly total: number },
): Partial<RevisionEvidence> {
    const clientErrors = { unauthorized: 0, forbidden: 0, notFound, other: 0 };
    const hits = Math.round(total * 0.98);
    return {
        requests: seen({ total, failed, timedOut, clientErrors }),
        recentRequests: seen(Math.ceil(total / 15)),
        latency: seen(histogram(total, slow, slowSeconds)),
        gateway: { ...gatewayView(total, { failed, timedOut, clientErrors }, slow, slowSeconds), scrapes: of.scrapes },
        cache: seen({ hits, misses: total - hits, errors: 0 }),
    };
}

const totalOf = ({ requests }: RevisionEvidence): number => valueOf(requests).total;
const candidateOf = ({ candidate, stable }: Evidence): RevisionEvidence => candidate ?? stable;

/** Requests of the candidate, with a share that fails, is slow or is refused. */
const faulty =
    (share: (chance: Chance, total: number) => Record<string, number>): Kind =>
    (healthy, chance) => {
        const candidate = candidateOf(healthy);
        const total = Math.max(40, Math.round(totalOf(candidate) * chance.uniform()));
        return withCandidate(healthy, counted(candidate, { total, ...share(chance, total) }));
    };

const blind =
    (...parts: readonly (keyof RevisionEvidence)[]): Kind =>
    (healthy, chance) => {
        const reason = `Prometheus gave no answer within ${String(between(chance, 1, 30))} s`;
        return withCandidate(healthy, Object.fromEntries(parts.map((part) => [part, unseen(reason)])));
    };

const kinds: Readonly<Record<string, Kind>> = {
    healthy: (healthy) => healthy,
    "few requests": (healthy, chance) => withCandidate(healthy, counted(candidateOf(healthy), { total: between(chance, 0, 400) })),
    "a little noise": faulty((chance, total) => ({ failed: chance.poisson(total * 0.0003), notFound: chance.poisson(total * 0.004) })),
    errors: faulty((chance, total) => ({ failed: Math.min(total, chance.poisson(total * 0.03 * chance.uniform())) })),
    "many errors": faulty((chance, total) => ({ failed: Math.min(total, chance.poisson(total * (0.05 + 0.5 * chance.uniform()))) })),
    timeouts: faulty((chance, total) => {
        const timedOut = chance.poisson(total * 0.01 * chance.uniform());
        return { timedOut, failed: timedOut };
    }),
    "slow answers": faulty((chance, total) => ({ slow: Math.round(total * 0.12 * chance.uniform()), slowSeconds: 0.4 + 2 * chance.uniform() })),
    "refused clients": faulty((chance, total) => ({ notFound: Math.round(total * 0.1 * chance.uniform()) })),
    "errors of the stable revision": (healthy, chance) => {
        const total = totalOf(healthy.stable);
        return withStable(healthy, counted(healthy.stable, { total, failed: chance.poisson(total * 0.02 * chance.uniform()) }));
    },
    "requests not seen": blind("requests", "recentRequests", "latency"),
    "pods not scraped": blind("scrapes"),
    "pods not known": blind("pods", "autoscaler"),
    "parts not seen": (healthy, chance) => {
        const parts = ["cache", "cpuUtilisation", "memory", "databasePool", "databaseConnectionErrors", "criticalLogLines", "latencyOnHit"] as const;
        return blind(...parts.filter(() => chance.uniform() < 0.5))(healthy, chance);
    },
    "gateway not seen": (healthy) =>
        withCandidate(healthy, { gateway: { ...gatewayView(0), requests: unseen(), recentRequests: unseen(), latency: unseen() } }),
    "gateway waived": (healthy) => {
        const gateway = { kind: "waived", reason: "a lab without a gateway" } as const;
        return withCandidate(withStable(healthy, { gateway }), { gateway });
    },
    "views that disagree": (healthy, chance) => {
        const total = totalOf(candidateOf(healthy));
        return withCandidate(healthy, { gateway: gatewayView(Math.round(total * (0.5 + chance.uniform())), { failed: between(chance, 0, total / 50) }) });
    },
    stale: (healthy, chance) => withCandidate(healthy, { scrapes: seen({ newestAgeSeconds: between(chance, 50, 300), fewestDistinct: 12, pods: 1 }) }),
    "too few scrapes": (healthy, chance) => withCandidate(healthy, { scrapes: seen({ newestAgeSeconds: 4, fewestDistinct: between(chance, 0, 3), pods: 1 }) }),
    "no traffic now": (healthy) => withCandidate(healthy, { recentRequests: seen(0) }),
    "short window": (healthy, chance) => ({ ...healthy, windowSeconds: between(chance, 0, healthy.soakedSeconds) }),
    "crash loop": (healthy, chance) => {
        const pods = valueOf(candidateOf(healthy).pods);
        const restarts = between(chance, 1, 6);
        return withCandidate(healthy, {
            pods: seen(
                pods.map((pod, index) => (index === 0 ? { ...pod, ready: false, restarts, recentRestarts: restarts, waitingReason: "CrashLoopBackOff" } : pod)),
            ),
        });
    },
    restarts: (healthy, chance) => {
        const pods = valueOf(candidateOf(healthy).pods);
        return withCandidate(healthy, { pods: seen(pods.map((pod) => ({ ...pod, restarts: 3, restartsInStep: between(chance, 0, 2) }))) });
    },
    "pods that are not ready": (healthy) =>
        withStable(healthy, { pods: seen(valueOf(healthy.stable.pods).map((pod, index) => ({ ...pod, ready: index > 1 }))) }),
    "worse cache": (healthy, chance) => {
        const total = totalOf(candidateOf(healthy));
        const misses = Math.round(total * 0.15 * chance.uniform());
        return withCandidate(healthy, { cache: seen({ hits: total - misses, misses, errors: between(chance, 0, 3) }) });
    },
    "busy pods": (healthy, chance) =>
        withCandidate(healthy, {
            cpuUtilisation: seen(0.3 + 0.5 * chance.uniform()),
            databasePool: seen({ inUse: between(chance, 8, 20), size: 20, waiting: between(chance, 0, 5) }),
        }),
    "full memory": (healthy, chance) => {
        const growing = between(chance, 0, 400_000);
        const samples = Array.from({ length: 24 }, (_, index) => ({ atSeconds: 30 * index, bytes: between(chance, 200, 310) * 2 ** 20 + index * growing }));
        return withCandidate(healthy, {
            memory: seen([{ pod: "v2-1", samples }]),
            pods: seen([{ name: "v2-1", ready: true, restarts: 0, recentRestarts: 0 }]),
        });
    },
    "failed connections and critical lines": (healthy, chance) =>
        withCandidate(healthy, { databaseConnectionErrors: seen(between(chance, 0, 60)), criticalLogLines: seen(between(chance, 0, 2)) }),
    "lost events": (healthy, chance) => {
        const accepted = Math.round(totalOf(candidateOf(healthy)) / 10);
        const failed = Math.round(accepted * 0.03 * chance.uniform());
        return withCandidate(healthy, { events: seen({ accepted, recorded: accepted - failed, failed }) });
    },
    "events not seen": blind("events"),
    "failed probe": (healthy) => ({ ...healthy, probes: { ...healthy.probes, search: { kind: "failed", reason: "answered 500 instead of 200" } } }),
    "probe not run": ({ probes: { health, api }, ...healthy }) => ({ ...healthy, probes: { ...(health && { health }), ...(api && { api }) } }),
    "stuck autoscaler": (healthy, chance) => {
        const current = between(chance, 1, 3);
        return withCandidate(healthy, { autoscaler: seen({ minimum: 1, maximum: 10, current, desired: current + 1, problems: ["ScalingActive is False"] }) });
    },
};

/** What turns `from` into `to`: RFC 7386. Lists are replaced as a whole. */
function patchOf(from: unknown, to: unknown): unknown {
    if (!isObject(from) || !isObject(to)) {
        return to;
    }
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    const changed = keys.filter((key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]));
    return Object.fromEntries(changed.map((key) => [key, to[key] === undefined ? null : patchOf(from[key], to[key])]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Evidence as a ledger writes it down. */
const written = (evidence: Evidence): unknown => JSON.parse(canonicalJson(evidence));

/** What is kept of a judgement. */
export function kept(judgement: Judgement): Pick<RecordedCase, "verdict" | "notPassed" | "digest"> {
    const { verdict, reasons } = judgement;
    return {
        verdict,
        notPassed: Object.fromEntries(
            reasons.filter((reason) => reason.verdict !== "pass").map((reason) => [reason.criterion, `${reason.verdict}: ${reason.shortfall ?? "?"}`]),
        ),
        digest: createHash("sha256").update(canonicalJson(judgement)).digest("hex"),
    };
}

/** Of each kind and weight as many, but of those that chance plays no part in, which are all the same. */
const seeds = 2;

function record(): void {
    const weights = profile.criteria.map(({ weightPercent }) => weightPercent);
    const healthy = Object.fromEntries(weights.map((weight) => [weight, written(healthyEvidence(weight))]));
    const cases = weights.flatMap((weightPercent) =>
        Object.entries(kinds).flatMap(([name, kind]) =>
            Array.from({ length: seeds }, (_, seed) => kind(healthyEvidence(weightPercent), new Chance(`${name} ${String(weightPercent)} ${String(seed)}`)))
                .filter((evidence, index, all) => all.findIndex((other) => canonicalJson(other) === canonicalJson(evidence)) === index)
                .flatMap((evidence): readonly RecordedCase[] => {
                    const change = patchOf(healthy[weightPercent], written(evidence));
                    const judged = { step: everyCriterionAt(profile, weightPercent), success: profile.successCriteria };
                    return (weightPercent === 100 ? (["step", "success"] as const) : (["step"] as const)).map((criteria) => ({
                        name,
                        weightPercent,
                        criteria,
                        change,
                        ...kept(judge(judged[criteria], evidence)),
                    }));
                }),
        ),
    );
    const lines = cases.map((one) => JSON.stringify(one)).join(",\n");
    writeFileSync(resolve(import.meta.dirname, "judgements.json"), `{"healthy":${JSON.stringify(healthy)},\n"cases":[\n${lines}\n]}\n`);
    process.stdout.write(`${String(cases.length)} cases\n`);
}

if (import.meta.main) {
    record();
}
