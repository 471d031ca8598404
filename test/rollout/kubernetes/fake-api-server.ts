import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type RequestListener, type Server, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { vi } from "vitest";

/** An answer: a status and a body; or `undefined` for none at all. */
export interface FakeAnswer {
    readonly status: number;
    readonly body: unknown;
    /** The answer's `Date`. @default now; `null`: none */
    readonly date?: string | null;
}

/** A request as it came in. */
export interface FakeRequest {
    readonly method: string;
    readonly url: string;
    readonly body: unknown;
    readonly contentType: string | undefined;
}

/** A server that answers as a test wants the API server to, with a kubeconfig whose context `lab` leads to it. */
export class FakeApiServer {
    readonly kubeContext = "lab";
    /** What was asked, in order. */
    readonly requests: FakeRequest[] = [];
    readonly #folder = mkdtempSync(join(tmpdir(), "fake-api-server-"));
    #server: Server | undefined;

    constructor() {
        vi.stubEnv("KUBECONFIG", join(this.#folder, "kubeconfig"));
    }

    /** Answers each request with what `respond` gives. */
    async answer(respond: (request: FakeRequest, number: number) => FakeAnswer | undefined): Promise<void> {
        await this.serve((incoming, response) => {
            void bodyOf(incoming).then((body) => {
                const request = { method: incoming.method ?? "", url: incoming.url ?? "", body, contentType: incoming.headers["content-type"] };
                const answer = respond(request, this.requests.push(request));
                if (answer === undefined) {
                    return;
                }
                if (answer.date === null) {
                    response.sendDate = false;
                } else if (answer.date !== undefined) {
                    response.setHeader("date", answer.date);
                }
                response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
            });
        });
    }

    /** Hands each request to `listener`. */
    async serve(listener: RequestListener): Promise<void> {
        const server = createServer(listener);
        this.#server = server;
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const address = server.address();
        this.writeKubeconfig(typeof address === "object" && address !== null ? address.port : 0);
    }

    /** Writes a kubeconfig with one context, `lab`; or any other text. */
    writeKubeconfig(content: number | string): void {
        const config = {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name: "lab", cluster: { server: `http://127.0.0.1:${String(content)}`, "insecure-skip-tls-verify": true } }],
            users: [{ name: "lab", user: {} }],
            contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
        };
        writeFileSync(join(this.#folder, "kubeconfig"), typeof content === "number" ? JSON.stringify(config) : content);
    }

    /** Changes the text of the kubeconfig. */
    changeKubeconfig(change: (text: string) => string): void {
        const file = join(this.#folder, "kubeconfig");
        writeFileSync(file, change(readFileSync(file, "utf8")));
    }

    /**
     * Has the kubeconfig's user get its credential from a plugin, a script of the shell that notes each run.
     *
     * @param credential what the plugin prints: its `status`, or the script's own commands.
     * @returns how often it was run.
     */
    withCredentialPlugin(credential: { readonly token: string; readonly expirationTimestamp?: string } | string): () => number {
        const [script, runs] = [join(this.#folder, "credential.sh"), join(this.#folder, "runs")];
        const printed = JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: credential });
        writeFileSync(script, `echo run >> ${runs}\n${typeof credential === "string" ? credential : `sleep 0.1; echo '${printed}'`}\n`);
        writeFileSync(runs, "");
        const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: [script], interactiveMode: "Never" };
        this.changeKubeconfig((text) => JSON.stringify({ ...JSON.parse(text), users: [{ name: "lab", user: { exec } }] }));
        return () => readFileSync(runs, "utf8").split("\n").length - 1;
    }

    /** Takes the server away, and leaves the kubeconfig. */
    stop(): void {
        this.#server?.closeAllConnections();
        this.#server?.close();
        this.#server = undefined;
    }

    /** Ends everything that was made. */
    remove(): void {
        this.stop();
        vi.unstubAllEnvs();
        rmSync(this.#folder, { recursive: true });
    }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
    const sent = await text(request);
    return sent === "" ? undefined : JSON.parse(sent);
}
