import type { Admin } from "@platformatic/kafka";
import { z } from "zod";

import { resourceKind } from "../resource-kind.ts";
import { KafkaError, reasons, settled } from "./connection.ts";
import { protocol } from "./protocol.ts";

const inputs = z.strictObject({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, "must be 1-249 of the characters a-z, A-Z, 0-9, '.', '_' and '-'"),
    partitions: z.int().min(1),
    replicationFactor: z.int().min(1),
    /** Topic settings as Kafka names them, values as text. */
    config: z.record(z.string(), z.string()).optional(),
});

type Inputs = z.output<typeof inputs>;

async function exists(admin: Admin, name: string): Promise<boolean> {
    return (await admin.listTopics({ includeInternals: true })).includes(name);
}

/** The live topic, with the settings that were set on it: the others have the broker's defaults. */
async function read(admin: Admin, name: string): Promise<Inputs | undefined> {
    if (!(await exists(admin, name))) {
        return undefined;
    }
    const { topics } = await admin.metadata({ topics: [name], forceUpdate: true });
    const partitions = topics.get(name)?.partitions ?? [];
    const [described] = await admin.describeConfigs({ resources: [{ resourceType: protocol.resource.topic, resourceName: name }] });
    const set = (described?.configs ?? []).filter(({ configSource }) => configSource === protocol.dynamicTopicConfig);
    const config = Object.fromEntries(set.map((entry) => [entry.name, entry.value ?? ""]));
    return {
        name,
        partitions: partitions.length,
        replicationFactor: partitions[0]?.replicas.length ?? 0,
        ...(Object.keys(config).length > 0 ? { config } : {}),
    };
}

/** Waits until the cluster shows the topic with all its partitions, each with a leader: until then brokers may answer that it does not exist. */
async function shown(admin: Admin, name: string, partitions: number): Promise<void> {
    await settled(`topic '${name}' with ${String(partitions)} partitions`, async () => {
        if (!(await exists(admin, name))) {
            return false;
        }
        const found = (await admin.metadata({ topics: [name], forceUpdate: true })).topics.get(name)?.partitions ?? [];
        return found.length === partitions && found.every((partition) => partition.leader >= 0);
    });
}

/** A topic. Partitions grow in place; fewer of them, another replication factor or another name make a new topic. Import takes the name. */
export const topic = resourceKind({
    token: "kafka:index/topic:Topic",
    inputs,
    state: inputs,
    replaceOn: {
        name: true,
        partitions: (before, after) => typeof before === "number" && typeof after === "number" && after < before,
        // The official provider moves replicas in place from Kafka 2.4 on. Reassigning needs several brokers; the lab has one.
        replicationFactor: true,
    },
    deleteFirst: ["name"],
    autoName: true,
    create: async (admin: Admin, given) => {
        const { name, partitions, replicationFactor, config = {} } = given;
        if (await exists(admin, name)) {
            throw new KafkaError(`topic '${name}' already exists; bring it in with 'pulumi import', or choose another name`);
        }
        const configs = Object.entries(config).map(([setting, value]) => ({ name: setting, value }));
        try {
            await admin.createTopics({ topics: [{ topic: name, partitions, replicas: replicationFactor }], configs });
        } catch (error) {
            throw new KafkaError(`topic '${name}' with ${String(partitions)} partitions, replication factor ${String(replicationFactor)}: ${reasons(error)}`, {
                cause: error,
            });
        }
        await shown(admin, name, partitions);
        return { id: name, state: given };
    },
    read: async (admin, id, last) => {
        const state = await read(admin, id);
        if (state === undefined) {
            return undefined;
        }
        // An empty object that the program gave stays one.
        return { id, state: last?.config === undefined ? state : { config: {}, ...state } };
    },
    update: async (admin, id, given, last) => {
        if (given.partitions > last.partitions) {
            await admin.createPartitions({ topics: [{ name: id, count: given.partitions }] });
            await shown(admin, id, given.partitions);
        }
        const { config = {} } = given;
        const { set: setting, remove } = protocol.alterConfig;
        const set = Object.entries(config).filter(([name, value]) => last.config?.[name] !== value);
        const removed = Object.keys(last.config ?? {}).filter((name) => !(name in config));
        const configs = [
            ...set.map(([name, value]) => ({ name, value, configOperation: setting })),
            ...removed.map((name) => ({ name, configOperation: remove })),
        ];
        if (configs.length > 0) {
            await admin.incrementalAlterConfigs({ resources: [{ resourceType: protocol.resource.topic, resourceName: id, configs }] });
            await settled(`the settings of topic '${id}'`, async () => {
                const live = await read(admin, id);
                return live === undefined || Object.entries(config).every(([name, value]) => live.config?.[name] === value);
            });
        }
        return given;
    },
    delete: async (admin, id) => {
        if (await exists(admin, id)) {
            await admin.deleteTopics({ topics: [id] });
            await settled(`that topic '${id}' is gone`, async () => !(await exists(admin, id)));
        }
    },
});
