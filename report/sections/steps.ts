import { html } from "hono/html";

import { shownSeconds } from "../../rollout/duration.ts";
import { type RevisionFigures, figureNames } from "../figures.ts";
import { type Markup, badge, section, table, time } from "../markup.ts";
import type { ReportedStep, RolloutReport } from "../rollout-report.ts";
import type { StepOutcome } from "../steps.ts";
import { figureTitles, rounded, shownFigure, shownShare, shownTime } from "../wording.ts";

/** How a step ended, in words. */
export const stepOutcomeWords: Readonly<Record<StepOutcome, string>> = {
    passed: "passed",
    "rolled-back": "taken back",
    finished: "finished",
    withdrawn: "withdrawn",
    "under-way": "under way",
};

const tones = { passed: "good", "rolled-back": "bad", finished: "good", withdrawn: "plain", "under-way": "wait" } as const;

/** When each step was entered and left. Checklist, 'Sign-Off', 'Deployment Execution'. */
export function stepsSection({ steps }: Pick<RolloutReport, "steps">): Markup {
    const rows = steps.map((step) => [
        stepTitle(step),
        time(step.enteredAt, shownTime(step.enteredAt)),
        step.leftAt === undefined ? "not yet" : time(step.leftAt, shownTime(step.leftAt)),
        shownSeconds(step.seconds),
        step.plannedSoakMinutes === undefined ? "none" : shownSeconds(step.plannedSoakMinutes * 60),
        observed(step),
        badge(stepOutcomeWords[step.outcome], tones[step.outcome]),
    ]);
    return section(
        "steps",
        "Steps",
        table({
            caption: "Every stay at a weight, oldest first",
            columns: ["Step", "Entered", "Left", "Lasted", "Soak of the plan", "Observed split", "Outcome"],
            rows,
            without: "No step is on record.",
        }),
    );
}

/** The metrics of each step. Checklist: '08:45 - Health Metrics Report'. */
export function figuresSection({ steps }: Pick<RolloutReport, "steps">): Markup {
    const rows = steps.flatMap((step) => (step.figures.kind === "observed" ? step.figures.value.revisions.map((revision) => figureRow(step, revision)) : []));
    return section("figures", "Metrics of each step", [
        html`<p class="remark">
            Means and rates are over the whole window. The p95 is interpolated within its histogram bucket; gates judge the share above a bound, which is exact.
        </p>`,
        table({
            caption: "Metrics of both revisions at each step",
            columns: ["Step and revision", "Window", ...figureNames.map((name) => figureTitles[name])],
            rows,
            without: "No evidence of any step is on record.",
        }),
        unknowns(steps),
    ]);
}

/** What a step is called: `canary (10 %)`. */
export function stepTitle({ name, weightPercent }: Pick<ReportedStep, "name" | "weightPercent">): string {
    return `${name} (${rounded(weightPercent, 2)} %)`;
}

/** What is not known of the steps' figures, and why, one line each. */
export function unknownFigures(steps: readonly ReportedStep[]): readonly string[] {
    const lines = steps.flatMap((step) =>
        step.figures.kind === "missing"
            ? [`${stepTitle(step)}: ${step.figures.reason}`]
            : step.figures.value.revisions.flatMap(({ revision, values }) =>
                  figureNames.flatMap((name) => {
                      const figure = values[name];
                      return figure.kind === "missing" ? [`${stepTitle(step)}, ${revision}, ${figureTitles[name]}: ${figure.reason}`] : [];
                  }),
              ),
    );
    return lines;
}

function figureRow(step: ReportedStep, { revision, role, values }: RevisionFigures) {
    const windowSeconds = step.figures.kind === "observed" ? step.figures.value.windowSeconds : Number.NaN;
    return [`${stepTitle(step)}: ${revision} (${role})`, shownSeconds(windowSeconds), ...figureNames.map((name) => shownFigure(name, values[name]))];
}

function observed({ figures }: ReportedStep): string {
    return figures.kind === "observed" ? shownShare(figures.value.observedShare) : "not known";
}

function unknowns(steps: readonly ReportedStep[]): Markup {
    const lines = unknownFigures(steps);
    return lines.length === 0
        ? html``
        : html`<details>
              <summary>What is not known, and why (${String(lines.length)})</summary>
              <ul>
                  ${lines.map((line) => html`<li>${line}</li>`)}
              </ul>
          </details>`;
}
