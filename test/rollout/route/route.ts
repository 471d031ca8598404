import { encodeRecord, type RolloutRecord } from "../../../rollout/route/record.ts";
import { type LabelledRoute, routeSpec } from "../../../rollout/route/route-spec.ts";
import { testerKeyDigest } from "../../../rollout/route/testers.ts";
import { profile } from "../../../service/profile.ts";
import { labelKeys } from "../../../service/label-keys.ts";

/** What the program writes on the route of service `api`. */
export const design: LabelledRoute = {
    profile,
    service: "api",
    hostname: "api.example.com",
    gateway: { name: "edge", namespace: "edge-system", retry: false, testers: { kind: "header" } },
};

/** The same, where testers have a host name on a Gateway of their own. */
export const hostDesign: LabelledRoute = {
    ...design,
    gateway: {
        ...design.gateway,
        testers: { kind: "host", hostname: "api.internal.example.com", gateway: { name: "internal", namespace: "edge-internal" } },
    },
};

/** What a tester's request carries. */
export const testerKey = "aVeryGoodKeyOfThirtyTwoLetters00";

/** A route in its API server's words. */
export interface Route {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec: ReturnType<typeof routeSpec<string>>;
}

/** The route as the program writes it for `record`, with other annotations beside its own, and without a rule for testers where `key` is null. */
export function routeOf(record: RolloutRecord, annotations: Readonly<Record<string, string>> = {}, key: string | null = testerKey): Route {
    return {
        metadata: { annotations: { ...encodeRecord(record, labelKeys), [labelKeys.testerKey]: testerKeyDigest(testerKey), ...annotations } },
        spec: routeSpec(record, design, key ?? undefined),
    };
}
