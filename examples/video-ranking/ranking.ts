import { createHash } from "node:crypto";

/** A video with what is known of it when it is ranked. */
export interface Candidate {
    readonly id: string;
    readonly title: string;
    readonly creator: string;
    /** Points of late from everyone: a view is one, and it halves in six hours. 0 or more. */
    readonly popularity: number;
    /** How much the user likes its subject, by the user's own events. Below 0: the user skips it. */
    readonly interest: number;
}

/** A video as users get it. */
export interface RankedVideo {
    readonly id: string;
    readonly title: string;
    readonly creator: string;
    /** From 0 to 1, higher is better. */
    readonly score: number;
}

/** What counts how much; the sum is 1. */
interface Weights {
    /** The user's own interest in the subject. */
    readonly interest: number;
    readonly popularity: number;
    /** A fixed draw for each reader and video, so that a new user's feed is not everyone's, and a video without events is seen. */
    readonly exploration: number;
}

const baseline: Weights = { interest: 0.45, popularity: 0.35, exploration: 0.2 };

/** Models by the value of the setting RANKING_MODEL. Any other name is a trial: the baseline's weights, with draws of its own. */
const models: ReadonlyMap<string, Weights> = new Map([
    ["baseline", baseline],
    ["two-tower", { interest: 0.6, popularity: 0.25, exploration: 0.15 }],
]);

/** Points that are half of the way to the highest popularity; and events of a user that are half of the way to full interest. */
const half = { popularity: 50, interest: 5 } as const;

/** Longest list that is given. */
const longestList = 10;

/**
 * Ranks videos for a reader: the same arguments give the same list.
 *
 * @param reader the user; where a list is for everyone, what it was asked for.
 */
export function rank(candidates: readonly Candidate[], reader: string, model: string): readonly RankedVideo[] {
    const weights = models.get(model) ?? baseline;
    return best(
        candidates,
        ({ id, popularity, interest }) =>
            weights.interest * share(interest, half.interest) +
            weights.popularity * share(popularity, half.popularity) +
            weights.exploration * draw(`${model} ${reader} ${id}`),
    );
}

/** The videos that have most points of late. */
export function trending(candidates: readonly Candidate[]): readonly RankedVideo[] {
    return best(candidates, ({ popularity }) => share(popularity, half.popularity));
}

function best(candidates: readonly Candidate[], scoreOf: (candidate: Candidate) => number): readonly RankedVideo[] {
    return candidates
        .map((candidate) => ({ id: candidate.id, title: candidate.title, creator: candidate.creator, score: scoreOf(candidate) }))
        .toSorted((one, other) => other.score - one.score || one.id.localeCompare(other.id))
        .slice(0, longestList);
}

/** A count on a scale from 0 to 1, where `middle` is 0.5. Below 0 it is 0. */
function share(count: number, middle: number): number {
    return count <= 0 ? 0 : count / (count + middle);
}

/** A number from 0 to 1 that depends on nothing but the text. */
function draw(text: string): number {
    return createHash("sha1").update(text).digest().readUInt16BE(0) / 0xff_ff;
}
