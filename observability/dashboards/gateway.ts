import { type BackendNames, added, ofRevision, ofUsers, withRevision } from "../../rollout/gate/gateway-series/backend.ts";
import type { Matchers } from "../../rollout/gate/gateway-series/promql.ts";
import { chosen, increase, rate, sumBy } from "./queries.ts";
import type { GatewayCounter, GatewayPart, GatewaySeries } from "../../rollout/gate/gateway-series/counter.ts";

/** The names that are chosen above a dashboard. In braces: without, `$service_` would be another variable. */
const names: BackendNames = { namespace: "${namespace}", service: "${service}" };

/** Requests, or connections, of one revision each second. */
export function rateOf(counters: readonly GatewayCounter[], revision: string, more: Matchers = {}): string {
    return `sum(${counters.map((counter) => rate(ofRevision(counter, names, revision, { ...chosen, ...more }))).join(" or ")})`;
}

/** Requests of one revision each second that `parts` are. */
export function partOf({ requests }: GatewaySeries, parts: readonly GatewayPart[], revision: string, more: Matchers = {}): string {
    return added(parts, (counter) => rateOf([counter], revision, more), rateOf(requests, revision));
}

/** The share of one revision's requests that `parts` are. */
export function shareOf(gateway: GatewaySeries, parts: readonly GatewayPart[], revision: string, more: Matchers = {}): string {
    return `${partOf(gateway, parts, revision, more)} / ${rateOf(gateway.requests, revision)}`;
}

/** Requests, or connections, of every revision each second, by the revision and other labels. */
export function rateByRevision(counters: readonly GatewayCounter[], ...labels: readonly string[]): string {
    const each = counters.map((counter) => withRevision(counter, names, rate(ofUsers(counter, names, chosen))));
    return `sum by (${["revision", ...labels].join(", ")}) (${each.join(" or ")})`;
}

/** Requests of each revision each second that `parts` are. */
export function partByRevision({ requests }: GatewaySeries, parts: readonly GatewayPart[]): string {
    return added(parts, (counter) => rateByRevision([counter]), rateByRevision(requests));
}

/** Requests of all users each second, by labels of the gateway's own. */
export function rateBy(counter: GatewayCounter, ...labels: readonly string[]): string {
    return sumBy(labels.join(", "), rate(ofUsers(counter, names, chosen)));
}

/** Requests of all users over all that is shown, and the failed ones among them. */
export function eventsOf({ requests, failed }: GatewaySeries): { readonly all: string; readonly failed: string } {
    const grown = (counters: readonly GatewayCounter[]): string => `sum(${counters.map((counter) => increase(ofUsers(counter, names, chosen))).join(" or ")})`;
    const all = grown(requests);
    return { all, failed: added(failed, (counter) => grown([counter]), all) };
}
