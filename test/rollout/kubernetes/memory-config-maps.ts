import type { ConfigMaps, StoredConfigMap } from "../../../rollout/kubernetes/config-maps.ts";

/** ConfigMaps in memory, with the rules of the API server that matter here, and hands that get round them. */
export class MemoryConfigMaps implements ConfigMaps {
    /** The API server's clock, in milliseconds. */
    nowMs = Date.UTC(2025, 9, 26, 7);
    /** What happens before an object is made: somebody else may come first, or the request may fail. */
    beforeCreate: (name: string) => void = () => undefined;
    /** What happens after an object was made: the answer may get lost. */
    afterCreate: (name: string) => void = () => undefined;
    readonly #objects = new Map<string, StoredConfigMap & { readonly labels: Readonly<Record<string, string>> }>();

    async names(selector: string) {
        const { value, now } = await this.list(selector);
        return { value: value.map(({ name }) => name), now };
    }

    async list(selector: string) {
        const matches = [...this.#objects.values()].filter(({ labels }) => selects(selector, labels));
        return Promise.resolve({ value: matches, now: new Date(this.nowMs).toISOString() });
    }

    async find(name: string): Promise<StoredConfigMap | undefined> {
        return Promise.resolve(this.#objects.get(name));
    }

    async create({ name, labels, data }: Parameters<ConfigMaps["create"]>[0]): Promise<boolean> {
        this.beforeCreate(name);
        if (this.#objects.has(name)) {
            return Promise.resolve(false);
        }
        this.put(name, { labels, data });
        this.afterCreate(name);
        return Promise.resolve(true);
    }

    /** Names of all objects, sorted. */
    get everyName(): readonly string[] {
        return [...this.#objects.keys()].toSorted();
    }

    /** Deletes an object, as a person with the right to do so. */
    remove(name: string): StoredConfigMap & { readonly labels: Readonly<Record<string, string>> } {
        const removed = this.#objects.get(name);
        if (removed === undefined) {
            throw new RangeError(`there is no ${name}`);
        }
        this.#objects.delete(name);
        return removed;
    }

    /** Makes an object at this moment, whatever was there before. */
    put(name: string, { labels, data }: { readonly labels: Readonly<Record<string, string>>; readonly data: Readonly<Record<string, string>> }): void {
        this.#objects.set(name, { name, labels, data, createdAt: new Date(this.nowMs).toISOString(), immutable: true });
    }
}

/** `key=value` and `key in (a,b)`, joined by commas. */
function selects(selector: string, labels: Readonly<Record<string, string>>): boolean {
    return selector.split(/,(?![^(]*\))/).every((term) => {
        const [, key = "", value, listed] = /^([^ =]+)(?:=(.*)| in \((.*)\))$/.exec(term) ?? [];
        return value === undefined ? listed?.split(",").includes(labels[key] ?? "") === true : labels[key] === value;
    });
}
