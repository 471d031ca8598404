import { isPromised, isReference } from "./secret-text.ts";
import { shapeIn } from "./secret-shapes.ts";

/**
 * What makes a text with names and values in it hold a secret, or undefined: a configuration file in any of the usual forms, a connection string, a line of a shell. The answer never contains
 * the value.
 *
 * @param key name of the file.
 */
export function secretInFile(key: string, content: string): string | undefined {
    const shape = shapeIn(content);
    if (shape !== undefined) {
        return `it holds ${shape}`;
    }
    if (key.endsWith("pgpass") && /^[^#:\n][^:\n]*:[^:\n]*:[^:\n]*:[^:\n]*:(?![$*])[^\n]+$/m.test(content)) {
        return "it holds a password of PostgreSQL";
    }
    // Nothing that promises a secret: the many patterns below need not look.
    if (!promising.test(content)) {
        return undefined;
    }
    for (const [name, value] of assignmentsIn(content)) {
        if (isPromised(name, value) && !isProse(value)) {
            return `the value of ${name.slice(0, 80)} in it is a secret`;
        }
    }
    return undefined;
}

/** A name, an equals sign or a colon, and a value, on one line: properties, INI, TOML, YAML, JSON, PHP, shells, options, connection strings. */
const assignment = /(?<![\w$.{])["']?([A-Za-z_][\w.-]*)["']?[ \t]*(?:=>|:=|[=:])[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([^\s"',;&|<>()[\]{}]+))/g;

/** An option and its value as two words. */
const option = /(?<![\w-])--?([A-Za-z][\w-]*)[ \t]+(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'-][^\s"']*))/g;

/** An element of XML with a text alone, and an entry in two elements or attributes. */
const element = /<([A-Za-z_][\w.-]*)(?:\s[^<>]*)?>([^<>\n]+)<\/\1>/g;
const pair =
    /\b(?:name|key)\b["']?(?:>|[ \t]*[:=])[ \t]*["']?([\w.-]+)["']?(?:<\/\w+>)?[\s,]*<?["']?(?:value\b)?["']?[ \t]*(?:>|[:=])[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'<>,}]+))/g;

/** Lines of Redis, Sentinel and netrc: a directive, perhaps a name, and the secret. */
const directive =
    /^[ \t]*(?:(requirepass|masterauth)[ \t]+"?([^\s"]+)|sentinel[ \t]+(auth-pass)[ \t]+\S+[ \t]+(\S+)|user[ \t]+\S+[^\n]*[ \t](>)(\S+))|(?:^|[ \t])machine[ \t]+\S+[^#]{0,200}?[ \t\n](password)[ \t]+(\S+)/gm;

/** What a line must have to promise a secret. */
const promising = /pass|pwd|secret|token|cred|key|auth|connection|^[ \t]*user[ \t]/im;

/** Every name with its value in a text. Comments are left out, and lines that promise nothing, but for the one below a promising name, which may hold its value. */
function* assignmentsIn(content: string): Generator<readonly [string, string]> {
    const lines = content.split("\n").filter((line) => !/^[ \t]*(?:#|;|\/\/[ \t]|!|--[ \t])/.test(line));
    const text = lines.filter((line, index) => promising.test(line) || promising.test(lines[index - 1] ?? "")).join("\n");
    for (const pattern of [assignment, option, pair]) {
        for (const [, name = "", ...values] of text.matchAll(pattern)) {
            yield [name, values.join("").trim()];
        }
    }
    for (const [, name = "", value = ""] of text.matchAll(element)) {
        yield [name, value.trim()];
    }
    for (const match of text.matchAll(directive)) {
        const [, value = ""] = match.slice(1).filter(Boolean);
        if (!isReference(value)) {
            yield ["password", value];
        }
    }
}

/** Whether a value is a sentence, as the label of a field is. */
function isProse(value: string): boolean {
    return /\s/.test(value) && !/\d/.test(value);
}
