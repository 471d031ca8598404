import pc from "picocolors";

/**
 * Where a command's words go: text for people, or one JSON document a line for programs. In JSON, standard output holds results alone. What is said meanwhile goes to standard
 * error, as JSON too, since a pod's log has the lines of both: `{"kind": "progress" | "warning" | "error", "at": <ISO 8601>, "text": ...}`.
 */
export class Output {
    readonly json: boolean;

    constructor(json: boolean) {
        this.json = json;
    }

    /** The command's result: text on standard output, or the JSON that says the same. */
    result(text: string, value: unknown): void {
        console.log(this.json ? JSON.stringify(value) : text);
    }

    /** What happens in the meantime. */
    progress(line: string): void {
        if (this.json) {
            this.#aside("progress", line);
        } else {
            console.log(line);
        }
    }

    /** Something that went wrong and stops nothing. */
    warn(line: string): void {
        if (this.json) {
            this.#aside("warning", line);
        } else {
            console.error(pc.yellow(`warning: ${line}`));
        }
    }

    /**
     * Waits for `work`, and says on standard error what it is once that has lasted two seconds, and every ten from then on: standard output may be somebody's input.
     *
     * @param what `judging the next step`.
     * @param doing what it is about now, where that is known: said in the same line.
     */
    async during<T>(what: string, work: Promise<T>, doing: () => string | undefined = () => undefined): Promise<T> {
        const startedMs = performance.now();
        const say = (): void => {
            const at = doing();
            const line = `${what}, ${String(Math.round((performance.now() - startedMs) / 1_000))} s so far${at === undefined ? "" : `: ${at}`}`;
            if (this.json) {
                this.#aside("progress", line);
            } else {
                console.error(pc.dim(line));
            }
        };
        let every: NodeJS.Timeout | undefined;
        const first = setTimeout(() => {
            say();
            every = setInterval(say, sayEveryMs);
        }, sayAfterMs);
        try {
            return await work;
        } finally {
            clearTimeout(first);
            clearInterval(every);
        }
    }

    /** What ends the command. */
    error(line: string): void {
        if (this.json) {
            this.#aside("error", line);
        } else {
            console.error(pc.red(line));
        }
    }

    #aside(kind: "progress" | "warning" | "error", text: string): void {
        console.error(JSON.stringify({ kind, at: new Date().toISOString(), text }));
    }
}

const sayAfterMs = 2_000;
const sayEveryMs = 10_000;
