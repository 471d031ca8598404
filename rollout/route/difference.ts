/**
 * The first place where `live` is not `wanted`, as a clause: `spec.rules[0].timeouts.request is "30s" in place of "5s"`. Undefined where they are equal.
 *
 * What an added part says is named by its `type`, `kind` or `name`. Values under a key `value` are never shown: a header's value may be a secret.
 *
 * @param path where the two are, for the clause.
 */
export function differenceIn(wanted: unknown, live: unknown, path: string): string | undefined {
    if (Array.isArray(wanted) && Array.isArray(live)) {
        return differenceOfLists(wanted, live, path);
    }
    if (isObject(wanted) && isObject(live)) {
        const keys = [...new Set([...Object.keys(live), ...Object.keys(wanted)])];
        return firstOf(keys, (key) => differenceIn(wanted[key], live[key], `${path}.${key}`));
    }
    if (Object.is(wanted, live)) {
        return undefined;
    }
    if (wanted === undefined) {
        return `${path} was added${described(live, path)}`;
    }
    if (live === undefined) {
        return `${path} is missing`;
    }
    return path.endsWith(".value") ? `${path} is another one` : `${path} is ${shown(live)} in place of ${shown(wanted)}`;
}

function differenceOfLists(wanted: readonly unknown[], live: readonly unknown[], path: string): string | undefined {
    const unwanted = live.findIndex((one) => !wanted.some((other) => differenceIn(other, one, "") === undefined));
    if (live.length > wanted.length && unwanted !== -1) {
        return `${path}[${String(unwanted)}] was added${described(live[unwanted], path)}`;
    }
    const longest = Math.max(wanted.length, live.length);
    return firstOf(
        Array.from({ length: longest }, (_, index) => index),
        (index) => differenceIn(wanted[index], live[index], `${path}[${String(index)}]`),
    );
}

function firstOf<T>(all: readonly T[], find: (one: T) => string | undefined): string | undefined {
    for (const one of all) {
        const found = find(one);
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}

function described(value: unknown, path: string): string {
    if (!isObject(value)) {
        return isScalar(value) && !path.endsWith(".value") ? `: ${shown(value)}` : "";
    }
    const name = ["type", "kind", "name"].map((key) => value[key]).find((one) => typeof one === "string");
    return name === undefined ? "" : `: ${JSON.stringify(name)}`;
}

function shown(value: unknown): string {
    return isScalar(value) ? JSON.stringify(value) : Array.isArray(value) ? "a list" : "an object";
}

function isScalar(value: unknown): value is string | number | boolean {
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
