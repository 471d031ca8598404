import { z } from "zod";

import { fields } from "../route/fields.ts";

/** What an update that was killed had begun to create, and what becomes of it in the state. */
export type PendingCreate =
    /** It goes into the state under its id. A refresh then keeps it if it is there, and takes it out if it is not. */
    | { readonly kind: "adopt"; readonly urn: string; readonly id: string }
    /** A later update has made another one under a generated name. It goes into the state as a leftover, which the next update deletes. */
    | { readonly kind: "leftover"; readonly urn: string; readonly id: string }
    /** Nothing outside depends on it, or to make it again is the same as to change it: the next update makes it. */
    | { readonly kind: "again"; readonly urn: string }
    /** What it would be called is unknown. A person has to look. */
    | { readonly kind: "unknown"; readonly urn: string };

/** A state without pending creates, and what became of each of them. */
export interface StateRepair {
    /** The state as `pulumi stack import` takes it. */
    readonly state: z.infer<typeof exportSchema>;
    readonly creates: readonly PendingCreate[];
}

/**
 * The operations of an exported state that an update left when it was killed, as URNs with what was being done.
 *
 * @throws {ZodError} where `exported` is no exported state.
 */
export function pendingOperations(exported: unknown): readonly { readonly urn: string; readonly type: string }[] {
    return exportSchema.parse(exported).deployment.pending_operations.map(({ resource, type }) => ({ urn: resource.urn, type }));
}

/**
 * Takes what a killed update may have created into a state.
 *
 * The engine writes down what it is about to create, with the inputs and so with the name, also a generated one; it forgets this only when a person says what became of it. For objects whose id follows from their
 * name this needs no person. What the state had already stays as it is, and other pending operations are left to the refresh, which reads what they were about.
 *
 * @throws {ZodError} where `exported` is no exported state.
 */
export function repairState(exported: unknown): StateRepair {
    const state = exportSchema.parse(exported);
    const { resources, pending_operations: operations } = state.deployment;
    const added: Resource[] = [];
    const creates: PendingCreate[] = [];
    // The newest of two of the same name is the one that the newest program wanted.
    for (const { resource } of operations.filter(({ type }) => type === "creating").toReversed()) {
        const { urn } = resource;
        // A component is an entry of the state and nothing else.
        const id = resource.custom === false || madeAnew.test(resource.type) ? "" : idOf(resource);
        if (id === undefined) {
            creates.push({ kind: "unknown", urn });
            continue;
        }
        const known = [...resources, ...added].filter((other) => other.urn === urn);
        if (id === "" || known.some((other) => other.id === id)) {
            creates.push({ kind: "again", urn });
            continue;
        }
        const leftover = known.some((other) => other.delete !== true);
        creates.push({ kind: leftover ? "leftover" : "adopt", urn, id });
        // A provider that remembers nothing of an object takes its inputs for what it last was.
        added.push({ ...resource, id, outputs: resource.outputs ?? resource.inputs ?? {}, ...(leftover ? { delete: true } : {}) });
    }
    return {
        state: { ...state, deployment: { ...state.deployment, resources: [...resources, ...added], pending_operations: [] } },
        creates: creates.toReversed(),
    };
}

/** The id by which the provider knows an object that has this name. Undefined where it does not follow from the name. */
function idOf({ type, inputs }: Resource): string | undefined {
    if (type.startsWith("kubernetes:")) {
        const { name, namespace } = fields(fields(inputs).metadata);
        return typeof name !== "string" ? undefined : typeof namespace === "string" ? `${namespace}/${name}` : namespace === undefined ? name : undefined;
    }
    const { name } = fields(inputs);
    return namedById.test(type) && typeof name === "string" ? name : undefined;
}

/** Their name is their id, and a second one of that name is an error. */
const namedById = /^(?:kafka:index\/topic:Topic|postgresql:index\/(?:database:Database|role:Role))$/;

/** Nothing outside is behind it, or its server takes the same thing twice: rules and quotas of a broker, logins, grants, a schema that may be there. */
const madeAnew =
    /^(?:pulumi:|random:|kafka:index\/(?:acl|quota|userScramCredential):|postgresql:index\/(?:grant|grantRole|defaultPrivileges|defaultPrivileg|schema|extension):)/;

const resourceSchema = z.looseObject({
    urn: z.string(),
    type: z.string(),
    custom: z.boolean().exactOptional(),
    id: z.string().exactOptional(),
    delete: z.boolean().exactOptional(),
    inputs: z.record(z.string(), z.unknown()).exactOptional(),
    outputs: z.record(z.string(), z.unknown()).exactOptional(),
});

type Resource = z.infer<typeof resourceSchema>;

const exportSchema = z.looseObject({
    version: z.number(),
    deployment: z.looseObject({
        resources: z.array(resourceSchema).default([]),
        pending_operations: z.array(z.looseObject({ type: z.string(), resource: resourceSchema })).default([]),
    }),
});
