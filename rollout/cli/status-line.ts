import type { Output } from "./output.ts";

/**
 * A line that says how it stands. On a terminal it is written over; in a log a new line comes when its words change, and every ten seconds, so that a
 * reader sees that work goes on.
 */
export class StatusLine {
    readonly #output: Output;
    #shownMs = Number.NEGATIVE_INFINITY;
    #shape = "";

    constructor(output: Output) {
        this.#output = output;
    }

    show(text: string): void {
        if (!this.#output.json && process.stdout.isTTY) {
            const [first = ""] = text.split("\n");
            process.stdout.write(`\r\u001B[2K${first.slice(0, process.stdout.columns - 1)}`);
            return;
        }
        const shape = text.replaceAll(/\d+/g, "#");
        if (shape !== this.#shape || performance.now() - this.#shownMs > everyMs) {
            this.#shape = shape;
            this.#shownMs = performance.now();
            this.#output.progress(text);
        }
    }

    /** Leaves the line as it is, and goes to the next. */
    end(): void {
        if (!this.#output.json && process.stdout.isTTY) {
            process.stdout.write("\n");
        }
    }
}

const everyMs = 10_000;
