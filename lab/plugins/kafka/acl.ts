import type { Admin } from "@platformatic/kafka";
import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { settled } from "./connection.ts";
import { protocol } from "./protocol.ts";

const { resource, pattern, operation, permission } = protocol;

/** The official provider's words, in Kafka's numbers. */
const resourceTypes = {
    Topic: resource.topic,
    Group: resource.group,
    Cluster: resource.cluster,
    TransactionalID: resource.transactionalId,
} as const;
const operations = {
    All: operation.all,
    Read: operation.read,
    Write: operation.write,
    Create: operation.create,
    Delete: operation.delete,
    Alter: operation.alter,
    Describe: operation.describe,
    ClusterAction: operation.clusterAction,
    DescribeConfigs: operation.describeConfigs,
    AlterConfigs: operation.alterConfigs,
    IdempotentWrite: operation.idempotentWrite,
} as const;
const permissions = { Allow: permission.allow, Deny: permission.deny } as const;
const patterns = { Literal: pattern.literal, Prefixed: pattern.prefixed } as const;

const oneOf = <Name extends string>(table: Readonly<Record<Name, number>>): z.ZodPipe<z.ZodString, z.ZodTransform<Name, string>> =>
    z.string().transform((given, context) => {
        const isName = (name: string): name is Name => name in table;
        if (isName(given)) {
            return given;
        }
        context.addIssue(`'${given}' must be one of ${Object.keys(table).join(", ")}`);
        return z.NEVER;
    });

const inputs = z.strictObject({
    aclPrincipal: z.string().regex(/^\w+:.+$/, "must be a principal such as User:name"),
    aclHost: z.string(),
    aclOperation: oneOf(operations),
    aclPermissionType: oneOf(permissions),
    aclResourceType: oneOf(resourceTypes),
    aclResourceName: z.string().min(1),
    resourcePatternTypeFilter: oneOf(patterns).default("Literal"),
});

type Inputs = z.output<typeof inputs>;

/** The order of the parts of an id. */
const parts = ["aclPrincipal", "aclHost", "aclOperation", "aclPermissionType", "aclResourceType", "aclResourceName", "resourcePatternTypeFilter"] as const;

function rule(given: Inputs) {
    return {
        principal: given.aclPrincipal,
        host: given.aclHost,
        operation: operations[given.aclOperation],
        permissionType: permissions[given.aclPermissionType],
        resourceType: resourceTypes[given.aclResourceType],
        resourceName: given.aclResourceName,
        resourcePatternType: patterns[given.resourcePatternTypeFilter],
    };
}

async function exists(admin: Admin, given: Inputs): Promise<boolean> {
    return (await admin.describeAcls({ filter: rule(given) })).some((resource) => resource.acls.length > 0);
}

/** One access rule. It has nothing but its parts, so every change makes a new one. Import takes the parts, in the order of the id, with `|` between. */
export const acl = resourceKind({
    token: "kafka:index/acl:Acl",
    inputs,
    state: inputs,
    replaceOn: {
        aclPrincipal: true,
        aclHost: true,
        aclOperation: true,
        aclPermissionType: true,
        aclResourceType: true,
        aclResourceName: true,
        resourcePatternTypeFilter: true,
    },
    create: async (admin: Admin, given) => {
        await admin.createAcls({ creations: [rule(given)] });
        const id = parts.map((part) => given[part]).join("|");
        await settled(`access rule ${id}`, () => exists(admin, given));
        return { id, state: given };
    },
    read: async (admin, id, last) => {
        const values = id.split("|");
        const state = last ?? inputs.parse(Object.fromEntries(parts.map((part, index) => [part, values[index]])));
        return (await exists(admin, state)) ? { id, state } : undefined;
    },
    update: (_admin, _id, given) => Promise.resolve(given),
    delete: async (admin, id, last) => {
        await admin.deleteAcls({ filters: [rule(last)] });
        await settled(`that access rule ${id} is gone`, async () => !(await exists(admin, last)));
    },
});
