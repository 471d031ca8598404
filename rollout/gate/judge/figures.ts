import type { Criterion, Measure } from "../criterion.ts";
import type { Evidence } from "../evidence.ts";
import { type JudgeFinding, breached, kept, unseen } from "./finding.ts";
import { judgeShare } from "./share.ts";
import { areAmounts, observed } from "./subject.ts";
import { amount, percent } from "./wording.ts";

/** Judges the mean use of CPU; of several revisions the highest. */
export function judgeCpu(criterion: Criterion, below: number, evidence: Evidence): JudgeFinding {
    const use = observed(criterion.subject, evidence, (revision) => revision.cpuUtilisation);
    if (use.kind === "missing") {
        return unseen(use.reason);
    }
    if (!areAmounts(use.value)) {
        return unseen(`a CPU use of ${use.value.join(", ")} is no measurement`);
    }
    const value = Math.max(...use.value);
    const figures = { value, bound: below, samples: use.value.length, text: `CPU ${percent(value)} of what the pods request, bound ${percent(below)}` };
    return value < below ? kept(figures) : breached(criterion.onBreach, figures);
}

/** Judges how much of the connection pool is in use. */
export function judgePool(criterion: Criterion, below: number, evidence: Evidence): JudgeFinding {
    const pools = observed(criterion.subject, evidence, (revision) => revision.databasePool);
    if (pools.kind === "missing") {
        return unseen(pools.reason);
    }
    if (!pools.value.every(({ inUse, size, waiting }) => areAmounts([inUse, size, waiting]) && size > 0)) {
        return unseen("the connection pool shows numbers that are no measurement");
    }
    const value = Math.max(...pools.value.map(({ inUse, size }) => inUse / size));
    const waiting = pools.value.reduce((sum, pool) => sum + pool.waiting, 0);
    const text = `${percent(value)} of the database connections in use, ${amount(waiting)} requests wait, bound ${percent(below)}`;
    const figures = { value, bound: below, samples: pools.value.length, text };
    return value < below ? kept(figures) : breached(criterion.onBreach, figures);
}

/**
 * Judges how many database connections failed. Where the criterion names a share of the requests too, more than the bound may pass in a long window, once they
 * are shown to be rarer than that.
 */
export function judgeDatabaseConnections(
    criterion: Criterion,
    { atMost, shareAbove }: Measure & { readonly kind: "database-connection-errors" },
    evidence: Evidence,
): JudgeFinding {
    const failures = observed(criterion.subject, evidence, (revision) => revision.databaseConnectionErrors);
    const judged = counted(criterion, failures, atMost, (value) => `${amount(value)} database connections failed, at most ${amount(atMost)} allowed`);
    if (judged.shortfall !== "breached" || shareAbove === undefined) {
        return judged;
    }
    const requests = observed(criterion.subject, evidence, (revision) => revision.requests);
    if (requests.kind === "missing") {
        return unseen(`${judged.text}; among how many requests is not known: ${requests.reason}`);
    }
    const total = requests.value.reduce((sum, one) => sum + one.total, 0);
    const { value = Number.NaN, text } = judged;
    // One request may try more than one connection: more failures than requests need no test.
    return value > total
        ? judged
        : judgeShare(criterion, { count: value, total, bound: shareAbove, counted: "failed connections", unit: "requests" }, { value, bound: atMost, text });
}

/** Judges how many critical lines were written to the log. */
export function judgeCriticalLogLines(criterion: Criterion, evidence: Evidence): JudgeFinding {
    const lines = observed(criterion.subject, evidence, (revision) => revision.criticalLogLines);
    return counted(criterion, lines, 0, (value) => `${amount(value)} critical lines in the log`);
}

function counted(criterion: Criterion, counts: ReturnType<typeof observed<number>>, atMost: number, say: (value: number) => string): JudgeFinding {
    if (counts.kind === "missing") {
        return unseen(counts.reason);
    }
    if (!areAmounts(counts.value)) {
        return unseen(`a count of ${counts.value.join(", ")} is no measurement`);
    }
    const value = counts.value.reduce((sum, count) => sum + count, 0);
    const figures = { value, bound: atMost, samples: counts.value.length, text: say(value) };
    return value <= atMost ? kept(figures) : breached(criterion.onBreach, figures);
}
