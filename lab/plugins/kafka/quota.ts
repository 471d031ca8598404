import type { Admin } from "@platformatic/kafka";
import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { KafkaError, settled } from "./connection.ts";
import { protocol } from "./protocol.ts";

const keys = z.enum(["producer_byte_rate", "consumer_byte_rate", "request_percentage", "connection_creation_rate", "controller_mutation_rate"]);

const limit = z.string().regex(/^\d+(\.\d+)?$/, "must be a number, as text");

const inputs = z.strictObject({
    entityType: z.enum(["client-id", "user", "ip"], { error: "must be client-id, user or ip" }),
    /** If omitted, it is the default for all entities of the type. */
    entityName: z.string().optional(),
    /** Limits by Kafka's names for them, in bytes a second, percent or mutations a second. */
    config: z.partialRecord(keys, limit).default({}),
});

type Inputs = z.output<typeof inputs>;

/** What the official provider's ids have in place of a name, for the default of all entities of a type. */
const defaultEntity = "entity-default";

/** The limits of exactly this entity, or undefined when it has none. */
async function read(admin: Admin, { entityType, entityName }: Inputs): Promise<Inputs["config"] | undefined> {
    const component =
        entityName === undefined
            ? { entityType, matchType: protocol.quotaMatch.default }
            : { entityType, matchType: protocol.quotaMatch.exact, match: entityName };
    const [found] = await admin.describeClientQuotas({ components: [component], strict: true });
    return found === undefined || found.values.length === 0 ? undefined : Object.fromEntries(found.values.map(({ key, value }) => [key, String(value)]));
}

/** Brings the entity from one set of limits to another, and waits until the cluster shows it. */
async function alter(admin: Admin, given: Inputs, before: Inputs["config"]): Promise<void> {
    const { entityType, entityName, config } = given;
    const set = keys.options.flatMap((key) => {
        const value = config[key];
        return value === undefined ? [] : [{ key, value: Number(value), remove: false as const }];
    });
    const removed = keys.options.filter((key) => before[key] !== undefined && config[key] === undefined).map((key) => ({ key, remove: true as const }));
    if (set.length + removed.length === 0) {
        return;
    }
    const entities = [entityName === undefined ? { entityType } : { entityType, entityName }];
    const entries = await admin.alterClientQuotas({ entries: [{ entities, ops: [...set, ...removed] }] });
    const refusal = entries.find((entry) => entry.errorCode !== 0);
    if (refusal !== undefined) {
        throw new KafkaError(
            `quota of ${entityType} '${entityName ?? "<default>"}': error ${String(refusal.errorCode)}: ${refusal.errorMessage ?? "no reason given"}`,
        );
    }
    await settled(`the quota of ${entityType} '${entityName ?? "<default>"}'`, async () => {
        const live = (await read(admin, given)) ?? {};
        return keys.options.every(
            (key) => (live[key] === undefined ? undefined : Number(live[key])) === (config[key] === undefined ? undefined : Number(config[key])),
        );
    });
}

/** Limits for a user, a client id or an address. Another entity or other limits make a new one. Import takes `<name>|<type>`. */
export const quota = resourceKind({
    token: "kafka:index/quota:Quota",
    inputs,
    state: inputs,
    // The official provider has no update, and its 'create' writes over what is there: made before the old one is deleted, the new limits go with it.
    replaceOn: { entityType: true, entityName: true, config: true },
    create: async (admin: Admin, given) => {
        if (Object.keys(given.config).length === 0) {
            throw new KafkaError("a quota without a limit can't be created: set at least one key of 'config'");
        }
        await alter(admin, given, (await read(admin, given)) ?? {});
        return { id: `${given.entityName ?? defaultEntity}|${given.entityType}`, state: given };
    },
    read: async (admin, id, last) => {
        const bar = id.lastIndexOf("|");
        const name = id.slice(0, bar);
        const entity = last ?? inputs.parse({ entityType: id.slice(bar + 1), ...(name === defaultEntity ? {} : { entityName: name }) });
        const config = await read(admin, entity);
        if (config === undefined) {
            return undefined;
        }
        // Numbers come back in Kafka's spelling: one that means the same as the program's keeps the program's.
        const spelled = Object.entries(config).map(([key, value]) => {
            const known = last?.config[keys.parse(key)];
            return [key, known !== undefined && Number(known) === Number(value) ? known : value];
        });
        return { id, state: { ...entity, config: inputs.shape.config.parse(Object.fromEntries(spelled)) } };
    },
    update: async (admin, _id, given, last) => {
        await alter(admin, given, last.config);
        return given;
    },
    delete: async (admin, _id, last) => {
        const live = await read(admin, last);
        if (live !== undefined) {
            await alter(admin, { ...last, config: {} }, live);
        }
    },
});
