import { testersAudience } from "../rollout/route/testers.ts";
import { serviceMetrics } from "./metrics/service.ts";
import { type Matchers, not } from "../rollout/gate/gateway-series/promql.ts";

const byAudience: ReadonlySet<string> = new Set(serviceMetrics.filter(({ labels }) => labels.includes("audience")).map(({ name }) => name));

/** The condition that leaves out what testers asked, for a metric that counts it apart; none for the others. */
export function withoutTesters(metric: string): Matchers {
    return byAudience.has(metric.replace(/_(?:bucket|count|sum)$/, "")) ? { audience: not(testersAudience) } : {};
}
