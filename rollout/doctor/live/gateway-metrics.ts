import type { BackendScope } from "../../gate/backend-scope.ts";
import { type Observation } from "../../gate/evidence.ts";
import type { PrometheusClient } from "../../gate/live/prometheus.ts";
import { type ReadableGateway, gatewaySeries } from "../../gate/live/gateway/kinds.ts";
import { selectorOf } from "../../gate/live/gateway/promql.ts";
import type { Problem } from "../../preflight/preflight.ts";
import { clusterNameFor } from "../cluster-name.ts";
import { type DoctorFinding, found, notTried, unknown } from "../finding.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";

/** Which of the gateway's counters Prometheus has of the revisions that users reach, each revision's apart. */
export async function gatewayMetrics({ namespace, service, metrics, prometheus }: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    if (metrics?.gateway === undefined || prometheus === undefined) {
        return unknown("the stack does not say whose statistics show what users got", "set metrics.prometheusUrl and metrics.gateway");
    }
    const { gateway } = metrics;
    if (gateway.kind === "none") {
        return notTried(`nothing says what users got: ${gateway.reason}`);
    }
    const step = await objects.step();
    if (step.kind !== "found") {
        return step.kind === "absent"
            ? notTried("there is no route, so the gateway has no backend to count")
            : unknown(`the route can't be read: ${step.reason}`, "see 'rollout status'");
    }
    const { record, routedPercent } = step.present;
    // A gateway may know a backend from its first share of users on.
    const withUsers = [
        ...(routedPercent < 100 ? [record.stable.name] : []),
        ...(record.kind === "rolling" && routedPercent > 0 ? [record.candidate.name] : []),
    ];
    const looked = await Promise.all(withUsers.map(async (revision) => lookAt(prometheus, gateway, { namespace, service, revision })));
    const unread = looked.flatMap(({ reading }) => (reading.kind === "missing" ? [reading.reason] : []));
    if (unread.length > 0) {
        return unknown([...new Set(unread)].join("; "), "see that Prometheus answers at metrics.prometheusUrl");
    }
    const problems = looked.flatMap(({ problem }) => problem ?? []);
    const counters = looked.map(
        ({ revision, present, absent }) => `${revision}: ${present.join(", ")}${absent.length === 0 ? "" : `; none yet of ${absent.join(", ")}`}`,
    );
    return found(problems, `Prometheus has the gateway's counts of ${withUsers.join(" and ")}, apart`, { counters });
}

async function lookAt(prometheus: PrometheusClient, gateway: ReadableGateway, scope: BackendScope) {
    const series = gatewaySeries(gateway, scope);
    const counted = await Promise.all(
        Object.entries(series.counters).map(async ([name, counter]) => ({ name, answer: await prometheus.vector(`count(${selectorOf(counter)})`) })),
    );
    const marker = await prometheus.vector(selectorOf(series.marker));
    const has = (answer: Observation<readonly unknown[]>): boolean => answer.kind === "observed" && answer.value.length > 0;
    const reading = [marker, ...counted.map(({ answer }) => answer)].find(({ kind }) => kind === "missing") ?? marker;
    return {
        revision: scope.revision,
        reading,
        present: counted.flatMap(({ name, answer }) => (has(answer) ? [name] : [])),
        absent: counted.flatMap(({ name, answer }) => (has(answer) ? [] : [name])),
        problem: has(marker) ? undefined : await whyMissing(prometheus, gateway, scope, selectorOf(series.marker)),
    };
}

/** What to do where the gateway's counts of a revision are missing: by the names that Envoy has, if it has any for the service. */
async function whyMissing(prometheus: PrometheusClient, gateway: ReadableGateway, scope: BackendScope, selector: string): Promise<Problem> {
    const text = `Prometheus has no ${selector}`;
    if (gateway.kind !== "envoy") {
        return { text, fix: `have Prometheus scrape the gateway, and see that metrics.gateway (${gateway.kind}) names the backend's labels` };
    }
    const known = await prometheus.vector("group by (envoy_cluster_name) (envoy_cluster_upstream_rq_total)");
    const names = known.kind === "observed" ? known.value.map(({ labels }) => labels.envoy_cluster_name ?? "") : [];
    if (names.length === 0) {
        return {
            text: `${text}, nor any other cluster of an Envoy`,
            fix: "have Prometheus scrape the gateway's Envoy (/stats/prometheus), every replica of it",
        };
    }
    return { text, fix: clusterNameFor(names, scope) };
}
