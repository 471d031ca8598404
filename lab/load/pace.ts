/** How fast users come. */
export interface Pace {
    /** Requests a second. */
    readonly rate: number;
    /** The most that this machine is thought to bear; it is raised no further. */
    readonly most: number;
}

/** What was seen since the last look. */
export interface PaceLook {
    /** Requests that were due. */
    readonly due: number;
    /** Of these, those that were not sent, and those that no revision answered. */
    readonly unanswered: number;
    /** Share of the time in which the machine's processors were at work, from 0 to 1. */
    readonly busy: number;
}

/** Where a search for what a machine bears begins: a slow one answers this many. */
export const firstPace: Pace = { rate: 60, most: 500 };

/** Fewest requests a second: below this a gate takes an afternoon. */
const leastRate = 10;
/** Processors that are at work for longer have nothing left for more users. */
const full = 0.93;
/** Share of requests that may stay unanswered on a machine that bears them. */
const tolerated = 0.02;

/**
 * Whether this machine, and not the service, is why requests stay unanswered: the processors have no time left. A service that hangs leaves them idle.
 */
export function isMachineTheLimit({ due, unanswered, busy }: PaceLook): boolean {
    return busy >= full && unanswered > due * tolerated;
}

/** The pace after a look: half of it where the machine is the limit, and never that much again; more where processors are free. */
export function paceAfter(pace: Pace, look: PaceLook): Pace {
    if (isMachineTheLimit(look)) {
        const rate = Math.max(leastRate, Math.floor(pace.rate / 2));
        return { rate, most: rate };
    }
    return look.busy < full && pace.rate < pace.most ? { ...pace, rate: Math.min(pace.most, pace.rate * 2) } : pace;
}
