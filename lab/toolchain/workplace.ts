import { createWriteStream } from "node:fs";
import { basename } from "node:path";

import { execa } from "execa";

/** Where a tool is made, and how its maker speaks. */
export interface Workplace {
    /** What is put into this folder becomes the tool's folder, in one rename, when the maker returns. */
    readonly output: string;
    /** A scratch folder, empty at the start and thrown away at the end. */
    readonly scratch: string;
    /** A file that takes all the programs print. */
    readonly log: string;
    /** Tells people what is going on: one short line, as often as there is news. */
    readonly say: (line: string) => void;
    /** Takes what a program that ran has cost, in processor seconds, those of its own children included. @default nothing is measured */
    readonly spent?: (processorSeconds: number) => void;
}

/** Lines of a failed program that are repeated in the error. The rest is in the log. */
const errorLines = 12;

/**
 * Runs a program with its output in the workplace's log, and hands each line on as it comes.
 *
 * @param say gets each line; default: the workplace's own.
 * @throws {Error} with the command, its last lines and the log's path when it cannot be started or fails.
 */
export async function run(
    place: Workplace,
    file: string,
    args: readonly string[],
    options: {
        readonly cwd: string;
        readonly env?: Readonly<Record<string, string>>;
        /** Whether the program gets the caller's environment beside `env`. @default true */
        readonly extendEnv?: boolean;
        readonly say?: (line: string) => void;
    },
): Promise<void> {
    const say = options.say ?? place.say;
    const log = createWriteStream(place.log, { flags: "a" });
    const last: string[] = [];
    log.write(`$ ${[file, ...args].join(" ")}\n`);
    // Node doesn't say what a child has cost. A shell does, of its own children: the program ends with it all the same, however it is stopped.
    const measured =
        place.spent === undefined ? [file, ...args] : ["bash", "-c", 'setpriv --pdeathsig TERM "$@"; code=$?; times >&3; exit $code', "bash", file, ...args];
    const [command = file, ...rest] = measured;
    try {
        const program = execa(command, rest, {
            cwd: options.cwd,
            env: options.env ?? {},
            extendEnv: options.extendEnv ?? true,
            stdio: ["ignore", "pipe", "pipe", "pipe"],
            all: true,
            buffer: { stdout: false, stderr: false, all: false, fd3: true },
        });
        for await (const line of program.iterable({ from: "all" })) {
            log.write(`${line}\n`);
            last.push(line);
            last.splice(0, last.length - errorLines);
            say(line);
        }
        place.spent?.(childSeconds((await program).stdio[3]));
    } catch (error) {
        const reason = error instanceof Error && last.length === 0 ? `\n    ${error.message}` : "";
        throw new Error(`${file} ${args[0] ?? ""} failed:${reason}${last.map((line) => `\n    ${line}`).join("")}\nThe whole log is ${place.log}`, {
            cause: error,
        });
    } finally {
        log.end();
    }
}

/** Processor seconds, of users and of the system, in the second line of what a shell's `times` prints: those of its children. */
export function childSeconds(times: string): number {
    const [, children = ""] = times.split("\n");
    return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((all, [, minutes, seconds]) => all + Number(minutes) * 60 + Number(seconds), 0);
}

/** Starts a program that was made. @throws {Error} when it does not say its version: then it is not kept. */
export async function checkVersion(program: string, recipe: { readonly version: string; readonly check: readonly string[] }): Promise<void> {
    const { all } = await execa(program, recipe.check, { all: true, reject: false, timeout: 30_000, stdin: "ignore" });
    if (!all.includes(recipe.version)) {
        throw new Error(`${basename(program)} ${recipe.check.join(" ")} should say ${recipe.version}, but printed: ${all.slice(0, 500)}`);
    }
}
