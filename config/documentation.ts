import { readFileSync, writeFileSync } from "node:fs";

import { type FieldNode, fieldsIn, fieldsOf } from "../rollout/settings/fields.ts";
import { stackSchema } from "./schema.ts";

/** The page that lists every key. */
export const page = new URL("../docs/configuration.md", import.meta.url);

const [begin, end] = ["<!-- keys: written by `node config/documentation.ts` -->", "<!-- end of keys -->"];

/** `text` with the table of keys between its markers replaced by what the schema says now. @throws {Error} when the markers are missing. */
export function withKeyTable(text: string): string {
    const [before, rest] = text.split(begin);
    const [, after] = rest?.split(end) ?? [];
    if (before === undefined || after === undefined) {
        throw new Error(`docs/configuration.md needs the lines '${begin}' and '${end}'`);
    }
    return `${before}${begin}\n\n${keyTable()}\n\n${end}${after}`;
}

/** Every key as a Markdown table. */
export function keyTable(): string {
    const header = ["| key | type | default | meaning | example |", "|---|---|---|---|---|"];
    return [...header, ...rows(fieldsIn(stackSchema), "")].join("\n");
}

function rows(node: FieldNode, prefix: string): readonly string[] {
    return Object.entries(fieldsOf(node)).flatMap(([name, field]) => {
        const key = prefix === "" ? name : `${prefix}.${name}`;
        const optional = field.default === undefined && !requiredIn(node, name);
        const cells = [
            code(key),
            typeOf(field),
            optional ? "none" : field.default === undefined ? "required" : code(field.default),
            field.description ?? "",
            exampleOf(field),
        ];
        const row = `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
        return Object.keys(fieldsOf(field)).length === 0 ? [row] : [...(field.description === undefined ? [] : [row]), ...rows(field, key)];
    });
}

function requiredIn(node: FieldNode, name: string): boolean {
    const alternatives = node.oneOf ?? [];
    return node.required?.includes(name) ?? (alternatives.length > 0 && alternatives.every((alternative) => requiredIn(alternative, name)));
}

function typeOf(field: FieldNode): string {
    if (field.enum !== undefined) {
        return field.enum.map(code).join(", ");
    }
    if (field.items !== undefined) {
        return `list of ${typeOf(field.items)}`;
    }
    return { string: "text", integer: "whole number", number: "number", boolean: "true or false", object: "object" }[field.type ?? "object"] ?? "object";
}

function exampleOf(field: FieldNode): string {
    return field.examples === undefined ? "" : field.examples.map(code).join(", ");
}

function code(value: unknown): string {
    return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

if (import.meta.main) {
    writeFileSync(page, withKeyTable(readFileSync(page, "utf8")));
}
