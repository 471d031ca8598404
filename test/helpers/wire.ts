import * as pulumi from "@pulumi/pulumi";

/** What replaces a secret in {@link withoutSecrets}. */
export const redacted = "[secret]";

/** Whether `value` is an object with string keys: not null, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value`, as sent to the engine, is marked secret itself. A part of a secret is not marked again: {@link isSecretAt} looks at the way to it. */
export function isSecret(value: unknown): boolean {
    return isRecord(value) && pulumi.runtime.isRpcSecret(value);
}

/** `value` without any secret markers, at any depth: what the engine stores once it has decrypted. */
export function unwrap(value: unknown): unknown {
    return rewrite(value, (content) => unwrap(content));
}

/** `value` with {@link redacted} for each secret: what may appear in plain text. */
export function withoutSecrets(value: unknown): unknown {
    return rewrite(value, () => redacted);
}

/**
 * The value at a dotted path such as `spec.template.spec.containers.0.image`, without secret markers.
 *
 * A key that has dots itself is written in brackets: `metadata.labels[app.kubernetes.io/name]`. Undefined where the path leads nowhere.
 */
export function valueAt(value: unknown, path: string): unknown {
    return unwrap(walk(value, path).at(-1));
}

/** Whether the value at a dotted path exists and is secret, by itself or because something around it is. */
export function isSecretAt(value: unknown, path: string): boolean {
    const values = walk(value, path);
    return values.at(-1) !== undefined && values.some(isSecret);
}

/** Every value on the way along `path`, `value` first, still with markers. */
function walk(value: unknown, path: string): readonly unknown[] {
    const values = [value];
    for (const segment of path.match(/\[[^\]]+\]|[^.[\]]+/g) ?? []) {
        const key = segment.replace(/^\[|\]$/g, "");
        const container = openSecret(values.at(-1));
        values.push(Array.isArray(container) ? container[Number(key)] : isRecord(container) ? container[key] : undefined);
    }
    return values;
}

function openSecret(value: unknown): unknown {
    return isRecord(value) && isSecret(value) ? openSecret(value.value) : value;
}

function rewrite(value: unknown, onSecret: (content: unknown) => unknown): unknown {
    if (Array.isArray(value)) {
        return value.map((element) => rewrite(element, onSecret));
    }
    if (!isRecord(value)) {
        return value;
    }
    if (isSecret(value)) {
        return onSecret(value.value);
    }
    return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, rewrite(content, onSecret)]));
}
