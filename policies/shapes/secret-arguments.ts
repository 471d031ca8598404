import { secretInFile } from "./secret-files.ts";
import { secretIn } from "./secret-text.ts";

/** An argument that is a secret: its place in the list, and why. */
export interface SecretArgument {
    readonly index: number;
    readonly why: string;
}

/** The secrets in a command line: `--name=value`, `--name value`, `NAME=value`, the text of a shell, and the short options that take a password. */
export function* secretArguments(words: readonly string[]): Generator<SecretArgument> {
    const program =
        words
            .find((word) => !word.startsWith("-") && !/^[\w.]+=/.test(word))
            ?.split("/")
            .at(-1) ?? "";
    for (const [index, word] of words.entries()) {
        const before = words[index - 1] ?? "";
        const [, name = nameBefore(before, word, program), value = word] = /^--?([\w.-]+)=(.*)$/s.exec(word) ?? /^([\w.-]+)=(\S*)$/.exec(word) ?? [];
        const attached = attachedPassword(word, program);
        const why = (attached === undefined ? secretIn(name, value, true) : secretIn("password", attached, true)) ?? secretInFile("", word);
        if (why !== undefined) {
            yield { index, why };
        }
    }
}

/** The name of the option whose value `word` is, or the empty text. */
function nameBefore(before: string, word: string, program: string): string {
    if (word.startsWith("-")) {
        return "";
    }
    if (before === "-a" && /^(?:redis|valkey)-(?:cli|benchmark)$/.test(program)) {
        return "password";
    }
    return /^(?:--?[A-Za-z][\w.-]*|requirepass|masterauth)$/.test(before) ? before.replace(/^-+/, "") : "";
}

/** The password behind `-p` of MySQL's clients, and behind the user of curl. */
function attachedPassword(word: string, program: string): string | undefined {
    return /^(?:mysql|mariadb)/.test(program) ? /^-p(.+)$/.exec(word)?.[1] : /^(?:-u|--user=)[^:]+:(.+)$/.exec(word)?.[1];
}
