import type { StackIndex } from "../engine/stack.ts";

/** Computes something about a stack once, however many rules and subjects ask. */
export function oncePerStack<T>(compute: (stack: StackIndex) => T): (stack: StackIndex) => T {
    const known = new WeakMap<StackIndex, { readonly value: T }>();
    return (stack) => {
        let entry = known.get(stack);
        if (entry === undefined) {
            entry = { value: compute(stack) };
            known.set(stack, entry);
        }
        return entry.value;
    };
}
