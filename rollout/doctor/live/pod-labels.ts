import { scrapeProblems } from "../../preflight/scrapes.ts";
import { type DoctorFinding, found, notTried, unknown } from "../finding.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";

/** Whether Prometheus scrapes the ready pods of the live revisions, under the labels of the service's contract. */
export async function podLabels({ namespace, service, prometheus, pods }: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    if (prometheus === undefined) {
        return unknown("the stack names no Prometheus", "set metrics.prometheusUrl");
    }
    const step = await objects.step();
    if (step.kind !== "found") {
        return step.kind === "absent"
            ? notTried("there is no route, so no revision is live")
            : unknown(`the route can't be read: ${step.reason}`, "see 'rollout status'");
    }
    const { record } = step.present;
    const targets = await prometheus.targets();
    if (targets.kind === "missing") {
        return unknown(targets.reason, "see that Prometheus answers at metrics.prometheusUrl");
    }
    const revisions = [record.stable.name, ...(record.kind === "rolling" ? [record.candidate.name] : [])];
    const looked = await Promise.all(
        revisions.map(async (revision) => {
            const ready = (await pods(revision)).filter((pod) => pod.ready).map(({ name }) => name);
            return { ready: ready.length, problems: scrapeProblems(targets.value, { namespace, service, revision, pods: ready }) };
        }),
    );
    return found(
        looked.flatMap(({ problems }) => problems),
        `${revisions.map((revision, index) => `${String(looked[index]?.ready ?? 0)} pods of ${revision}`).join(" and ")} are scraped with the labels namespace, service, revision and pod`,
    );
}
