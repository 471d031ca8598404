import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { cacheRoot, toolFolder } from "./toolchain/paths.ts";
import { isRecord } from "../rollout/settings/tree.ts";

const definitionSchema = z.looseObject({
    kind: z.literal("CustomResourceDefinition"),
    metadata: z.looseObject({ name: z.string() }),
    spec: z.looseObject({
        group: z.string(),
        names: z.looseObject({ plural: z.string() }),
        versions: z.array(z.looseObject({ name: z.string(), served: z.boolean() })),
    }),
});

/** A custom resource definition, ready for the API server. */
export type CustomResourceDefinition = z.infer<typeof definitionSchema>;

/**
 * The custom resource definitions of the Gateway API, prometheus-operator, cert-manager and Contour, without the descriptions of their fields: those are six sevenths of the text,
 * and the API server spends seconds on them. What a field may hold stays as it is. Made once, and kept in the toolchain's cache.
 */
export async function customResourceDefinitions(tool: "crds" | "envoy-gateway-crds" = "crds"): Promise<readonly CustomResourceDefinition[]> {
    const kept = join(cacheRoot(), "lab", `${basename(toolFolder(tool))}-without-descriptions.json`);
    if (!existsSync(kept)) {
        const draft = `${kept}.${String(process.pid)}`;
        await mkdir(join(cacheRoot(), "lab"), { recursive: true });
        await writeFile(draft, JSON.stringify(await readDefinitions(toolFolder(tool))));
        await rename(draft, kept);
    }
    return z.array(definitionSchema).parse(JSON.parse(await readFile(kept, "utf8")));
}

async function readDefinitions(folder: string): Promise<readonly unknown[]> {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml").toSorted();
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
    // A file may hold many, and begin with an empty one.
    return texts
        .flatMap((text) => parseAllDocuments(text))
        .map((document): unknown => document.toJS())
        .filter((definition) => definition !== null)
        .map(withoutDescriptions);
}

/** Keys of an OpenAPI schema that hold one schema, a list of them, or a map of them by the name of a field. */
const single = new Set(["items", "additionalProperties", "not", "openAPIV3Schema", "schema", "spec"]);
const lists = new Set(["allOf", "anyOf", "oneOf", "versions"]);
const maps = new Set(["properties", "patternProperties", "definitions"]);

/** A copy of a definition, or of a schema in it, without descriptions. A field that is called `description`, and defaults and examples, are left alone. */
export function withoutDescriptions(schema: unknown): unknown {
    if (!isRecord(schema)) {
        return schema;
    }
    const kept = Object.entries(schema).filter(([key, value]) => !(key === "description" && typeof value === "string"));
    return Object.fromEntries(
        kept.map(([key, value]) => {
            if (single.has(key)) {
                return [key, withoutDescriptions(value)];
            }
            if (lists.has(key) && Array.isArray(value)) {
                return [key, value.map(withoutDescriptions)];
            }
            if (maps.has(key) && isRecord(value)) {
                return [key, Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, withoutDescriptions(inner)]))];
            }
            return [key, value];
        }),
    );
}
