import { wordsOf } from "../words.ts";
import { boundOf } from "./criteria/bound.ts";
import type { Criterion } from "./criterion.ts";
import type { Evidence } from "./evidence.ts";
import { type JudgeFinding, unseen } from "./judge/finding.ts";
import { unfitnessOf } from "./judge/fitness.ts";
import { type JudgeLimits, defaultLimits } from "./judge/limits.ts";
import { judgeMeasure } from "./judge/measure.ts";
import { judgeViews } from "./judge/views.ts";
import type { Judgement, Reason, Verdict } from "./verdict.ts";

export { type JudgeLimits, defaultLimits } from "./judge/limits.ts";

/**
 * Judges evidence by criteria. Pure: the same evidence gives the same judgement, today and from the ledger.
 *
 * Each criterion gives one reason, and the worst verdict is the judgement's. A pass is only given for what is shown, on fresh evidence of the whole
 * subject; whatever else comes back is a hold, and so are no criteria at all. docs/gate.md has the semantics of each measure.
 *
 * @param limits what evidence must be before it counts. @default {@link defaultLimits}
 */
export function judge(criteria: readonly Criterion[], evidence: Evidence, limits: Partial<JudgeLimits> = {}): Judgement {
    const asked = { ...defaultLimits, ...limits };
    const reasons = criteria.map((criterion) => reasonFor(criterion, evidence, asked));
    return { verdict: worst(reasons), reasons };
}

function reasonFor(criterion: Criterion, evidence: Evidence, limits: JudgeLimits): Reason {
    return { criterion: criterion.id, ...findingFor(criterion, evidence, limits) };
}

function findingFor(criterion: Criterion, evidence: Evidence, limits: JudgeLimits): JudgeFinding {
    const bound = boundOf(criterion.measure);
    if (bound === "faulty" || (bound !== "none" && !Number.isFinite(bound.value))) {
        return unseen("the criterion has no bound, or more than one, or one that is no number: run checkCriteria on it");
    }
    return judgeViews(criterion, evidence, limits, (view) => findingBy(criterion, view, limits));
}

/** What one view of the evidence says. */
function findingBy(criterion: Criterion, evidence: Evidence, limits: JudgeLimits): JudgeFinding {
    try {
        const finding = judgeMeasure(criterion, evidence, limits);
        const unfitness = finding.verdict === "pass" ? unfitnessOf(criterion, evidence, limits) : undefined;
        return unfitness === undefined ? finding : { ...finding, verdict: "hold", shortfall: unfitness.shortfall, text: `${unfitness.text} (${finding.text})` };
    } catch (error) {
        // A criterion that can't be judged is not one that is kept: dropped in silence it would let the rest pass for it.
        return unseen(`it could not be judged: ${wordsOf(error)}`);
    }
}

function worst(reasons: readonly Reason[]): Verdict {
    const verdicts = reasons.map(({ verdict }) => verdict);
    if (verdicts.includes("rollback")) {
        return "rollback";
    }
    return verdicts.length > 0 && verdicts.every((verdict) => verdict === "pass") ? "pass" : "hold";
}
