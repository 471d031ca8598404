import { isFields, isList, type Plain } from "../engine/value.ts";
import { secretInFile } from "./secret-files.ts";
import { secretIn } from "./secret-text.ts";

/** A secret in the fields of an object: where, and why. */
export interface SecretField {
    readonly path: string;
    readonly why: string;
}

/** Fields that refer to a secret, or hold it encrypted. */
const elsewhere = /(?:Ref|Refs|Reference|Selector)$|^(?:valueFrom|encryptedData|secretKeyRef|configMapKeyRef|openAPIV3Schema|status|annotations|labels)$/;

/** Fields in which pods stand: the rules about containers look at them. */
const pods: ReadonlySet<string> = new Set(["containers", "initContainers", "ephemeralContainers"]);

/** The secrets in `value`, at any depth: fields with a promising name, entries with `name` and `value`, and texts that are files. */
export function* secretFields(value: Plain | undefined, path = "", name = ""): Generator<SecretField> {
    if (isList(value)) {
        for (const [index, entry] of value.entries()) {
            yield* secretFields(entry, `${path}[${String(index)}]`, name);
        }
    } else if (isFields(value)) {
        const called = typeof value.name === "string" && "value" in value ? value.name : undefined;
        for (const [key, entry] of Object.entries(value)) {
            if (!elsewhere.test(key) && !pods.has(key)) {
                yield* secretFields(entry, path === "" ? key : `${path}.${key}`, key === "value" && called !== undefined ? called : key);
            }
        }
    } else if (typeof value === "string" || typeof value === "number") {
        const text = String(value);
        const why = secretIn(name, text, true) ?? (text.includes("\n") || text.includes("=") ? secretInFile(name, text) : undefined);
        if (why !== undefined) {
            yield { path, why };
        }
    }
}
