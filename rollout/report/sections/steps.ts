import { html } from "hono/html";

import { shownSeconds } from "../../plan/duration.ts";
import { type RevisionFigures, figureNames } from "../figures.ts";
import { type Markup, type Tone, badge, section, table, time } from "../markup.ts";
import type { ReportedStep, RolloutReport } from "../rollout-report.ts";
import type { StepOutcome } from "../steps.ts";
import { figureTitles, rounded, shownFigure, shownShare, shownTime } from "../wording.ts";

const outcomes: Readonly<Record<StepOutcome, { readonly words: string; readonly tone: Tone }>> = {
    passed: { words: "passed", tone: "good" },
    "rolled-back": { words: "rolled back", tone: "bad" },
    finished: { words: "finished", tone: "good" },
    withdrawn: { words: "withdrawn", tone: "plain" },
    "under-way": { words: "under way", tone: "wait" },
};

/** How a step ended, in words. Nothing is under way after a rollback: the candidate waits to be fixed. */
export function stepOutcome({ name, outcome }: Pick<ReportedStep, "name" | "outcome">): { readonly words: string; readonly tone: Tone } {
    return name === "rolled back" && outcome === "under-way" ? { words: "until now", tone: "plain" } : outcomes[outcome];
}

/** How long a step had to last. */
export function shownSoak({ plannedSoakSeconds }: Pick<ReportedStep, "plannedSoakSeconds">): string {
    return plannedSoakSeconds === undefined || plannedSoakSeconds === 0 ? "none" : shownSeconds(plannedSoakSeconds);
}

/** When each step was entered and left. Checklist, 'Sign-Off', 'Deployment Execution'. */
export function stepsSection({ steps, timeScale }: Pick<RolloutReport, "steps" | "timeScale">): Markup {
    const rows = steps.map((step) => {
        const { words, tone } = stepOutcome(step);
        return [
            stepTitle(step),
            time(step.enteredAt, shownTime(step.enteredAt)),
            step.leftAt === undefined ? "not yet" : time(step.leftAt, shownTime(step.leftAt)),
            shownSeconds(step.seconds),
            shownSoak(step),
            observed(step),
            badge(words, tone),
        ];
    });
    return section("steps", "Steps", [
        ...(timeScale === 1 ? [] : [html`<p class="remark">${scaledTime(timeScale)}</p>`]),
        table({
            caption: "Every stay at a weight, oldest first",
            columns: ["Step", "Entered", "Left", "Lasted", "Soak asked for", "Observed split", "Outcome"],
            rows,
            without: "No step is on record.",
        }),
    ]);
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

/** Said where time is shorter than the plan's. */
export function scaledTime(timeScale: number): string {
    return `Times are scaled on this stack: a minute of the plan lasts ${rounded(60 * timeScale, 2)} s. Thresholds are not.`;
}

/** What a step is called: `canary (10 %)`. */
export function stepTitle({ name, weightPercent }: Pick<ReportedStep, "name" | "weightPercent">): string {
    return `${name} (${rounded(weightPercent, 2)} %)`;
}

/** What is not known of the steps' figures, and why, one line each. */
export function unknownFigures(steps: readonly ReportedStep[]): readonly string[] {
    return steps.flatMap((step) =>
        step.figures.kind === "observed" && step.outcome === "rolled-back"
            ? [...unknownOf(step), `${stepTitle(step)}: what came after ${shownTime(step.figures.value.takenAt)}. What rolled it back stands under 'Verdicts'`]
            : unknownOf(step),
    );
}

function unknownOf(step: ReportedStep): readonly string[] {
    return step.figures.kind === "missing"
        ? [`${stepTitle(step)}: ${step.figures.reason}`]
        : step.figures.value.revisions.flatMap(({ revision, values }) =>
              figureNames.flatMap((name) => {
                  const figure = values[name];
                  return figure.kind === "missing" ? [`${stepTitle(step)}, ${revision}, ${figureTitles[name]}: ${figure.reason}`] : [];
              }),
          );
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
