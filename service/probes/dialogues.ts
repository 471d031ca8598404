import type { ProbeAnswer, ProbeContext, ProbeFunction } from "../../rollout/gate/live/probes/context.ts";
import { wordsOf } from "../../rollout/words.ts";
import { checkCache, checkFound, checkServed, checkSimilar, checkTrending, eventIn, videosIn } from "./answer.ts";
import { recordedEvents } from "./recorded-events.ts";

/** Who probes: a user that no person has, so that its events can be told from those of people. */
const probingUser = "rollout-probe";

/** Requests that a cache has to answer the second time. */
const cacheTries = 5;

/** The revision says that it started, is ready and lives. */
export const health: ProbeFunction = async (probe) => {
    for (const path of ["/health/started", "/health/ready", "/health/live"]) {
        await get(probe, path);
    }
};

/** A user gets a feed. */
export const api: ProbeFunction = async (probe) => {
    videosIn(await get(probe, `/api/v1/feed?user=${probingUser}`));
};

/** The same feed comes from the cache once it was asked for. */
export const cache: ProbeFunction = async (probe) => {
    const answers: ProbeAnswer[] = [];
    while (answers.length < cacheTries && !answers.slice(1).some(({ headers }) => headers["x-cache"] === "hit")) {
        answers.push(await get(probe, `/api/v1/feed?user=${probingUser}-cache`));
    }
    checkCache(answers);
};

/** An event that a user sends is recorded. It leaves the event behind. */
export const engagementEvents: ProbeFunction = async (probe) => {
    const [video] = videosIn(await get(probe, `/api/v1/feed?user=${probingUser}`));
    const recorded = await recordedEvents(await probe.pods(), probe.signal);
    const answer = await probe.ask({ method: "POST", path: "/api/v1/engagement", json: { user: probingUser, video: video.id, kind: "view" } });
    checkServed(answer, probe.revision, 202);
    await recorded({ id: eventIn(answer), pod: answer.headers["x-served-by-pod"] });
};

/** A search for a word of a title finds titles with it. */
export const search: ProbeFunction = async (probe) => {
    const [video] = videosIn(await get(probe, `/api/v1/feed?user=${probingUser}`));
    // The longest word of a title that is there: something must be found.
    const text = video.title.split(/\s+/).reduce((longest, word) => (word.length > longest.length ? word : longest));
    checkFound(await get(probe, `/api/v1/search?q=${encodeURIComponent(text)}`), text);
};

/** The trending videos are fresh. */
export const trending: ProbeFunction = async (probe) => {
    checkTrending(await get(probe, "/api/v1/trending"), Date.now());
};

/** A creator of a trending video gets recommendations. */
export const creatorRecommendations: ProbeFunction = async (probe) => {
    const [video] = videosIn(await get(probe, "/api/v1/trending"));
    videosIn(await get(probe, `/api/v1/creators/${encodeURIComponent(video.creator)}/recommendations`));
};

/** A trending video has similar ones, and is none of them. */
export const similarVideos: ProbeFunction = async (probe) => {
    const [video] = videosIn(await get(probe, "/api/v1/trending"));
    checkSimilar(await get(probe, `/api/v1/videos/${encodeURIComponent(video.id)}/similar`), video.id);
};

async function get({ ask, revision }: ProbeContext, path: string): Promise<ProbeAnswer> {
    const answer = await ask({ path });
    try {
        checkServed(answer, revision, 200);
    } catch (error) {
        throw new Error(`${path}: ${wordsOf(error)}`, { cause: error });
    }
    return answer;
}
