import { ofRevisions, quoted, scrapedName, selector } from "../../gate/live/evidence/promql.ts";
import { countersOf, podSeriesOf } from "../../gate/pod-series.ts";
import { type DoctorFinding, found, unknown } from "../finding.ts";
import { intervalProblems, seriesProblems } from "../prometheus.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";

/** Whether Prometheus answers, and has the series that gates ask for: under their labels, and fresh. */
export async function prometheusSeries(
    { prometheus, metrics, namespace, service, serviceMetrics }: DoctorContext,
    objects: DoctorObjects,
): Promise<DoctorFinding> {
    if (prometheus === undefined || metrics === undefined) {
        return unknown("the stack names no Prometheus", "set metrics.prometheusUrl");
    }
    const [version, targets, step] = await Promise.all([prometheus.version(), prometheus.targets(), objects.step()]);
    if (version.kind === "missing" || targets.kind === "missing") {
        const reason = version.kind === "missing" ? version.reason : targets.kind === "missing" ? targets.reason : "";
        return unknown(reason, "see that Prometheus answers at metrics.prometheusUrl, from here and from the watchdog's pods");
    }
    const answers = `Prometheus ${version.value} answers`;
    if (step.kind === "damaged" || step.kind === "unreachable") {
        return unknown(`${answers}; the route can't be read, so which revisions it should have is not known: ${step.reason}`, "see 'rollout status'");
    }
    if (step.kind === "absent") {
        return found([], `${answers}; no revision is deployed that it could have series of`);
    }
    const series = podSeriesOf(serviceMetrics);
    if (series === undefined) {
        return found([], `${answers}; the profile's pods show no metrics, and the gateway's are the check gateway-metrics`);
    }
    const { record } = step.present;
    const revisions = [record.stable.name, ...(record.kind === "rolling" && step.present.routedPercent > 0 ? [record.candidate.name] : [])];
    // With OpenTelemetry a counter begins with the first request, so that its absence means nothing.
    const asked = series.start === undefined ? [] : [...countersOf(series), series.start, ...(series.memory === undefined ? [] : [series.memory])];
    const looked = await Promise.all(
        revisions.map(async (revision) => {
            const own = ofRevisions({ namespace, service, revisions: [revision] });
            const has = asked.length === 0 ? undefined : await prometheus.vector(`count by (__name__) (${selector(asked, own)})`);
            return { revision, has, ages: await prometheus.vector(`max by (pod) (time() - timestamp(${selector([scrapedName], own)}))`) };
        }),
    );
    const unread = looked.flatMap(({ has, ages }) => [has, ages].flatMap((one) => (one?.kind === "missing" ? [one.reason] : [])));
    if (unread.length > 0) {
        return unknown([...new Set(unread)].join("; "), "see that Prometheus answers at metrics.prometheusUrl");
    }
    const stray = await prometheus.vector(
        `count by (pod) (${selector([scrapedName], [`namespace=${quoted(namespace)}`, `service=${quoted(service)}`, 'revision=""'])})`,
    );
    const problems = [
        ...looked.flatMap(({ revision, has, ages }) =>
            seriesProblems(
                { revision, asked, found: has?.kind === "observed" ? has.value : [], ages: ages.kind === "observed" ? ages.value : [] },
                metrics.scrapeIntervalSeconds,
            ),
        ),
        ...(stray.kind === "observed" && stray.value.length > 0
            ? [
                  {
                      text: `Prometheus has ${String(stray.value.length)} pods of ${service} without the label revision: whose counts they are is in doubt`,
                      fix: "take the label revision from the pod's own label in every scrape: docs/service-contract.md",
                  },
              ]
            : []),
        ...intervalProblems(targets.value, namespace, service, metrics.scrapeIntervalSeconds),
    ];
    return found(
        problems,
        `${answers}, and has what gates ask for of ${revisions.join(" and ")}, scraped within the last ${String(3 * metrics.scrapeIntervalSeconds)} s`,
    );
}
