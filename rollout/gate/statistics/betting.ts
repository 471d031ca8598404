/**
 * Evidence about a share, such as failed requests over all requests, that may be looked at as often as one likes.
 *
 * It is a bet on each request, against the hypothesis 'the share is at least b': a request that counts multiplies the stake by m /
 * (1 + b (m - 1)), one that does not by 1 / (1 + b (m - 1)), with m below 1. If the hypothesis is true, the stake can't be expected to grow, so the
 * probability that it ever reaches 1 / risk is at most the risk, however often one looks (Ville's inequality). With m above 1 it is a bet against 'the
 * share is at most b'. Several multipliers at once, each with a part of the stake, are as good as the best of them but for that part.
 *
 * Assumes that whether a request counts is no more likely than b after whatever came before. Requests that fail in bursts break that: see docs/gate-statistics.md.
 *
 * Sources: Ville 1939; Robbins, 'Statistical methods related to the law of the iterated logarithm', 1970 (mixtures); Waudby-Smith and Ramdas, 'Estimating
 * means of bounded random variables by betting', 2024.
 */

/** Part of the stake on one multiplier. The parts of a list add up to 1. */
interface Part {
    readonly multiplier: number;
    readonly stake: number;
}

/**
 * Bets on a smaller share. Half is staked on 'none at all', so that a clean run needs hardly more requests than one look would: 3,434 instead of 2,995 for
 * a bound of 0.1 %. The rest is for shares that come closer and closer to the bound.
 */
const fewer: readonly Part[] = [
    { multiplier: 0, stake: 0.5 },
    { multiplier: 1 / 8, stake: 0.1 },
    { multiplier: 1 / 4, stake: 0.1 },
    { multiplier: 1 / 2, stake: 0.15 },
    { multiplier: 3 / 4, stake: 0.1 },
    { multiplier: 7 / 8, stake: 0.05 },
];

/** Bets on a greater share, from slightly greater to nearly all. */
const more: readonly Part[] = [
    { multiplier: 8 / 7, stake: 0.1 },
    { multiplier: 4 / 3, stake: 0.2 },
    { multiplier: 2, stake: 0.25 },
    { multiplier: 4, stake: 0.2 },
    { multiplier: 8, stake: 0.1 },
    { multiplier: 32, stake: 0.1 },
    { multiplier: 256, stake: 0.05 },
];

/** How many times the stake has grown that was bet against 'the share is at least `bound`'. Falls with `count`, grows with `total`. */
export function evidenceBelow(count: number, total: number, bound: number): number {
    return stakeOf(fewer, count, total, bound);
}

/** How many times the stake has grown that was bet against 'the share is at most `bound`'. Grows with `count`, falls with `total`. */
export function evidenceAbove(count: number, total: number, bound: number): number {
    return stakeOf(more, count, total, bound);
}

/** The smallest share that evidence rules out, with every greater one, at `risk`; 1 when there is none. */
export function upperLimit(count: number, total: number, risk: number): number {
    return crossing((bound) => evidenceBelow(count, total, bound) >= 1 / risk);
}

/** The greatest share that evidence rules out, with every smaller one, at `risk`; 0 when there is none. */
export function lowerLimit(count: number, total: number, risk: number): number {
    return crossing((bound) => evidenceAbove(count, total, bound) < 1 / risk);
}

/**
 * The fewest observations that show a share below `bound` at `risk`, given that the share of them that counts is `ratio`. Infinity when no number does.
 *
 * @param ratio @default 0: none counts, so it is the minimum of evidence
 */
export function fewestBelow(bound: number, risk: number, ratio = 0): number {
    return fewest((total) => evidenceBelow(total * ratio, total, bound) >= 1 / risk);
}

/**
 * The fewest observations that show a share above `bound` at `risk`, given that the share of them that counts is `ratio`. Infinity when no number does.
 *
 * @param ratio @default 1: all of them count, so it is the minimum of evidence
 */
export function fewestAbove(bound: number, risk: number, ratio = 1): number {
    return fewest((total) => evidenceAbove(total * ratio, total, bound) >= 1 / risk);
}

/** Observations beyond which waiting for more is pointless. */
const mostObservations = 2 ** 40;

function fewest(shows: (total: number) => boolean): number {
    let high = 1;
    while (!shows(high)) {
        high *= 2;
        if (high > mostObservations) {
            return Number.POSITIVE_INFINITY;
        }
    }
    let low = high / 2;
    while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (shows(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

function stakeOf(parts: readonly Part[], count: number, total: number, bound: number): number {
    return parts.reduce((sum, { multiplier, stake }) => {
        // Zero to the power of zero is one: a bet on 'none' stands until the first that counts.
        const counted = count === 0 ? 0 : count * Math.log(multiplier);
        return sum + stake * Math.exp(counted - total * Math.log1p(bound * (multiplier - 1)));
    }, 0);
}

/** Where `holdsAbove`, false for small shares and true for great ones, turns: by halving, to 1e-9. */
function crossing(holdsAbove: (share: number) => boolean): number {
    let [low, high] = [0, 1];
    while (high - low > 1e-9) {
        const middle = (low + high) / 2;
        if (holdsAbove(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}
