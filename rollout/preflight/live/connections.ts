import type { ApiServer } from "../../kubernetes/api-server.ts";

/** How the pods of a revision reach their stores: the files that are mounted into them, by name, and the authorities that they trust. */
export interface Connections {
    readonly files: Readonly<Record<string, string>>;
    /** Reads the authority of a store; undefined where its certificate is of one that every image trusts. @throws where the Secret is not there. */
    readonly authority: (store: string) => Promise<string | undefined>;
}

/**
 * Reads how a revision's pods reach their stores, from the Secrets that its Deployment mounts: what works for a preflight then works for them.
 *
 * @throws where there is no such Deployment or Secret, or it must not be read.
 */
export async function connectionsOf(api: ApiServer, namespace: string, deployment: string): Promise<Connections> {
    const { value } = await api.find(({ apps }, options) => apps.readNamespacedDeployment({ namespace, name: deployment }, options));
    if (value === undefined) {
        throw new Error(`there is no Deployment ${namespace}/${deployment}, whose Secret says how the stores are reached: run 'pulumi up' first`);
    }
    const volumes = value.spec?.template.spec?.volumes ?? [];
    const name = volumes.find((volume) => volume.name === "secrets")?.secret?.secretName;
    if (name === undefined) {
        throw new Error(`the Deployment ${namespace}/${deployment} mounts no Secret as 'secrets'`);
    }
    const sources = volumes.find((volume) => volume.name === "authorities")?.projected?.sources ?? [];
    const authorities = sources.flatMap(({ secret }) => (secret?.name === undefined ? [] : [{ file: secret.items?.[0]?.path, name: secret.name }]));
    return {
        files: await secretOf(api, namespace, name),
        authority: async (store) => {
            const source = authorities.find(({ file }) => file === `${store}.crt`);
            return source === undefined ? undefined : (await secretOf(api, namespace, source.name))["ca.crt"];
        },
    };
}

/** The entries of a Secret, decoded. @throws where it is not there. */
export async function secretOf(api: ApiServer, namespace: string, name: string): Promise<Readonly<Record<string, string>>> {
    const { value } = await api.find(({ core }, options) => core.readNamespacedSecret({ namespace, name }, options));
    if (value === undefined) {
        throw new Error(`there is no Secret ${namespace}/${name}`);
    }
    return Object.fromEntries(Object.entries(value.data ?? {}).map(([key, encoded]) => [key, Buffer.from(encoded, "base64").toString("utf8")]));
}
