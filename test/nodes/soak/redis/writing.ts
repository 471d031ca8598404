import { createInterface } from "node:readline";
import { join } from "node:path";

import { execa } from "execa";

import { labLayout } from "../../../../lab/api.ts";
import { realNodes } from "../../../../lab/nodes/plan.ts";
import type { Observed, WriterSettings } from "./observed.ts";

/** The writer as a process in the network of a node, with the look-up of names of a pod. It outlives the end of that node, as a client on another machine does. */
export class Writing {
    readonly #ask: (question: string) => Promise<unknown>;
    readonly #end: () => Promise<void>;

    /** @param resolverFile what it takes for /etc/resolv.conf. */
    constructor(settings: WriterSettings, resolverFile: string) {
        const [node] = realNodes(labLayout());
        const script = 'mount --bind "$1" /etc/resolv.conf && exec "$2" "$3"';
        const child = execa(
            "nsenter",
            [
                `--net=/run/netns/${node?.namespace ?? ""}`,
                ...["unshare", "--mount", "sh", "-c", script, "writer", resolverFile, process.execPath, join(import.meta.dirname, "writer.ts")],
            ],
            { env: { WRITER_SETTINGS: JSON.stringify(settings) }, stderr: "inherit", buffer: false, reject: false },
        );
        const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
        this.#ask = async (question) => {
            child.stdin.write(`${question}\n`);
            const { value, done } = await answers.next();
            if (done === true) {
                throw new Error("the writer has ended");
            }
            return JSON.parse(value) as unknown;
        };
        this.#end = async () => {
            child.stdin.end();
            await child;
        };
    }

    /** Forgets what was measured so far. */
    async begin(): Promise<void> {
        await this.#ask("begin");
    }

    /** What was measured since. */
    async report(): Promise<Observed> {
        return (await this.#ask("report")) as Observed;
    }

    async end(): Promise<void> {
        await this.#end();
    }
}
