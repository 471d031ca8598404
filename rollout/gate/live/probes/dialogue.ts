import { wordsOf } from "../../../words.ts";
import type { ProbeName } from "../../criterion.ts";
import { type ProbeAnswer, checkCache, checkFound, checkServed, checkSimilar, checkTrending, eventIn, videosIn } from "./answer.ts";
import type { EventWitness } from "./event-witness.ts";

/** A revision to talk to. */
export interface ProbedRevision {
    readonly name: string;
    /** Sends the request, whatever the weights say, and returns the answer, whatever it is. @throws when there is none in time. */
    readonly ask: (request: ProbeRequest) => Promise<ProbeAnswer>;
    /** Sees whether engagement events are recorded. If omitted, that is not checked. */
    readonly events?: EventWitness;
}

/** A request of a probe. */
export interface ProbeRequest {
    readonly method: "GET" | "POST";
    /** With the query. */
    readonly path: string;
    /** Sent as JSON. */
    readonly json?: unknown;
}

/** Who probes: a user that no person has, so that its events can be told from those of people. */
const probingUser = "rollout-probe";

/** Requests that a cache has to answer the second time. */
const cacheTries = 5;

/** What each probe says and expects. A probe throws saying what is wrong. */
export const dialogues: Readonly<Record<ProbeName, (revision: ProbedRevision) => Promise<void>>> = {
    health: async (revision) => {
        for (const path of ["/health/started", "/health/ready", "/health/live"]) {
            await get(revision, path);
        }
    },
    api: async (revision) => {
        videosIn(await get(revision, `/api/v1/feed?user=${probingUser}`));
    },
    cache: async (revision) => {
        const answers: ProbeAnswer[] = [];
        while (answers.length < cacheTries && !answers.slice(1).some(({ headers }) => headers["x-cache"] === "hit")) {
            answers.push(await get(revision, `/api/v1/feed?user=${probingUser}-cache`));
        }
        checkCache(answers);
    },
    "engagement-events": async (revision) => {
        if (revision.events === undefined) {
            throw new Error("nothing is configured that sees whether events are recorded");
        }
        const [video] = videosIn(await get(revision, `/api/v1/feed?user=${probingUser}`));
        const wait = await revision.events.begin(revision.name);
        try {
            const answer = await revision.ask({ method: "POST", path: "/api/v1/engagement", json: { user: probingUser, video: video.id, kind: "view" } });
            checkServed(answer, revision.name, 202);
            await wait.recorded({ id: eventIn(answer), pod: answer.headers["x-served-by-pod"] });
        } finally {
            await wait.end();
        }
    },
    search: async (revision) => {
        const [video] = videosIn(await get(revision, `/api/v1/feed?user=${probingUser}`));
        // The longest word of a title that is there: something must be found.
        const text = video.title.split(/\s+/).reduce((longest, word) => (word.length > longest.length ? word : longest));
        checkFound(await get(revision, `/api/v1/search?q=${encodeURIComponent(text)}`), text);
    },
    trending: async (revision) => {
        checkTrending(await get(revision, "/api/v1/trending"), Date.now());
    },
    "creator-recommendations": async (revision) => {
        const [video] = videosIn(await get(revision, "/api/v1/trending"));
        videosIn(await get(revision, `/api/v1/creators/${encodeURIComponent(video.creator)}/recommendations`));
    },
    "similar-videos": async (revision) => {
        const [video] = videosIn(await get(revision, "/api/v1/trending"));
        checkSimilar(await get(revision, `/api/v1/videos/${encodeURIComponent(video.id)}/similar`), video.id);
    },
};

async function get(revision: ProbedRevision, path: string): Promise<ProbeAnswer> {
    const answer = await revision.ask({ method: "GET", path });
    try {
        checkServed(answer, revision.name, 200);
    } catch (error) {
        throw new Error(`${path}: ${wordsOf(error)}`, { cause: error });
    }
    return answer;
}
