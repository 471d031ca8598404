/** Why a part of a text can't be read: what is wrong, what to do, and where. */
export class ReadingProblem extends Error {
    /** Offset in the text that was read, in UTF-16 code units. */
    readonly offset: number;

    constructor(offset: number, message: string) {
        super(message);
        this.offset = offset;
    }
}
