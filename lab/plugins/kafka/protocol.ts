/**
 * Numbers of the Kafka protocol, as the wire has them (KIP-140 for access rules, KIP-339 for settings, KIP-546 for quotas, KIP-554 for SCRAM).
 *
 * The client library has them too. Loading it takes most of a second, which checking and comparing need not pay: only what talks to a broker does.
 */
export const protocol = {
    resource: { topic: 2, group: 3, cluster: 4, transactionalId: 5 },
    pattern: { literal: 3, prefixed: 4 },
    operation: {
        all: 2,
        read: 3,
        write: 4,
        create: 5,
        delete: 6,
        alter: 7,
        describe: 8,
        clusterAction: 9,
        describeConfigs: 10,
        alterConfigs: 11,
        idempotentWrite: 12,
    },
    permission: { deny: 2, allow: 3 },
    /** A setting of a topic whose value was set on the topic itself. */
    dynamicTopicConfig: 1,
    alterConfig: { set: 0, remove: 1 },
    scram: { sha256: 1, sha512: 2 },
    quotaMatch: { exact: 0, default: 1 },
} as const;
