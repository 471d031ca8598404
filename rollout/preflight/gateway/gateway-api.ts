import type { Problem } from "../preflight.ts";

/** Annotations of a definition that the Gateway API's own manifests carry: which release, and which channel. */
export const bundleVersionAnnotation = "gateway.networking.k8s.io/bundle-version";
export const channelAnnotation = "gateway.networking.k8s.io/channel";

/** What an installed definition of HTTPRoute says of itself. */
export interface RouteDefinition {
    /** Such as `v1.6.0`. `unknown` where it does not say. */
    readonly version: string;
    /** `standard`, `experimental` or `unknown`. */
    readonly channel: string;
    /** Fields of a rule in `v1`. */
    readonly ruleFields: readonly string[];
}

/** What the installed HTTPRoute lacks of what the program writes. A field that it does not have is dropped or refused by the API server. */
export function missingRouteFields({ version, channel, ruleFields }: RouteDefinition, retry: boolean): readonly Problem[] {
    const installed = `HTTPRoute of Gateway API ${version}, channel ${channel}`;
    const needed = [
        { field: "filters", fix: "install Gateway API 1.2 or later" },
        { field: "timeouts", fix: "install Gateway API 1.2 or later: before, time limits are in the experimental channel alone" },
        ...(retry
            ? [{ field: "retry", fix: "set gateway.retry to false, or install Gateway API 1.7 or later, or the experimental channel of 1.2 or later" }]
            : []),
    ];
    return needed
        .filter(({ field }) => !ruleFields.includes(field))
        .map(({ field, fix }) => ({ text: `the installed ${installed} has no field ${field}`, fix }));
}
