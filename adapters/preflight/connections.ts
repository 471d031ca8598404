import type { ApiServer } from "../kubernetes/api-server.ts";

/** How the pods of a revision reach their stores: the files that are mounted into them, by name, and the authorities that they trust, by store. */
export interface Connections {
    readonly files: Readonly<Record<string, string>>;
    readonly authorities: Readonly<Record<string, string>>;
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
    const authorities = await Promise.all(
        sources.map(async ({ secret }): Promise<readonly [string, string]> => {
            const file = secret?.items?.[0]?.path ?? "";
            return [file.replace(/\.crt$/, ""), (await secretOf(api, namespace, secret?.name ?? ""))["ca.crt"] ?? ""];
        }),
    );
    return { files: await secretOf(api, namespace, name), authorities: Object.fromEntries(authorities) };
}

/** The entries of a Secret, decoded. @throws where it is not there. */
export async function secretOf(api: ApiServer, namespace: string, name: string): Promise<Readonly<Record<string, string>>> {
    const { value } = await api.find(({ core }, options) => core.readNamespacedSecret({ namespace, name }, options));
    if (value === undefined) {
        throw new Error(`there is no Secret ${namespace}/${name}`);
    }
    return Object.fromEntries(Object.entries(value.data ?? {}).map(([key, encoded]) => [key, Buffer.from(encoded, "base64").toString("utf8")]));
}
