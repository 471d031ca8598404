import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";

import { closed, listening } from "../../helpers/listening.ts";

/** What takes a request to the candidate, v2. */
export const testerKey = "a-good-key";

/** An answer of the played service. */
export interface PlayedAnswer {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly json: unknown;
}

/** A request as it came through the gateway. */
export interface PlayedRequest {
    readonly method: string;
    readonly path: string;
    readonly host: string;
    readonly revision: string;
    readonly json: unknown;
}

/** How an answer is spoiled. `undefined`: there is none. */
export type Spoiling = (answer: PlayedAnswer, request: PlayedRequest) => PlayedAnswer | undefined;

const videos = [
    { id: "video-1", title: "Sourdough for beginners", creator: "creator-1", score: 0.9 },
    { id: "video-2", title: "Sourdough on a budget", creator: "creator-1", score: 0.5 },
];

/** A server that plays the gateway with a sound service behind it, as docs/service-contract.md has it. */
export class GatewayPlayer {
    readonly requests: PlayedRequest[] = [];
    /** Ids of the events that were accepted. */
    readonly events: string[] = [];
    spoil: Spoiling = (answer) => answer;
    readonly #asked = new Set<string>();
    readonly #server: Server = createServer((incoming, response) => {
        void this.#reply(incoming, response);
    });

    async start(): Promise<string> {
        return `http://127.0.0.1:${String(await listening(this.#server))}`;
    }

    async stop(): Promise<void> {
        await closed(this.#server);
    }

    async #reply(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
        const body = await text(incoming);
        const { "x-tester-key": key } = incoming.headers;
        const json: unknown = body === "" ? undefined : JSON.parse(body);
        const request: PlayedRequest = {
            method: incoming.method ?? "",
            path: incoming.url ?? "",
            host: incoming.headers.host ?? "",
            revision: key === testerKey ? "v2" : "v1",
            json,
        };
        this.requests.push(request);
        const answer = this.spoil(this.#answer(request), request);
        if (answer !== undefined) {
            response.writeHead(answer.status, answer.headers).end(typeof answer.json === "string" ? answer.json : JSON.stringify(answer.json));
        }
    }

    #answer({ method, path, revision }: PlayedRequest): PlayedAnswer {
        const cache = this.#asked.has(path) ? "hit" : "miss";
        this.#asked.add(path);
        const headers = { "x-served-by-revision": revision, "x-served-by-pod": `${revision}-pod`, "x-cache": cache };
        const url = new URL(path, "http://service");
        switch (`${method} ${url.pathname}`) {
            case "GET /health/started":
            case "GET /health/ready":
            case "GET /health/live":
                return { status: 200, headers, json: { status: "ok" } };
            case "GET /api/v1/feed":
            case "GET /api/v1/creators/creator-1/recommendations":
                return { status: 200, headers, json: { videos } };
            case "GET /api/v1/search": {
                const wanted = url.searchParams.get("q")?.toLowerCase() ?? "";
                return { status: 200, headers, json: { videos: videos.filter(({ title }) => title.toLowerCase().includes(wanted)) } };
            }
            case "GET /api/v1/trending":
                return { status: 200, headers, json: { videos, updatedAt: new Date().toISOString() } };
            case "GET /api/v1/videos/video-1/similar":
                return { status: 200, headers, json: { videos: videos.slice(1) } };
            case "POST /api/v1/engagement": {
                const id = `event-${String(this.events.length)}`;
                this.events.push(id);
                return { status: 202, headers, json: { id } };
            }
            default:
                return { status: 404, headers, json: { error: "no such route" } };
        }
    }
}
