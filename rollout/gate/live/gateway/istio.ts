import type { BackendScope } from "../../backend-scope.ts";
import { histogramOf } from "../evidence/observation.ts";
import { type GatewaySeries, type Grown, sumOf } from "./series.ts";
import { revisionObjectName } from "../../../route/revision.ts";

/** Flags of an answer that the backend broke off or never gave. https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage */
const unansweredFlags: ReadonlySet<string> = new Set(["UC", "UF", "UH", "UO", "UR", "UPE", "LR", "URX"]);
/** Flags of an answer that ran into a time limit. */
const timeLimitFlags: ReadonlySet<string> = new Set(["UT", "UMSDR", "SI"]);
/** The client went away. */
const clientGone = "DC";

/**
 * Istio's standard metrics of a revision's Service, as the proxy that calls it has them: that is the ingress gateway, and any other caller in the mesh of the
 * Service. Each request is one, however often it was repeated. https://istio.io/latest/docs/reference/config/metrics/
 */
export function istioSeries({ namespace, service, revision }: BackendScope): GatewaySeries {
    const labels = { reporter: "source", destination_service_namespace: namespace, destination_service_name: revisionObjectName(service, revision) };
    const requests = { metric: "istio_requests_total", labels };
    return {
        marker: requests,
        counters: { requests, latency: { metric: "istio_request_duration_milliseconds_bucket", labels } },
        labels: ["response_code", "response_flags", "le"],
        requests: countsOf,
        latency: (grown) => histogramOf("istio_request_duration_milliseconds_bucket", grown("latency"), 0.001),
    };
}

function countsOf(grown: Grown): ReturnType<GatewaySeries["requests"]> {
    const answers = grown("requests")
        .map(({ labels: { response_code: code = "", response_flags: flags = "" }, amount }) => ({ code: Number(code), flags: flags.split(","), amount }))
        .filter(({ code, flags }) => !(code === 0 && flags.includes(clientGone)));
    const unknown = answers.find(({ code }) => !(Number.isInteger(code) && (code === 0 || (code >= 100 && code <= 599))));
    if (unknown !== undefined) {
        throw new Error(`istio_requests_total has a series with response_code="${String(unknown.code)}", which is no status`);
    }
    const sum = (wanted: (answer: (typeof answers)[number]) => boolean): number =>
        sumOf(
            "istio_requests_total",
            answers.filter(wanted).map(({ amount }) => ({ labels: {}, amount })),
        );
    const ranOut = ({ code, flags }: (typeof answers)[number]): boolean => code === 504 || flags.some((flag) => timeLimitFlags.has(flag));
    const broken = ({ code, flags }: (typeof answers)[number]): boolean => code === 0 || flags.some((flag) => unansweredFlags.has(flag));
    const [unauthorized, forbidden, notFound] = [401, 403, 404].map((status) => sum(({ code }) => code === status));
    const clientErrors = sum(({ code }) => code >= 400 && code <= 499);
    return {
        total: sum(() => true),
        failed: sum((answer) => answer.code >= 500 || ranOut(answer) || broken(answer)),
        timedOut: sum(ranOut),
        unanswered: sum((answer) => broken(answer) && !ranOut(answer)),
        clientErrors: {
            unauthorized: unauthorized ?? 0,
            forbidden: forbidden ?? 0,
            notFound: notFound ?? 0,
            other: clientErrors - (unauthorized ?? 0) - (forbidden ?? 0) - (notFound ?? 0),
        },
        retries: 0,
    };
}
