/** Anything that the stack file can hold. */
export type Path = readonly PropertyKey[];

/** Whether `value` is an object with string keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value` with each leaf (all that is neither object nor list) replaced by what `change` makes of it. */
export function mapLeaves(value: unknown, change: (leaf: unknown, path: Path) => unknown, path: Path = []): unknown {
    if (Array.isArray(value)) {
        return value.map((element, index) => mapLeaves(element, change, [...path, index]));
    }
    if (isRecord(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, mapLeaves(content, change, [...path, key])]));
    }
    return change(value, path);
}

/** The value at `path`, undefined where it leads nowhere. */
export function valueAtPath(value: unknown, path: Path): unknown {
    return path.reduce<unknown>((container, segment) => {
        if (Array.isArray(container)) {
            return container[Number(segment)];
        }
        return isRecord(container) ? container[String(segment)] : undefined;
    }, value);
}
