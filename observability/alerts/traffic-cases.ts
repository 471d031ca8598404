import { type CaseSeries, growing, ofObject, ofPod, ofWatcher, steady } from "../cases.ts";
import { exampleCandidate, example } from "../example.ts";
import type { Weight } from "../../rollout/plan.ts";

/** Requests of a revision: that many answered and failed in each interval. */
export function answered(revision: string, good: number, failed: number, count: number): CaseSeries {
    return {
        [ofPod("http_requests_total", revision, { route: "feed", code: "200", cache: "hit" })]: growing(good, count),
        [ofPod("http_requests_total", revision, { route: "feed", code: "500", cache: "none" })]: growing(failed, count),
    };
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
