import { execa } from "execa";
import getPort from "get-port";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { ensureTools, toolFolder, toolPath } from "../toolchain/index.ts";

/** Flagger's own definitions: what it adds to a cluster. */
export function flaggerDefinitions(): string {
    return readFileSync(join(toolFolder("flagger-crds"), "crd.yaml"), "utf8");
}

/** Builds Flagger where it is not in the cache: some minutes, once. */
export async function ensureFlagger(): Promise<void> {
    await ensureTools(["flagger", "flagger-crds"], { progress: "stderr" });
}

/** Where a Flagger works. */
export interface FlaggerArgs {
    readonly namespace: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly kubeconfigFile: string;
    readonly prometheusUrl: string;
}

/** A line of Flagger's log. */
export interface FlaggerNews {
    readonly atMs: number;
    readonly message: string;
}

/** Flagger itself as a process on this machine, for one namespace. It ends with the process that started it. */
export class Flagger {
    /** Its log until now, oldest first. */
    readonly log: FlaggerNews[] = [];
    readonly #child: ReturnType<typeof start>;
    readonly #read: Promise<void>;

    private constructor(child: ReturnType<typeof start>) {
        this.#child = child;
        this.#read = this.#follow();
    }

    /** Starts it. The definitions must be in the cluster. */
    static async start({ namespace, environment, kubeconfigFile, prometheusUrl }: FlaggerArgs): Promise<Flagger> {
        const port = await getPort({ host: "127.0.0.1" });
        const args = [
            "-mesh-provider=gatewayapi:v1",
            `-metrics-server=${prometheusUrl}`,
            `-kubeconfig=${kubeconfigFile}`,
            `-namespace=${namespace}`,
            "-selector-labels=app",
            "-include-label-prefix=*",
            `-port=${String(port)}`,
            "-log-level=info",
        ];
        return new Flagger(start(args, environment));
    }

    /** Stops it. */
    async stop(): Promise<void> {
        this.#child.kill("SIGTERM");
        await this.#child;
        await this.#read;
    }

    async #follow(): Promise<void> {
        try {
            for await (const line of this.#child.iterable({ from: "all" })) {
                const news = typeof line === "string" && line.startsWith("{") ? newsSchema.safeParse(JSON.parse(line)) : undefined;
                if (news?.success === true) {
                    this.log.push({ atMs: Date.parse(news.data.ts), message: news.data.msg });
                }
            }
        } catch {
            // The stream breaks when it is stopped.
        }
    }
}

function start(args: readonly string[], env: Readonly<Record<string, string>>) {
    return execa(toolPath("flagger"), args, { env, extendEnv: false, reject: false, buffer: false, all: true, stdin: "ignore", timeout: 7_200_000 });
}

const newsSchema = z.object({ ts: z.string(), msg: z.string() });
