/** Names of labels. */
export type LabelSet = ReadonlySet<string>;

/** What is in one and not in the other. */
export function minus(one: LabelSet, other: LabelSet): Set<string> {
    return new Set([...one].filter((label) => !other.has(label)));
}

/** What is in both. */
export function shared(one: LabelSet, other: LabelSet): Set<string> {
    return new Set([...one].filter((label) => other.has(label)));
}

/** What is in either. */
export function joined(one: LabelSet, other: LabelSet): Set<string> {
    return new Set([...one, ...other]);
}

/** Whether both hold the same. */
export function alike(one: LabelSet, other: LabelSet): boolean {
    return one.size === other.size && minus(one, other).size === 0;
}

/** Labels as people read them. */
export function listed(labels: LabelSet): string {
    return labels.size === 0 ? "no labels" : [...labels].sort().join(", ");
}
