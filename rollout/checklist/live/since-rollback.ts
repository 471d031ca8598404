import type { LedgerRecord } from "../../ledger/ledger-record.ts";
import type { GatewayView, Observation } from "../../gate/evidence.ts";
import { gatewayViews } from "../../gate/live/gateway/gateway-view.ts";
import { stackPrometheus } from "../../gate/live/stack-prometheus.ts";
import type { JudgedRollout } from "../../gate/conditions/judged-rollout.ts";
import { stableCapacity } from "../../route/capacity.ts";
import type { SinceRollback } from "../facts.ts";

/** How far back to look at the most, in seconds: what was counted last says what is so now. */
const lookBackSeconds = 600;

/** What the gateway counted since a rollback, and the pods of the revision that took all traffic back. Never throws. */
export async function sinceRollback({ target, state }: Pick<JudgedRollout, "target" | "state">, rolledBack: LedgerRecord): Promise<Observation<SinceRollback>> {
    const { stable, candidate } = rolledBack.rollout;
    if (candidate === undefined) {
        return { kind: "missing", reason: "the record of the rollback names no candidate" };
    }
    const { plan } = target.profile;
    const needed = stableCapacity(plan, { kind: "rolling", stable, candidate, weightPercent: 0 }).minimum;
    const [pods, views] = await Promise.allSettled([state.pods(stable.name), viewsSince(target, [stable.name, candidate.name], rolledBack.at)]);
    if (pods.status === "rejected") {
        return { kind: "missing", reason: `the pods can't be read: ${String(pods.reason)}` };
    }
    const look = views.status === "rejected" ? ({ kind: "missing", reason: String(views.reason) } as const) : views.value;
    return {
        kind: "observed",
        value: {
            stablePods: { ready: pods.value.filter(({ ready }) => ready).length, needed },
            requests: look.kind === "missing" ? look : requestsOf({ stable: look.value.get(stable.name), candidate: look.value.get(candidate.name) }),
        },
    };
}

async function viewsSince(
    { metrics, namespace, service }: JudgedRollout["target"],
    revisions: readonly string[],
    rolledBackAt: string,
): Promise<Observation<ReadonlyMap<string, GatewayView>>> {
    if (metrics === undefined) {
        return { kind: "missing", reason: "the stack names no Prometheus" };
    }
    const prometheus = stackPrometheus(metrics);
    const now = await prometheus.now();
    if (now.kind === "missing") {
        return now;
    }
    const { gateway, scrapeIntervalSeconds } = metrics;
    // A request that was under way is counted when it ends, and a scrape comes later than that.
    const fromSeconds = Math.max(now.value - lookBackSeconds, Date.parse(rolledBackAt) / 1_000 + 2 * scrapeIntervalSeconds);
    if (fromSeconds >= now.value) {
        return { kind: "missing", reason: "the rollback is too fresh: two scrapes must follow it" };
    }
    const window = { fromSeconds, recentSeconds: fromSeconds, atSeconds: now.value, serverAtSeconds: now.value };
    const { views } = await gatewayViews(prometheus, { namespace, service, revisions, scrapeIntervalSeconds, gateway }, window);
    return { kind: "observed", value: views };
}

function requestsOf({
    stable,
    candidate,
}: {
    readonly stable: GatewayView | undefined;
    readonly candidate: GatewayView | undefined;
}): SinceRollback["requests"] {
    const counts = [stable, candidate].map((view): Observation<number> => {
        if (view?.kind !== "seen") {
            return { kind: "missing", reason: view?.reason ?? "the gateway was not asked" };
        }
        return view.requests.kind === "missing" ? view.requests : { kind: "observed", value: view.requests.value.total };
    });
    const [ofStable, ofCandidate] = counts;
    if (ofStable?.kind !== "observed" || ofCandidate?.kind !== "observed") {
        return { kind: "missing", reason: counts.flatMap((count) => (count.kind === "missing" ? [count.reason] : []))[0] ?? "nothing was counted" };
    }
    return { kind: "observed", value: { stable: ofStable.value, candidate: ofCandidate.value } };
}
