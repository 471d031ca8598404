import { select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import { type Scope, ofCandidate } from "../scope.ts";

/** Requests within ten minutes from which a ratio says something: below, one failure in a handful would page. The gate holds meanwhile. */
export const fewestRequests = 100;

/** A condition that the same view has enough requests of the same revision to judge by. */
export function enoughRequests(scope: Scope): string {
    return `and on (namespace, service, revision, view) ${select(recorded.requestCount, ofCandidate(scope))} >= ${String(fewestRequests)}`;
}

/** The same for what the pods alone measure. */
export function enoughRequestsOfPods(scope: Scope): string {
    return `and on (namespace, service, revision) ${select(recorded.requestCount, { ...ofCandidate(scope), view: "pods" })} >= ${String(fewestRequests)}`;
}
