import type { KubernetesObject } from "../engine/subject.ts";
import { fields, text, Unknown } from "../engine/value.ts";

/** One file in a ConfigMap. */
export interface ConfigFile {
    readonly key: string;
    readonly content: string;
}

/**
 * The files of a ConfigMap or a Secret whose key matches.
 *
 * The content of a Secret is often generated together with the stack, so it is not known in a first preview: what is unknown there is judged in the update. Base64 in `data` of a Secret is not read.
 *
 * @throws Unjudgeable when a file of a ConfigMap is unknown.
 */
export function configFiles(object: KubernetesObject, key: RegExp): readonly ConfigFile[] {
    const isSecret = object.kind === "Secret";
    const place = isSecret ? "stringData" : "data";
    const files = isSecret && object.body[place] instanceof Unknown ? {} : (fields(object.body, place) ?? {});
    const matching = Object.keys(files).filter((name) => key.test(name) && !(isSecret && files[name] instanceof Unknown));
    return matching.map((name) => ({ key: name, content: text(files, name) ?? "" }));
}

/** Names of the configuration files of Redis, of what replaces it, and of Sentinel. */
export const redisFiles = /(redis|valkey|sentinel).*\.conf$/;

/** The last value of a directive in a file of `name value` lines, as Redis reads them; undefined when it is not there. */
export function directive(content: string, name: string): string | undefined {
    const lines = content.split("\n").map((line) => line.trim());
    const found = lines.findLast((line) => line.toLowerCase().startsWith(`${name} `));
    return found?.slice(name.length + 1).trim();
}

/** The text inside the first element `name` of an XML or YAML file; undefined when there is none. What YAML writes on one line is not seen. */
export function element(content: string, name: string): string | undefined {
    const inXml = new RegExp(`<${name}>([^]*?)</${name}>`).exec(content)?.[1];
    return inXml ?? new RegExp(`^( *)${name}:\\s*\\n((?:\\1[ -].*\\n?|\\s*\\n)*)`, "m").exec(content)?.[2];
}

/** The value of a key in a file of `name=value` lines, as Java and librdkafka read them. */
export function property(content: string, name: string): string | undefined {
    const lines = content.split("\n").map((line) => line.trim());
    const found = lines.findLast((line) => line.split("=", 1)[0]?.trim() === name);
    return found?.slice(found.indexOf("=") + 1).trim();
}
