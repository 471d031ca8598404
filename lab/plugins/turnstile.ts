/** Lets one piece of work through at a time, in the order of arrival. */
export class Turnstile {
    #last: Promise<unknown> = Promise.resolve();

    /** Runs the work after all that came before it has ended, however it ended. */
    pass<Result>(work: () => Promise<Result>): Promise<Result> {
        const result = this.#last.then(work, work);
        this.#last = result;
        return result;
    }
}
