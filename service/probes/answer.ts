import { z } from "zod";

import { answerProblem } from "../../rollout/gate/live/probes/answer.ts";
import type { ProbeAnswer } from "../../rollout/gate/live/probes/context.ts";

const video = z.object({ id: z.string().min(1), title: z.string().min(1), creator: z.string().min(1), score: z.number() });
const videoList = z.object({ videos: z.array(video).min(1) });
const trendingList = videoList.extend({ updatedAt: z.iso.datetime({ offset: true }) });
const acceptedEvent = z.object({ id: z.string().min(1) });

/** A video as the service gives it. */
export type ProbedVideo = z.infer<typeof video>;

/** Oldest that trending videos may be: five minutes. See docs/service-contract.md. */
const trendingAtMostMs = 5 * 60_000;

/** How far the clocks of the service and of the answering pod may be apart, in milliseconds. */
const clockToleranceMs = 5_000;

/** The answer is of `revision` and has `status`. @throws saying what is wrong. */
export function checkServed(answer: ProbeAnswer, revision: string, status: number): void {
    const problem = answerProblem({ status, servedBy: "x-served-by-revision" }, answer, revision);
    if (problem !== undefined) {
        throw new Error(problem);
    }
}

/** The videos of an answer: at least one. @throws saying what is wrong. */
export function videosIn({ body }: ProbeAnswer): readonly [ProbedVideo, ...ProbedVideo[]] {
    const [first, ...others] = parsed(videoList, body).videos;
    if (first === undefined) {
        throw new Error("the list of videos is empty");
    }
    return [first, ...others];
}

/** Every title holds `text`, in whatever case. @throws naming the first that doesn't. */
export function checkFound(answer: ProbeAnswer, text: string): void {
    const other = videosIn(answer).find(({ title }) => !title.toLowerCase().includes(text.toLowerCase()));
    if (other !== undefined) {
        throw new Error(`a search for '${text}' found '${other.title}'`);
    }
}

/** The list was made within the last five minutes, by the clock of the answer's `date` header, else by `nowMs`. @throws saying how old it is. */
export function checkTrending(answer: ProbeAnswer, nowMs: number): void {
    const { updatedAt } = parsed(trendingList, answer.body);
    const answeredMs = Date.parse(answer.headers.date ?? "");
    const ageMs = (Number.isNaN(answeredMs) ? nowMs : answeredMs) - Date.parse(updatedAt);
    if (ageMs > trendingAtMostMs + clockToleranceMs) {
        throw new Error(`the trending videos are ${(ageMs / 60_000).toFixed(1)} minutes old, of ${updatedAt}`);
    }
    if (ageMs < -clockToleranceMs) {
        throw new Error(`the trending videos are from the future: ${updatedAt}`);
    }
}

/** Videos similar to `id` are given, and not `id` itself. @throws saying what is wrong. */
export function checkSimilar(answer: ProbeAnswer, id: string): void {
    if (videosIn(answer).some((one) => one.id === id)) {
        throw new Error(`video ${id} is among those similar to itself`);
    }
}

/**
 * Each answer holds videos, a cache was asked for it, and had one at least once. Not each time: an entry may be thrown out in between.
 *
 * @throws saying what is wrong.
 */
export function checkCache(answers: readonly ProbeAnswer[]): void {
    answers.forEach(videosIn);
    const results = answers.map(({ headers }) => headers["x-cache"]);
    if (results.some((result) => result !== "hit" && result !== "miss")) {
        throw new Error("an answer doesn't say what the cache gave (x-cache: hit or miss)");
    }
    if (!results.includes("hit")) {
        throw new Error(`the same request missed the cache ${String(results.length)} times in a row`);
    }
}

/** Id of the event that was accepted. @throws when there is none. */
export function eventIn({ body }: ProbeAnswer): string {
    return parsed(acceptedEvent, body).id;
}

function parsed<T>(schema: z.ZodType<T>, body: string): T {
    let json: unknown;
    try {
        json = JSON.parse(body);
    } catch {
        throw new Error(`the answer is no JSON: ${body.slice(0, 100)}`);
    }
    const result = schema.safeParse(json);
    if (!result.success) {
        const [issue] = result.error.issues;
        throw new Error(`the answer isn't as agreed: ${issue === undefined ? "unknown" : `${issue.path.join(".")}: ${issue.message}`}`);
    }
    return result.data;
}
