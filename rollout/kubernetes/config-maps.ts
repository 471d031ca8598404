import type { ConfigurationOptions } from "@kubernetes/client-node";

import { defined } from "../defined.ts";
import { type ApiServer, statusOf, timeOf } from "./api-server.ts";

/** A ConfigMap, as far as it is needed. */
export interface StoredConfigMap {
    readonly name: string;
    readonly data: Readonly<Record<string, string>>;
    /** When it was made, by the API server's clock, which no client chooses: ISO 8601. */
    readonly createdAt: string;
    /** Whether the API server refuses every change of its data. */
    readonly immutable: boolean;
}

/** An answer with the API server's time: ISO 8601, to the second. */
export interface Dated<T> {
    readonly value: T;
    readonly now: string;
}

/** Write-once objects in one namespace. Each question ends within its time limit. It needs the verbs create, get and list, and no more. */
export interface ConfigMaps {
    /** Names of those with the labels that `selector` asks for. @throws {Error} when they can't be read. */
    names(selector: string): Promise<Dated<readonly string[]>>;
    /** Those with the labels that `selector` asks for. @throws {Error} when they can't be read. */
    list(selector: string): Promise<Dated<readonly StoredConfigMap[]>>;
    /** The one of that name, if there is one. @throws {Error} when it can't be read. */
    find(name: string): Promise<StoredConfigMap | undefined>;
    /** Makes an immutable one. False: there is one of that name already. @throws {Error} when it can't be said whether it was made. */
    create(made: {
        readonly name: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly data: Readonly<Record<string, string>>;
    }): Promise<boolean>;
}

export interface ConfigMapsArgs {
    readonly api: ApiServer;
    readonly namespace: string;
}

/** ConfigMaps of one namespace. */
export function configMaps({ namespace, api }: ConfigMapsArgs): ConfigMaps {
    /** Every page of a list: one answer of everything could grow until it takes too long. */
    const pages = async (labelSelector: string, shape: (options: ConfigurationOptions) => ConfigurationOptions): Promise<Dated<readonly Listed[]>> => {
        const items: Listed[] = [];
        let _continue: string | undefined;
        let now = "";
        do {
            const query = { namespace, labelSelector, limit: pageSize, ...defined({ _continue }) };
            const answer = await api.ask(({ core }, options) => core.listNamespacedConfigMap(query, shape(options)));
            // Of metadata alone, an empty list comes as null.
            items.push(...(Array.isArray(answer.value.items) ? answer.value.items : []));
            now = timeOf(answer).toISOString();
            _continue = answer.value.metadata?._continue;
        } while (_continue !== undefined && _continue !== "");
        return { value: items, now };
    };
    return {
        names: async (selector) => {
            const { value, now } = await pages(selector, metadataOnly);
            return { value: value.map((item) => stored(item).name), now };
        },
        list: async (selector) => {
            const { value, now } = await pages(selector, (options) => options);
            return { value: value.map(stored), now };
        },
        find: async (name) => {
            const { value } = await api.find(({ core }, options) => core.readNamespacedConfigMap({ namespace, name }, options));
            return value === undefined ? undefined : stored(value);
        },
        create: async ({ name, labels, data }) => {
            const { V1ConfigMap, V1ObjectMeta } = await import("@kubernetes/client-node");
            const metadata = Object.assign(new V1ObjectMeta(), { name, labels: { ...labels } });
            const body = Object.assign(new V1ConfigMap(), { metadata, immutable: true, data: { ...data } });
            try {
                await api.ask(({ core }, options) => core.createNamespacedConfigMap({ namespace, body }, options));
                return true;
            } catch (error) {
                if (statusOf(error) === 409) {
                    return false;
                }
                throw error;
            }
        },
    };
}

/** Objects in one answer. */
const pageSize = 200;

interface Listed {
    readonly metadata?: { readonly name?: string; readonly creationTimestamp?: Date };
    readonly data?: Readonly<Record<string, string>>;
    readonly immutable?: boolean;
}

function stored({ metadata, data = {}, immutable = false }: Listed): StoredConfigMap {
    const { name, creationTimestamp } = metadata ?? {};
    if (name === undefined || creationTimestamp === undefined) {
        throw new Error("the API server gave a ConfigMap without a name or a time");
    }
    return { name, data, createdAt: creationTimestamp.toISOString(), immutable };
}

/** Options that ask for objects without their content. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
function metadataOnly(options: ConfigurationOptions): ConfigurationOptions {
    const [first, ...others] = options.middleware ?? [];
    if (first === undefined) {
        return options;
    }
    const asking = {
        pre: (context: Parameters<typeof first.pre>[0]) => {
            context.setHeaderParam("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
            return first.pre(context);
        },
        post: (context: Parameters<typeof first.post>[0]) => first.post(context),
    };
    return { ...options, middleware: [asking, ...others] };
}
