import type { Criterion } from "../../../gate/criterion.ts";
import { type ServiceProfile, everyCriterionOf } from "../../../profile/profile.ts";
import { type GatewayView, type Observation, unseenGateway } from "../../../gate/evidence.ts";
import { isSeenByGateway } from "../../../gate/judge/views.ts";
import { type PreflightFinding, type Problem, findingOf, notConfigured } from "../../preflight.ts";
import { gatewayViews } from "../../../gate/live/gateway/gateway-view.ts";
import type { Tools } from "../tools.ts";

/** How far back to look, in seconds: long enough for a service with few users at night. */
const lookBackSeconds = 600;

/** What the gateway's view of the stable revision lacks, in words: for each part of it that is missing, and for one without a single request. */
export async function gatewayView({ config, profile }: Pick<Tools["context"], "config" | "profile">, client: Tools["prometheus"]): Promise<PreflightFinding> {
    const { namespace, serviceName: service, stable, metrics } = config;
    if (client === undefined || metrics?.gateway === undefined) {
        return notConfigured("the stack names no gateway whose statistics say what users got", "set metrics.prometheusUrl and metrics.gateway");
    }
    const { gateway, scrapeIntervalSeconds } = metrics;
    if (gateway.kind === "none") {
        return notConfigured(`nothing says what users got: ${gateway.reason}`, "set metrics.gateway.kind to envoy, istio or custom");
    }
    const now = await client.now();
    if (now.kind === "missing") {
        return findingOf([{ text: now.reason, fix: "see that Prometheus answers at metrics.prometheusUrl" }], "");
    }
    const atSeconds = now.value;
    const window = { fromSeconds: atSeconds - lookBackSeconds, recentSeconds: atSeconds - 60, atSeconds, serverAtSeconds: atSeconds };
    const { views } = await gatewayViews(client, { namespace, service, revisions: [stable.name], scrapeIntervalSeconds, gateway }, window);
    return judged(profile, stable.name, views.get(stable.name) ?? unseenGateway("it was not asked"), gateway.kind);
}

function judged(profile: ServiceProfile, revision: string, view: GatewayView, kind: string): PreflightFinding {
    if (view.kind === "waived") {
        return notConfigured(view.reason, "set metrics.gateway.kind to envoy, istio or custom");
    }
    const { scrapes, requests, recentRequests, latency } = view;
    const fix = `see that Prometheus scrapes the gateway, and that metrics.gateway (${kind}) names ${revision}'s backend: docs/gate.md`;
    const problems = [
        ...new Set([scrapes, requests, recentRequests, latency].flatMap((part: Observation<unknown>) => (part.kind === "missing" ? [part.reason] : []))),
    ].map((text): Problem => ({ text, fix }));
    const total = requests.kind === "observed" ? requests.value.total : 0;
    const nothing: readonly Problem[] =
        requests.kind === "observed" && total === 0
            ? [{ text: `the gateway counted no request of ${revision} in ${String(lookBackSeconds / 60)} minutes, so its view shows nothing`, fix }]
            : [];
    const between = latency.kind === "observed" ? boundsMissingIn(profile, latency.value.boundsSeconds) : [];
    const instances = scrapes.kind === "observed" ? scrapes.value.pods : 0;
    return findingOf(
        [...problems, ...nothing],
        `the gateway's view of ${revision} can be read: ${String(total)} requests in ${String(lookBackSeconds / 60)} minutes`,
        { requests: total, instances, boundsMissing: between.map((seconds) => `${String(seconds * 1_000)} ms`) },
    );
}

/** Bounds of the plan that the histogram doesn't have: what lies between its neighbours shows nothing there. */
function boundsMissingIn(profile: ServiceProfile, boundsSeconds: readonly number[]): readonly number[] {
    const criteria: readonly Criterion[] = profile.criteria.flatMap(everyCriterionOf).filter(isSeenByGateway);
    const asked = criteria.flatMap(({ measure }) => (measure.kind === "latency-p95" ? [measure.below ?? measure.atMost ?? NaN] : []));
    return [...new Set(asked)].filter((bound) => !boundsSeconds.includes(bound)).toSorted((a, b) => a - b);
}
