import { z } from "zod";

/** Metadata of a config key: what docs and error messages say of it. */
export interface FieldNode {
    readonly type?: string;
    readonly description?: string;
    readonly examples?: readonly unknown[];
    readonly fix?: string;
    readonly default?: unknown;
    readonly enum?: readonly unknown[];
    readonly const?: unknown;
    readonly pattern?: string;
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, FieldNode>>;
    readonly oneOf?: readonly FieldNode[];
    readonly items?: FieldNode;
    readonly additionalProperties?: FieldNode | boolean;
}

const fieldNode: z.ZodType<FieldNode> = z.lazy(() =>
    z.looseObject({
        type: z.string().exactOptional(),
        description: z.string().exactOptional(),
        examples: z.array(z.unknown()).exactOptional(),
        fix: z.string().exactOptional(),
        default: z.unknown().exactOptional(),
        enum: z.array(z.unknown()).exactOptional(),
        const: z.unknown().exactOptional(),
        pattern: z.string().exactOptional(),
        required: z.array(z.string()).exactOptional(),
        properties: z.record(z.string(), fieldNode).exactOptional(),
        oneOf: z.array(fieldNode).exactOptional(),
        items: fieldNode.exactOptional(),
        additionalProperties: z.union([z.boolean(), fieldNode]).exactOptional(),
    }),
);

/** A schema as JSON schema, for looking a key up. */
export function fieldsIn(schema: z.ZodType): FieldNode {
    return fieldNode.parse(z.toJSONSchema(schema, { io: "input" }));
}

/** The fields right below `node`. Of alternatives, all of them, the first to describe a key winning. */
export function fieldsOf(node: FieldNode): Readonly<Record<string, FieldNode>> {
    const fields: Record<string, FieldNode> = { ...node.properties };
    for (const alternative of node.oneOf ?? []) {
        Object.assign(fields, { ...fieldsOf(alternative), ...fields });
    }
    return fields;
}

/** The field at a path below `node`, or undefined where there is none. A number is a place in a list. */
export function fieldAt(node: FieldNode | undefined, path: readonly PropertyKey[]): FieldNode | undefined {
    const [first, ...rest] = path;
    if (node === undefined || first === undefined) {
        return node;
    }
    const free = typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
    return fieldAt(typeof first === "number" ? node.items : (fieldsOf(node)[String(first)] ?? free), rest);
}
