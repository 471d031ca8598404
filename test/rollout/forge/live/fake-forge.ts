import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer of the fake forge: JSON with status 200, or whatever a function writes. */
export type Answer = object | readonly unknown[] | ((response: ServerResponse, request: IncomingMessage, times: number) => void);

/** A server that answers paths as a forge does, and notes what it was asked. What it has no answer for is 404. */
export class FakeForge {
    readonly asked: string[] = [];
    /** Headers of the last request. */
    headers: IncomingMessage["headers"] = {};
    readonly answers: Record<string, Answer>;
    readonly #server: Server;

    private constructor(answers: Record<string, Answer>) {
        this.answers = answers;
        this.#server = createServer((request, response) => {
            const path = decodeURIComponent(request.url ?? "");
            this.asked.push(path);
            this.headers = request.headers;
            const answer = this.answers[path];
            if (typeof answer === "function") {
                answer(response, request, this.asked.filter((one) => one === path).length);
            } else {
                response
                    .writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" })
                    .end(JSON.stringify(answer ?? { message: "Not Found" }));
            }
        });
    }

    static async start(answers: Record<string, Answer>): Promise<FakeForge> {
        const forge = new FakeForge(answers);
        await new Promise<void>((resolve) => forge.#server.listen(0, "127.0.0.1", resolve));
        return forge;
    }

    get url(): string {
        const { port } = this.#server.address() as AddressInfo;
        return `http://127.0.0.1:${String(port)}`;
    }

    async stop(): Promise<void> {
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
    }
}

/** A commit's name: forty times one hex digit. */
export function sha(digit: string): string {
    return digit.repeat(40);
}
