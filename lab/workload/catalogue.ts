import { createHash } from "node:crypto";

import type { ReadCall } from "./route.ts";

/** A video as users get it. */
export interface Video {
    readonly id: string;
    readonly title: string;
    readonly creator: string;
    /** From 0 to 1, higher is better. */
    readonly score: number;
}

/** What a read is answered with. */
export interface Answer {
    readonly videos: readonly Video[];
    /** Of `trending` only: when the list was made, ISO 8601. */
    readonly updatedAt?: string;
}

const subjects = [
    "Sourdough",
    "Bicycle repair",
    "Chess openings",
    "Watercolour",
    "Street photography",
    "Home networks",
    "Tomatoes",
    "Guitar",
    "Origami",
    "Coffee",
];
const angles = ["for beginners", "in ten minutes", "on a budget", "step by step", "mistakes to avoid", "with friends"];

/** All videos: each subject has one creator, who made one video for each angle. The same in every process, so that a probe can check what it gets. */
export const videos: readonly Omit<Video, "score">[] = subjects.flatMap((subject, creator) =>
    angles.map((angle, index) => ({
        id: `video-${numbered(creator * angles.length + index + 1)}`,
        title: `${subject} ${angle}`,
        creator: `creator-${numbered(creator + 1)}`,
    })),
);

/** Creators of the videos. */
export const creators: readonly string[] = [...new Set(videos.map(({ creator }) => creator))];

/** Words that every search finds something for. */
export const searchTexts: readonly string[] = [...subjects.map((subject) => subject.toLowerCase()), ...angles];

/** Longest list that is given. */
const longestList = 10;

/** How old the list of trending videos may get, in milliseconds. The contract allows five minutes. */
const trendingEveryMs = 60_000;

/**
 * The answer to a read: the same call gives the same videos in the same order.
 *
 * @param nowMs milliseconds since the epoch; trending videos change with it.
 * @returns undefined where there is no such creator or video.
 */
export function answerOf(call: ReadCall, nowMs: number): Answer | undefined {
    switch (call.kind) {
        case "feed":
            return ranked(videos, call.user);
        case "search": {
            const text = call.text.toLowerCase();
            return ranked(
                videos.filter(({ title }) => title.toLowerCase().includes(text)),
                call.text,
            );
        }
        case "trending": {
            const updatedAt = new Date(nowMs - (nowMs % trendingEveryMs)).toISOString();
            return { ...ranked(videos, updatedAt), updatedAt };
        }
        case "creators":
            return creators.includes(call.creator)
                ? ranked(
                      videos.filter(({ creator }) => creator === call.creator),
                      call.creator,
                  )
                : undefined;
        case "similar": {
            const known = videos.find(({ id }) => id === call.video);
            return known === undefined
                ? undefined
                : ranked(
                      videos.filter(({ id, creator }) => id !== call.video && creator === known.creator),
                      call.video,
                  );
        }
    }
}

/** Keeps rankings that were worked out: hashing sixty videos for each request would be most of the simulator's work. */
const rankings = new Map<string, readonly Video[]>();
const rankingsAtMost = 5_000;

function ranked(found: readonly Omit<Video, "score">[], seed: string): Answer {
    const key = `${found[0]?.id ?? ""} ${String(found.length)} ${seed}`;
    const known = rankings.get(key);
    if (known !== undefined) {
        return { videos: known };
    }
    const list = found
        .map((video) => ({ ...video, score: scoreOf(video.id, seed) }))
        .toSorted((one, other) => other.score - one.score || one.id.localeCompare(other.id))
        .slice(0, longestList);
    if (rankings.size >= rankingsAtMost) {
        rankings.clear();
    }
    rankings.set(key, list);
    return { videos: list };
}

function scoreOf(video: string, seed: string): number {
    return createHash("sha1").update(`${video} ${seed}`).digest().readUInt16BE(0) / 0xff_ff;
}

function numbered(value: number): string {
    return String(value).padStart(3, "0");
}
