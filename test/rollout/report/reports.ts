import { type ReportSources, type RolloutReport, buildReport } from "../../../rollout/report/rollout-report.ts";
import { recordText } from "../../../rollout/ledger/chain.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import { verify } from "../../../rollout/ledger/verification.ts";
import type { Story } from "./fixture.ts";
import { profile } from "../../../service/profile.ts";

/** What a report of a story is made of: its ledger, checked as the program checks it, and nothing else. */
export function sourcesOf(story: Story): ReportSources {
    return {
        now: story.now,
        environment: "prod",
        namespace: "nova-prod",
        service: "video-ranking",
        ledger: verify(story.records.map((record) => ({ sequence: record.sequence, text: recordText(record) }))),
        profile,
        schedule: scheduleFor(profile.plan, { timeScale: 1, environment: "prod" }),
        measurements: { curves: { kind: "missing", reason: "Prometheus gave no answer" }, means: new Map() },
        checklist: { kind: "missing", reason: "nobody looked" },
    };
}

/** The report of a story. @throws when there is none. */
export function reportOf(story: Story, changed: Partial<ReportSources> = {}): RolloutReport {
    const outcome = buildReport({ ...sourcesOf(story), ...changed });
    if (outcome.kind === "nothing") {
        throw new Error(outcome.why);
    }
    return outcome.report;
}
