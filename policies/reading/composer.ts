import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, Scalar, visit, type Node, type YAMLMap } from "yaml";

import { deepest, tooDeep } from "./depth.ts";
import { refuseDifferences } from "./differences.ts";
import { anchorName, collectionTag, nameOf, offsetOf, scalar } from "./nodes.ts";
import { ReadingProblem } from "./problem.ts";

/** How many values aliases may add to one document. Manifests hardly use any; a document of many is one that means to fill the memory. */
const mostAliased = 20_000;

/** Makes the value of a document out of its nodes, as sigs.k8s.io/yaml does. */
export class Composer {
    readonly #root: Node;
    /** What each alias stands for: the last node with that anchor before it. */
    readonly #targets = new Map<Alias, Node>();
    /** Targets that are being read, to find one that contains itself. */
    readonly #active = new Set<Node>();
    #aliased = 0;

    /**
     * @param root node of the document.
     * @param text in which the nodes stand.
     * @throws {@link ReadingProblem}
     */
    constructor(root: Node, text: string) {
        this.#root = root;
        const anchors = new Map<string, Node>();
        visit(root, {
            Node: (_key, node) => {
                refuseDifferences(node, text);
                if (isAlias(node)) {
                    const target = anchors.get(anchorName(node.source, node));
                    if (target === undefined) {
                        throw new ReadingProblem(offsetOf(node), `there is no anchor "${node.source.slice(0, 80)}" before this alias`);
                    }
                    this.#targets.set(node, target);
                } else if (node.anchor !== undefined) {
                    anchors.set(anchorName(node.anchor, node), node);
                }
            },
        });
    }

    /** The value. @throws {@link ReadingProblem} */
    value(): unknown {
        return this.#read(this.#root, 0);
    }

    #read(node: unknown, depth: number): unknown {
        if (node === null) {
            return null;
        }
        if (depth > deepest) {
            throw new ReadingProblem(offsetOf(node), tooDeep);
        }
        if (this.#active.size > 0 && ++this.#aliased > mostAliased) {
            throw new ReadingProblem(offsetOf(node), "this can't be read: aliases repeat too much. Write anchors out");
        }
        if (isScalar(node)) {
            return scalar(node);
        }
        if (isAlias(node)) {
            return this.#aliasedValue(node, depth);
        }
        if (isSeq(node)) {
            collectionTag(node, "seq");
            return node.items.map((item) => this.#read(item, depth + 1));
        }
        if (isMap(node)) {
            collectionTag(node, "map");
            return Object.fromEntries(this.#entries(node, depth + 1));
        }
        throw new ReadingProblem(offsetOf(node), "this is no YAML value");
    }

    #aliasedValue(alias: Alias, depth: number): unknown {
        const target = this.#targets.get(alias);
        if (target === undefined || this.#active.has(target)) {
            throw new ReadingProblem(offsetOf(alias), `the anchor "${alias.source.slice(0, 80)}" contains itself`);
        }
        this.#active.add(target);
        const value = this.#read(target, depth);
        this.#active.delete(target);
        return value;
    }

    #entries(map: YAMLMap, depth: number): ReadonlyMap<string, unknown> {
        const entries = new Map<string, unknown>();
        const own = new Set<string>();
        let isMerged = false;
        for (const pair of map.items) {
            if (isMergeKey(pair)) {
                if (isMerged) {
                    throw new ReadingProblem(offsetOf(pair.key), "<< stands twice in one mapping: write one, with a list");
                }
                isMerged = true;
                for (const [name, value] of this.#merged(pair, depth)) {
                    if (own.has(name)) {
                        const what = `<< brings "${name.slice(0, 80)}", which stands before it already: kubectl takes one, other readers the other`;
                        throw new ReadingProblem(offsetOf(pair.key), `${what}. Write << first`);
                    }
                    entries.set(name, value);
                }
                continue;
            }
            const name = nameOf(isAlias(pair.key) ? this.#targets.get(pair.key) : pair.key, offsetOf(pair.key ?? map));
            if (own.has(name)) {
                throw new ReadingProblem(offsetOf(pair.key), `the name "${name.slice(0, 80)}" stands twice in one mapping: readers take one or the other`);
            }
            own.add(name);
            entries.set(name, this.#read(pair.value ?? null, depth));
        }
        return entries;
    }

    /** What a `<<` brings. Of several mappings in a list, the first that has a name gives its value. */
    #merged({ key, value }: Pair, depth: number): ReadonlyMap<string, unknown> {
        const sources = isSeq(value) ? value.items.toReversed() : [value];
        const merged = new Map<string, unknown>();
        for (const source of sources) {
            const target = isAlias(source) ? this.#targets.get(source) : source;
            if (!isMap(target)) {
                throw new ReadingProblem(offsetOf(key), "<< takes a mapping, or a list of mappings");
            }
            const found = this.#read(source, depth);
            for (const [name, entry] of Object.entries(found ?? {})) {
                merged.set(name, entry);
            }
        }
        return merged;
    }
}

function isMergeKey({ key }: Pair): boolean {
    return isScalar(key) && key.type === Scalar.PLAIN && key.value === "<<" && key.tag === undefined;
}
