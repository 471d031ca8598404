import { type Document, type Node, isAlias, isMap, isScalar, isSeq } from "yaml";

import { type FieldNode, fieldAt } from "./fields.ts";
import { type ConfigProblem, keyOf, shown } from "./problem.ts";
import { type Path } from "./tree.ts";
import type { WrittenConfig } from "./written.ts";

/**
 * Values and keys that do not read back as they were written, or that two readers of YAML read differently. Between a person and a pod there are three readers: the engine's (go-yaml), the
 * program's, which gets JSON, and that of the `rollout` command. For `FILE_MODE: 0755` the first gives 493, the last 755, and both give 1.1 for `1.10`. In quotes, each is a text for all of them.
 *
 * @param fields what the program declares: a number that is declared as one may be written as 0.50.
 */
export function ambiguousValues({ document, project }: WrittenConfig, fields: FieldNode): readonly ConfigProblem[] {
    const config = document.get("config", true);
    if (!isMap(config)) {
        return [];
    }
    const prefix = `${project}:`;
    return config.items.flatMap(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : "";
        return name.startsWith(prefix) ? [...problemsIn(value as Node | null, [name.slice(prefix.length)], document, fields)] : [];
    });
}

function* problemsIn(node: Node | null | undefined, path: Path, document: Document, fields: FieldNode): Generator<ConfigProblem> {
    if (isAlias(node)) {
        yield* problemsIn(node.resolve(document), path, document, fields);
    } else if (isSeq(node)) {
        for (const [index, item] of node.items.entries()) {
            yield* problemsIn(item as Node | null, [...path, index], document, fields);
        }
    } else if (isMap(node)) {
        for (const { key, value } of node.items) {
            const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
            const why = isScalar(key) && key.type === "PLAIN" ? whyAmbiguousKey(name) : undefined;
            if (why !== undefined) {
                yield { key: keyOf([...path, name]), problem: `has a name that ${why}`, fix: `put the name in quotes: "${name}"` };
            }
            yield* problemsIn(value as Node | null, [...path, name], document, fields);
        }
    } else if (isScalar(node) && node.type === "PLAIN") {
        const source = node.source ?? "";
        const type = fieldAt(fields, path)?.type;
        const why = node.tag === undefined ? whyAmbiguous(source, type === "number" || type === "integer") : whyTagged(node.tag);
        if (why !== undefined) {
            yield { key: keyOf(path), value: shown(source) ?? "", problem: why, fix: `put it in quotes: "${source}"` };
        }
    }
}

function whyTagged(tag: string): string | undefined {
    return tag === "tag:yaml.org,2002:str" ? undefined : `has the tag ${tag}, which not every reader knows`;
}

function whyAmbiguousKey(name: string): string | undefined {
    return name === "<<"
        ? "some readers take for a merge, and others for a name"
        : /^(?:true|false|null|0|-?[1-9]\d*)$/.test(name)
          ? undefined
          : whyAmbiguous(name, false);
}

/** Why a scalar without quotes is not what it looks like; undefined where it is. */
function whyAmbiguous(source: string, isDeclaredNumber: boolean): string | undefined {
    if (/^(?:0|-?[1-9]\d*)$/.test(source)) {
        return Number.isSafeInteger(Number(source)) ? undefined : `loses digits: it is read as ${String(Number(source))}`;
    }
    if (/^-?(?:0|[1-9]\d*)\.\d+$/.test(source)) {
        const read = String(Number(source));
        return isDeclaredNumber || read === source ? undefined : `is read as the number ${read}`;
    }
    return otherNotations.find(({ pattern }) => pattern.test(source))?.problem;
}

/** Spellings that some reader takes for something else than text (YAML 1.1 and 1.2, go-yaml, and what JSON keeps of them). */
const otherNotations: readonly { readonly pattern: RegExp; readonly problem: string }[] = [
    { pattern: /^[-+]?0[oO]?[\d_]+$/, problem: "is an octal number for one reader and a decimal one for another" },
    { pattern: /^[-+]?0[xX][\da-fA-F_]+$|^[-+]?0[bB][01_]+$/, problem: "is a number in another notation for some readers" },
    { pattern: /^[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?$/, problem: "is a number for some readers, which they write in another way" },
    { pattern: /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/, problem: "is a number of minutes or seconds for some readers" },
    { pattern: /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/, problem: "is no number that JSON has" },
    { pattern: /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt]|\s)/, problem: "is a time for some readers, which they write in another way" },
    {
        pattern: /^(?:y|Y|n|N|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|True|TRUE|False|FALSE)$/,
        problem: "is true or false for some readers, and a text for others",
    },
    { pattern: /^(?:~|Null|NULL)$/, problem: "is nothing for some readers, and a text for others" },
];
