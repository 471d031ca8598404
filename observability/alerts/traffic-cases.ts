import { type CaseSeries, growing, ofBackend, ofObject, ofPod, ofWatcher, steady } from "../cases.ts";
import { exampleCandidate, example } from "../example.ts";
import type { Weight } from "../../rollout/plan/plan.ts";

/** Requests of a revision: that many answered and failed in each interval. */
export function answered(revision: string, good: number, failed: number, count: number): CaseSeries {
    return {
        [ofPod("http_requests_total", revision, { route: "feed", code: "200", cache: "hit" })]: growing(good, count),
        [ofPod("http_requests_total", revision, { route: "feed", code: "500", cache: "none" })]: growing(failed, count),
    };
}

/** What users got of a revision at the gateway: that many answers with each status in each interval. */
export function got(revision: string, perStatus: Readonly<Record<string, number>>, count: number): CaseSeries {
    const classes = Map.groupBy(Object.entries(perStatus), ([status]) => status.charAt(0));
    return Object.fromEntries([
        [ofBackend("envoy_cluster_upstream_rq_total", revision), growing(total(Object.entries(perStatus)), count)],
        ...Object.entries(perStatus).map(([status, answers]) => [
            ofBackend("envoy_cluster_upstream_rq", revision, { envoy_response_code: status }),
            growing(answers, count),
        ]),
        ...[...classes].map(([first, same]) => [
            ofBackend("envoy_cluster_upstream_rq_xx", revision, { envoy_response_code_class: first }),
            growing(total(same), count),
        ]),
    ]) as CaseSeries;
}

/** How long users waited for a revision at the gateway. @param perBound as of {@link slowRequests}, with bounds of Envoy's buckets in milliseconds. */
export function waited(revision: string, perBound: Readonly<Record<string, number>>, count: number): CaseSeries {
    const bounds = Object.entries(perBound);
    const bucket = (le: string): string => ofBackend("envoy_cluster_upstream_rq_time_bucket", revision, { le });
    return {
        ...got(revision, { "200": total(bounds) }, count),
        ...Object.fromEntries(bounds.map(([le], index) => [bucket(le), growing(total(bounds.slice(0, index + 1)), count)])),
        [bucket("+Inf")]: growing(total(bounds), count),
    };
}

function total(entries: readonly (readonly [string, number])[]): number {
    return entries.reduce((sum, [, value]) => sum + value, 0);
}

/**
 * Answers of a revision by how long they took.
 *
 * @param perBound how many answers in each interval took at most the bound, in seconds, and more than the bound before.
 */
export function slowRequests(revision: string, perBound: Readonly<Record<string, number>>, count: number, cache = "miss"): CaseSeries {
    const bounds = Object.entries(perBound);
    const upTo = (index: number): number => bounds.slice(0, index + 1).reduce((sum, [, answers]) => sum + answers, 0);
    const bucket = (le: string): string => ofPod("http_request_duration_seconds_bucket", revision, { route: "feed", cache, le });
    const all = upTo(bounds.length - 1);
    return {
        ...Object.fromEntries(bounds.map(([le], index) => [bucket(le), growing(upTo(index), count)])),
        [bucket("+Inf")]: growing(all, count),
        [ofPod("http_requests_total", revision, { route: "feed", code: "200", cache })]: growing(all, count),
    };
}

/** Lookups of a revision in the cache in each interval. */
export function lookups(revision: string, hits: number, misses: number, count: number): CaseSeries {
    return {
        [ofPod("cache_requests_total", revision, { result: "hit" })]: growing(hits, count),
        [ofPod("cache_requests_total", revision, { result: "miss" })]: growing(misses, count),
    };
}

/** The step that the watcher sees on the live route, by a watcher that looks each minute. */
export function atWeight(weightPercent: Weight, count: number): CaseSeries {
    return { ...watched(count), [ofWatcher("rollout_step_weight_percent")]: steady(weightPercent, count) };
}

/** A watcher that looks each minute. */
export function watched(count: number): CaseSeries {
    return { [ofWatcher("rollout_watch_heartbeat_timestamp_seconds")]: growing(60, count) };
}

/** Name of a pod of the candidate. */
export function ofCandidatePod(suffix: string): string {
    return `${example.service}-${exampleCandidate}-6c5f-${suffix}`;
}

/** Restarts of a container of the service, as kube-state-metrics counts them. */
export function restartsOf(pod: string): string {
    return ofObject("kube_pod_container_status_restarts_total", { pod, container: "api", uid: "u1" });
}
