import { resourceOfManifest } from "../engine/resource.ts";
import type { Resource } from "../engine/subject.ts";
import { documentsIn } from "../reading/documents.ts";

/** An object from a file, and where it stands there. */
export interface Manifest {
    readonly resource: Resource;
    readonly file: string;
    /** First line of its document, from 1. */
    readonly line: number;
}

/** A part of the input that can't be read: the message says why, and what to do. */
export interface Unreadable {
    readonly problem: string;
    readonly file: string;
    /** Line of the problem, from 1. Undefined where the whole file is meant. */
    readonly line?: number;
}

/** The objects in a text of YAML or JSON. What is no Kubernetes object is unreadable, and the rest is read all the same. */
export function* manifestsIn(content: string, file: string): Generator<Manifest | Unreadable> {
    for (const document of documentsIn(content)) {
        const { line } = document;
        if (document.kind === "problem") {
            yield { problem: document.problem, file, line };
            continue;
        }
        const found: readonly unknown[] = Array.isArray(document.value) ? document.value : [document.value];
        for (const manifest of found) {
            if (typeof manifest !== "object" || manifest === null || !isText(manifest, "apiVersion") || !isText(manifest, "kind")) {
                yield { problem: "this is no Kubernetes object: it has no apiVersion and kind. Hand in rendered manifests only", file, line };
            } else {
                yield { resource: resourceOfManifest(manifest, `${file}:${String(line)}`), file, line };
            }
        }
    }
}

function isText(value: object, key: string): boolean {
    const entry: unknown = Reflect.get(value, key);
    return typeof entry === "string" && entry !== "";
}
