import type { Bound } from "../../rollout/gate/criteria.ts";
import { broken } from "../bounds.ts";
import { gatewaySeries } from "../../rollout/gate/gateway-series/series.ts";
import { type Matchers, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import type { Scope } from "../scope.ts";

/**
 * Where p95 breaks a bound, by either view.
 *
 * Between two bounds of a gateway's buckets a percentile is a guess: Envoy has none between 250 and 500 ms. So the gateway's is compared with the next bound
 * of its buckets: above that one it is slower for sure.
 */
export function slowerThan(scope: Scope, matchers: Matchers, bound: Bound): string {
    const { boundsSeconds = [] } = gatewaySeries(scope.gateway)?.latency ?? {};
    const known = boundsSeconds.find((each) => each >= bound.value);
    if (known === undefined || known === bound.value) {
        return `${select(recorded.p95, matchers)} ${broken(bound)}`;
    }
    const of = (view: string): string => select(recorded.p95, { ...matchers, view });
    return `(${of("pods")} ${broken(bound)} or ${of("gateway")} ${broken({ ...bound, value: known, inclusive: true })})`;
}
