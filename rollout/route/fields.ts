/** The fields of an object of unknown shape; none where `value` is no object. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The entries of a list of unknown shape; none where `value` is no list. */
export function list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}
