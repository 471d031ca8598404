import { routeTimeLimits } from "../../rollout/route/route-spec.ts";
import type { ProfileName } from "../../lab/workload/profile.ts";

/** A way in which a release turns bad. */
export interface Fault {
    /** What happens to half of the requests to the candidate, in words. */
    readonly name: string;
    readonly profile: ProfileName;
}

/** Time that the route gives a backend, in seconds: as the program writes it (rollout/route/route-spec.ts). */
export const { backendSeconds } = routeTimeLimits;

/** Kinds of faults, each with one that stands for it: the pod says that it failed, it says nothing, or its connections break. */
export const faults: readonly Fault[] = [
    { name: "HTTP 500", profile: "erroring" },
    { name: `no answer within ${String(backendSeconds)} s`, profile: "hanging" },
    { name: "a reset connection", profile: "resetting" },
];

/** How long after the last request to a bad candidate its user may still wait for an answer, in milliseconds. */
export const settledAfterMs = backendSeconds * 1_000 + 500;
