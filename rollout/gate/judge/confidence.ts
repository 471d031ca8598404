/**
 * How sure the judge is, in probabilities of a wrong answer for one criterion at one step, over all looks together.
 */

/** That a share at its bound, or beyond it, passes. Also that one within it is called a breach that holds. */
export const passRisk = 0.05;

/** That a candidate no worse than the stable revision is called worse. */
export const comparisonRisk = 0.01;

/** That a share of at most {@link healthyShare} of its bound rolls a rollout back. */
export const rollbackRisk = 1e-4;

/**
 * What counts as healthy noise beside a bound that rolls back, as a part of the bound. The checklist looks into errors from 1 % and rolls back above 5 %:
 * so a rollback needs a share above 5 % and certainty that it is above 1 %. Certainty that 6 % is
 * above 5 % would take more than ten times as many requests.
 */
export const healthyShare = 1 / 5;

/** Probability that a comparison with too few requests for it is not called one: what {@link comparisonRisk} misses is seen with this probability. */
export const comparisonPower = 0.95;
