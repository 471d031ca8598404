import { type CaseSeries, growing, ofPod, ofWatcher, steady } from "../cases.ts";
import { example } from "../example.ts";
import { select } from "../../rollout/gate/gateway-series/promql.ts";
import { type WatchedMetric, live } from "../rollout-recordings.ts";
import { type Scope, ofService } from "../scope.ts";
import { atWeight } from "./traffic-cases.ts";

/** What the watcher at work says. */
export function said(scope: Scope, metric: WatchedMetric, matchers: Readonly<Record<string, string>> = {}): string {
    const series = select(live(metric), { ...ofService(scope), ...matchers });
    // Its own label would keep it from matching what has none.
    return Object.keys(matchers).length === 0 ? series : `max by (namespace, service) (${series})`;
}

/** A condition that a candidate has a share of the traffic. */
export function underWay(scope: Scope): string {
    return `and on (namespace, service) ${said(scope, "rollout_step_weight_percent")} > 0`;
}

/** The series of a verdict in a case. */
export function verdict(word: "pass" | "hold" | "rollback"): string {
    return ofWatcher("rollout_verdict", { verdict: word });
}

/** A step that has lasted so long, in a case. */
export function step(
    weightPercent: 10 | 25 | 50,
    { hold, soakSeconds, required }: { readonly hold: string; readonly soakSeconds: string; readonly required: number },
): CaseSeries {
    return {
        ...atWeight(weightPercent, 120),
        [verdict("hold")]: hold,
        [ofWatcher("rollout_soak_seconds")]: soakSeconds,
        [ofWatcher("rollout_soak_required_seconds")]: steady(required, 120),
    };
}

/** Requests of the service in each minute of a case. */
export function requestsInAll(eachMinute: number): CaseSeries {
    return { [ofPod("http_requests_total", example.stable, { route: "feed", code: "200", cache: "hit" })]: growing(eachMinute, 30) };
}
