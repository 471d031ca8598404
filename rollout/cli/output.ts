import pc from "picocolors";

/** Where a command's words go: text for people, or one JSON document a line for programs. Progress never goes to standard output of a program. */
export class Output {
    readonly json: boolean;

    constructor(json: boolean) {
        this.json = json;
    }

    /** The command's result: text on standard output, or the JSON that says the same. */
    result(text: string, value: unknown): void {
        console.log(this.json ? JSON.stringify(value) : text);
    }

    /** What happens in the meantime: for people only. */
    progress(line: string): void {
        if (this.json) {
            console.error(line);
        } else {
            console.log(line);
        }
    }

    /** Something that went wrong and stops nothing. */
    warn(line: string): void {
        console.error(pc.yellow(`warning: ${line}`));
    }
}
