import { type ChildProcess, spawn } from "node:child_process";

/** How long a child may take to end after SIGTERM before it is killed. */
const graceMs = 5_000;

/** What to start, and where its output goes. */
export interface ChildArgs {
    readonly args: readonly string[];
    readonly directory: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** Receives output as it comes. Omitted, the child writes straight to this process's stdout and stderr. */
    readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
}

/** The Node processes that a plugin has started, so that all of them end with it. */
export class Children {
    readonly #running = new Set<ChildProcess>();

    /**
     * Runs Node to its end and gives its exit code; a child ended by a signal gives 128 + the signal's number, as a shell does.
     *
     * @throws {Error} when the process can't be started.
     */
    run(child: ChildArgs): Promise<number> {
        return new Promise((resolve, reject) => {
            const piped = child.onOutput !== undefined;
            const process_ = spawn(process.execPath, child.args, {
                cwd: child.directory,
                env: { ...process.env, ...child.environment },
                stdio: ["ignore", piped ? "pipe" : "inherit", piped ? "pipe" : "inherit"],
            });
            this.#running.add(process_);
            process_.stdout?.on("data", (chunk: Buffer) => child.onOutput?.("stdout", chunk));
            process_.stderr?.on("data", (chunk: Buffer) => child.onOutput?.("stderr", chunk));
            process_.once("error", (error) => {
                this.#running.delete(process_);
                reject(error);
            });
            process_.once("close", (code, signal) => {
                this.#running.delete(process_);
                resolve(code ?? (signal === "SIGINT" ? 130 : signal === "SIGKILL" ? 137 : 143));
            });
        });
    }

    /** Asks every child to end, and kills those that are still there after {@link graceMs}. */
    terminate(): void {
        for (const child of this.#running) {
            child.kill("SIGTERM");
            setTimeout(() => child.kill("SIGKILL"), graceMs).unref();
        }
    }

    /** Kills every child at once: for a plugin that is itself about to end. */
    kill(): void {
        for (const child of this.#running) {
            child.kill("SIGKILL");
        }
    }
}
