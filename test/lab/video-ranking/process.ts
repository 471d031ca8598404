import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import getPort from "get-port";
import { Pool } from "undici";

import type { ProbeAnswer, ProbeRequest, ProbedPod } from "../../../rollout/gate/live/probes/context.ts";
import { formatOf, readExposition } from "../../../rollout/watch/live/pod-metrics/exposition.ts";
import { waitUntil } from "../../../lab/wait.ts";

const folderOfService = join(import.meta.dirname, "../../../examples/video-ranking");

/** What a process of the service is started with: the files that its pod would have. */
export interface ServiceFiles {
    readonly service: string;
    readonly revision: string;
    readonly settings: Readonly<Record<string, string>>;
    readonly secrets: Readonly<Record<string, string>>;
}

/** The real service as a plain process, with the files of a pod. */
export class ServiceProcess {
    /** What it has logged, line by line. */
    readonly lines: Readonly<Record<string, unknown>>[] = [];
    readonly origin: string;
    readonly metricsUrl: string;
    readonly pod: ProbedPod;
    readonly #child: ChildProcess;
    readonly #exited: Promise<unknown>;
    readonly #pool: Pool;

    private constructor(child: ChildProcess, ports: { readonly http: number; readonly metrics: number }, podName: string) {
        this.#child = child;
        this.#exited = once(child, "exit");
        this.origin = `http://127.0.0.1:${String(ports.http)}`;
        this.#pool = new Pool(this.origin);
        this.metricsUrl = `http://127.0.0.1:${String(ports.metrics)}/metrics`;
        this.pod = {
            name: podName,
            metrics: async () => {
                const answer = await fetch(this.metricsUrl);
                return readExposition(await answer.text(), formatOf(answer.headers.get("content-type") ?? undefined));
            },
        };
        if (child.stdout !== null) {
            createInterface(child.stdout).on("line", (line) => {
                this.lines.push(JSON.parse(line) as Record<string, unknown>);
            });
        }
    }

    /** Starts a process. @param folder an empty folder of its own. */
    static async start(folder: string, { service, revision, settings, secrets }: ServiceFiles): Promise<ServiceProcess> {
        for (const [name, files] of Object.entries({ settings, secrets })) {
            mkdirSync(join(folder, name), { recursive: true });
            for (const [file, text] of Object.entries(files)) {
                writeFileSync(join(folder, name, file), text);
            }
        }
        const ports = { http: await getPort(), metrics: await getPort() };
        const podName = `${service}-${revision}-${String(ports.http)}`;
        const child = spawn(process.execPath, [join(folderOfService, "main.ts")], {
            // Nothing of this process's environment: a pod has none of it.
            env: {
                SERVICE_FILES: folder,
                HTTP_PORT: String(ports.http),
                METRICS_PORT: String(ports.metrics),
                SERVICE_NAME: service,
                REVISION_NAME: revision,
                POD_NAME: podName,
            },
            stdio: ["ignore", "pipe", "inherit"],
        });
        return new ServiceProcess(child, ports, podName);
    }

    /** Waits until it is ready. */
    async ready(): Promise<this> {
        await waitUntil(
            async () => {
                const { status } = await this.ask({ path: "/health/ready" });
                if (status !== 200) {
                    throw new Error(`${String(status)}; its log ends: ${JSON.stringify(this.lines.slice(-3))}`);
                }
            },
            { what: "the service", withinMs: 30_000, everyMs: 100 },
        );
        return this;
    }

    /** Sends a request, as a probe of the program would. */
    async ask({ method = "GET", path, headers = {}, json }: ProbeRequest): Promise<ProbeAnswer> {
        const answer = await this.#pool.request({ method, path, headers, body: json === undefined ? null : JSON.stringify(json), headersTimeout: 3_000 });
        return {
            status: answer.statusCode,
            headers: Object.fromEntries(Object.entries(answer.headers).map(([key, value]) => [key, String(value)])),
            body: await answer.body.text(),
        };
    }

    /** Sum of a metric's samples whose labels are these, among others. */
    async total(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
        const samples = (await this.pod.metrics()).filter(
            (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
        );
        return samples.reduce((sum, { value }) => sum + value, 0);
    }

    /** Sends a signal. */
    signal(signal: NodeJS.Signals): void {
        this.#child.kill(signal);
    }

    /** Code that the process ended with; null where a signal ended it. */
    async exitCode(): Promise<number | null> {
        await this.#exited;
        return this.#child.exitCode;
    }

    /** Ends it at once. */
    async kill(): Promise<void> {
        this.#child.kill("SIGKILL");
        await this.#exited;
        await this.#pool.destroy();
    }
}
