import type { KubernetesObject } from "../engine/subject.ts";
import { fields, text } from "../engine/value.ts";

/** One file in a ConfigMap. */
export interface ConfigFile {
    readonly key: string;
    readonly content: string;
}

/** The files of a ConfigMap whose key matches. @throws Unjudgeable when one is unknown. */
export function configFiles(object: KubernetesObject, key: RegExp): readonly ConfigFile[] {
    return Object.keys(fields(object.body, "data") ?? {}).flatMap((name) =>
        key.test(name) ? [{ key: name, content: text(object.body, "data", name) ?? "" }] : [],
    );
}

/** The last value of a directive in a file of `name value` lines, as Redis reads them; undefined when it is not there. */
export function directive(content: string, name: string): string | undefined {
    const lines = content.split("\n").map((line) => line.trim());
    const found = lines.findLast((line) => line.toLowerCase().startsWith(`${name} `));
    return found?.slice(name.length + 1).trim();
}

/** The value of a key in a file of `name=value` lines, as Java and librdkafka read them. */
export function property(content: string, name: string): string | undefined {
    const lines = content.split("\n").map((line) => line.trim());
    const found = lines.findLast((line) => line.split("=", 1)[0]?.trim() === name);
    return found?.slice(found.indexOf("=") + 1).trim();
}
