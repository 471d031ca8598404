import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { page, withKeyTable } from "../../config/documentation.ts";
import { stackForm } from "../../config/parse.ts";
import { type FieldNode, fieldAt, fieldsIn, fieldsOf } from "../../rollout/settings/fields.ts";
import { isRecord } from "../../rollout/settings/tree.ts";
import { readProjectFile } from "./stack-files.ts";

const stackFields = fieldsIn(stackForm.schema);

/** Pulumi's type of each key that Pulumi.yaml declares. */
function declaredTypes(): Readonly<Record<string, unknown>> {
    const { config } = readProjectFile();
    return Object.fromEntries(
        Object.entries(isRecord(config) ? config : {}).map(([key, declaration]) => [key, isRecord(declaration) ? declaration.type : undefined]),
    );
}

describe("docs/configuration.md", () => {
    it("lists the keys that the schema has: if not, run `node config/documentation.ts`", () => {
        const text = readFileSync(page, "utf8");
        expect(withKeyTable(text)).toBe(text);
    });
});

describe("Pulumi.yaml", () => {
    it("declares the keys that the schema has, with the types that Pulumi knows", () => {
        // Pulumi has no type for a fraction: it is text there.
        const declared = ({ type = "object", enum: values }: FieldNode): string => (type !== "number" ? type : values === undefined ? "string" : "integer");
        const types = Object.entries(fieldsOf(stackFields)).map(([key, field]) => [key, declared(field)]);
        expect(declaredTypes()).toEqual(Object.fromEntries(types));
    });
});

describe("the schema", () => {
    it("gives every key a meaning and an example, or keys of its own", () => {
        const bare = (path: readonly string[]): readonly string[] => {
            const field = fieldAt(stackFields, path) ?? {};
            const below = Object.keys(fieldsOf(field));
            return below.length > 0
                ? below.flatMap((key) => bare([...path, key]))
                : field.description === undefined || field.examples === undefined
                  ? [path.join(".")]
                  : [];
        };
        expect(bare([])).toEqual([]);
    });

    it("is asked with whole configs: a rule over several keys holds its tongue on anything else", () => {
        expect(stackForm.rules.flatMap((rule) => [...rule({}), ...rule(undefined), ...rule([])])).toEqual([]);
    });
});
