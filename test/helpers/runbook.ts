/** A block of commands of a runbook. */
export interface RunbookBlock {
    /** Heading that it stands under. */
    readonly heading: string;
    readonly commands: string;
    /** `sets`: variables that the others need, which a test gives values of its own. `run`: a test runs it. `by-hand`: it needs something that no test has. */
    readonly kind: "sets" | "run" | "by-hand";
    /** Codes that it may end with. */
    readonly exitCodes: readonly number[];
}

/**
 * The fenced blocks of a page, in their order. The words after the language say what a test does with each: `bash sets`, `bash run`, `bash run exit=0,3`, `bash by-hand`.
 *
 * @throws {Error} where a block says nothing of the kind: nobody would know whether it works.
 */
export function runbookBlocks(page: string): readonly RunbookBlock[] {
    const blocks: RunbookBlock[] = [];
    let heading = "";
    let open: { readonly info: string; readonly indent: number; readonly lines: string[] } | undefined;
    for (const line of page.split("\n")) {
        const fence = /^( *)```(.*)$/.exec(line);
        if (open !== undefined) {
            if (fence === null) {
                open.lines.push(line.slice(open.indent));
            } else {
                blocks.push({ heading, commands: open.lines.join("\n"), ...marked(open.info) });
                open = undefined;
            }
        } else if (fence !== null) {
            open = { info: fence[2] ?? "", indent: (fence[1] ?? "").length, lines: [] };
        } else {
            heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
        }
    }
    if (open !== undefined) {
        throw new Error(`the block under '${heading}' has no end`);
    }
    return blocks;
}

function marked(info: string): Pick<RunbookBlock, "kind" | "exitCodes"> {
    const [, kind, codes] = /^bash (sets|run|by-hand)(?: exit=(\d+(?:,\d+)*))?$/.exec(info) ?? [];
    if (kind !== "sets" && kind !== "run" && kind !== "by-hand") {
        throw new Error(`a block is marked '${info}': mark it bash run, bash run exit=0,3, bash sets or bash by-hand`);
    }
    return { kind, exitCodes: codes === undefined ? [0] : codes.split(",").map(Number) };
}
