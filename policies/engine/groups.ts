/** Adds an entry to its group. A group grows in place: copied for each entry, a thousand entries of one group would take a million steps. */
export function addTo<K, T>(groups: Map<K, T[]>, key: K, entry: T): void {
    const group = groups.get(key);
    if (group === undefined) {
        groups.set(key, [entry]);
    } else {
        group.push(entry);
    }
}
