import { isFields, isList, type Plain, Unjudgeable, Unknown } from "../engine/value.ts";

/** All that is written in `value`: its keys and its texts, a line each. @throws Unjudgeable when a part is unknown. */
export function textIn(value: Plain | undefined): string {
    if (value instanceof Unknown) {
        throw new Unjudgeable(value.path, "unknown", `${value.path} is not known during preview`);
    }
    if (isList(value)) {
        return value.map(textIn).join("\n");
    }
    if (isFields(value)) {
        return Object.entries(value)
            .map(([key, entry]) => `${key}\n${textIn(entry)}`)
            .join("\n");
    }
    return value === undefined || value === null ? "" : String(value);
}
