import { defined } from "../../rollout/defined.ts";
import type { AnalyzedResource } from "./runtime.ts";
import { isRecord } from "../helpers/mocks.ts";

/** Takes a key away. */
export const gone = Symbol("gone");

/** One unsafe change to a stack. */
export interface Change {
    /** `Kind part-of-name` of the resource that is changed; with {@link Change.remove}, of the one that is left out. */
    readonly on?: string;
    /** Values by path; a key that has dots stands in brackets: `metadata.labels[app.kubernetes.io/name]`. */
    readonly set?: Readonly<Record<string, unknown>>;
    /** Text replaced in the value at a path. */
    readonly replace?: { readonly path: string; readonly from: string | RegExp; readonly to: string };
    readonly remove?: true;
    readonly add?: AnalyzedResource;
    readonly protect?: boolean;
    readonly provider?: object;
    /** Rules that rightly speak up too. */
    readonly also?: readonly string[];
}

/** `stack` after `change`, and the resources that are other than before. @throws when the change is about nothing. */
export function changed(
    stack: readonly AnalyzedResource[],
    change: Change,
): { readonly stack: readonly AnalyzedResource[]; readonly differing: readonly AnalyzedResource[] } {
    if (change.add !== undefined) {
        return { stack: [...stack, change.add], differing: [change.add] };
    }
    const [kind = "", name = ""] = (change.on ?? "").split(" ");
    const index = stack.findIndex((resource) => resource.type.endsWith(`:${kind}`) && resource.name.includes(name));
    const found = stack[index];
    if (found === undefined) {
        throw new Error(
            `there is no ${kind} ${name}; there are ${stack.map((resource) => `${resource.type.split(":").at(-1) ?? ""} ${resource.name}`).join(", ")}`,
        );
    }
    if (change.remove === true) {
        return { stack: stack.toSpliced(index, 1), differing: [] };
    }
    const properties: unknown = structuredClone({ ...found.properties });
    for (const [path, value] of Object.entries(change.set ?? {})) {
        put(properties, path, value);
    }
    if (change.replace !== undefined) {
        const { path, from, to } = change.replace;
        const before = get(properties, path);
        if (typeof before !== "string" || before.replace(from, to) === before) {
            throw new Error(`${kind} ${name}: ${path} does not contain ${String(from)}`);
        }
        put(properties, path, before.replace(from, to));
    }
    const edited: AnalyzedResource = {
        ...found,
        properties: isRecord(properties) ? properties : {},
        ...defined({ protect: change.protect }),
        ...(change.provider === undefined ? {} : { provider: { type: "provider", properties: change.provider } }),
    };
    return { stack: stack.with(index, edited), differing: [edited] };
}

function segmentsOf(path: string): readonly string[] {
    return (path.match(/\[[^\]]+\]|[^.[\]]+/g) ?? []).map((segment) => segment.replace(/^\[|\]$/g, ""));
}

function get(value: unknown, path: string): unknown {
    return segmentsOf(path).reduce<unknown>((holder, key) => (typeof holder === "object" && holder !== null ? Reflect.get(holder, key) : undefined), value);
}

function put(value: unknown, path: string, wanted: unknown): void {
    const segments = segmentsOf(path);
    const last = segments.at(-1) ?? "";
    let holder: unknown = value;
    for (const key of segments.slice(0, -1)) {
        const next: unknown = typeof holder === "object" && holder !== null ? Reflect.get(holder, key) : undefined;
        const made = next ?? {};
        if (next === undefined && typeof holder === "object" && holder !== null) {
            Reflect.set(holder, key, made);
        }
        holder = made;
    }
    if (typeof holder !== "object" || holder === null) {
        throw new Error(`${path} leads nowhere`);
    }
    if (Array.isArray(holder) && wanted === gone) {
        holder.splice(Number(last), 1);
    } else if (wanted === gone) {
        if (!Reflect.has(holder, last)) {
            throw new Error(`${path} is not there`);
        }
        Reflect.deleteProperty(holder, last);
    } else {
        Reflect.set(holder, last, wanted);
    }
}
