import { type Fields, isFields, isList, type Plain } from "./value.ts";

/** Whether a patch takes away what stands at `path`: a null at the path, or on the way to it. Keys on the path may have dots themselves, as labels do. */
export function takesAway(patch: Fields, path: string): boolean {
    let node: Plain | undefined = patch;
    let rest = path;
    while (rest !== "") {
        const key: string | undefined = isList(node) ? /^\[\d+\]/.exec(rest)?.[0] : isFields(node) ? longestKey(node, rest) : undefined;
        if (key === undefined) {
            return false;
        }
        node = isList(node) ? node[Number(key.slice(1, -1))] : isFields(node) ? node[key] : undefined;
        if (node === null) {
            return true;
        }
        rest = rest.slice(key.length).replace(/^\./, "");
    }
    return false;
}

function longestKey(node: Fields, path: string): string | undefined {
    return Object.keys(node)
        .filter((key) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`))
        .sort((left, right) => right.length - left.length)[0];
}
