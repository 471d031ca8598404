import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";

import { type TopicAccess, entriesOf } from "./kafka/access.ts";
import { type TopicSpec, topicConfig } from "./kafka/topic.ts";

/** What one user may ask of the brokers. */
export interface ClientQuota {
    /** User, without `User:`. */
    readonly user: string;
    /** Bytes a second that the user may write, on each broker. */
    readonly producedBytesPerSecond: number;
    /** Bytes a second that the user may read, on each broker. */
    readonly consumedBytesPerSecond: number;
}

export interface KafkaTopicsArgs {
    readonly topics: readonly TopicSpec[];
    /** Copies of each partition: at least 3 in production, at most the number of brokers. */
    readonly replicationFactor: number;
    /** Copies that must have a record before it counts as written, where the producer asks for all: at least 2 in production, and below `replicationFactor`. */
    readonly minimumInSyncReplicas: number;
    /** Which user may do what. No other user may do anything, where the brokers deny by default. */
    readonly access: readonly TopicAccess[];
    /** Limits, one for each user: without one, a single client can starve all others. */
    readonly quotas: readonly ClientQuota[];
    /** Users that log in by SCRAM-SHA-512, each with its password. Without one, brokers that ask for a login let the user in only where another team gave it a password. */
    readonly logins: readonly { readonly user: string; readonly password: pulumi.Input<string> }[];
    /** Refuse to delete or replace a topic, and keep it when it is taken out of the program: true in production. Fewer partitions means a replacement, which loses the records. */
    readonly protect: boolean;
}

/**
 * The topics of a service, with who logs in, who may use them and how much.
 *
 * Durability before availability: a broker that lags behind never becomes leader, so a record that was acknowledged is not lost with one broker.
 *
 * It needs an explicit kafka provider (`{ providers: [kafka] }`).
 *
 * @throws {RangeError} when a topic, an access entry or a quota makes no sense; the message says which.
 * @see https://kafka.apache.org/documentation/#topicconfigs
 */
export class KafkaTopics extends pulumi.ComponentResource {
    /** Name of each topic. A resource that uses it waits until the topic is there. */
    public readonly topicNames: Readonly<Record<string, pulumi.Output<string>>>;

    constructor(name: string, args: KafkaTopicsArgs, opts?: pulumi.ComponentResourceOptions) {
        refuseImpossible(args);
        const logins = args.logins.map(({ user, password }) => ({ user, password: pulumi.secret(password) }));
        super("nova:kafka:KafkaTopics", name, { ...args, logins }, opts);
        const { protect, replicationFactor } = args;

        // Each has one name on the brokers: made before the old one is deleted, the new one would go with it.
        const child = { parent: this, deleteBeforeReplace: true };

        const topics = args.topics.map(
            (topic) =>
                new kafka.Topic(
                    `${name}-${topic.name}`,
                    { name: topic.name, partitions: topic.partitions, replicationFactor, config: topicConfig(topic, args.minimumInSyncReplicas) },
                    { ...child, protect, retainOnDelete: protect },
                ),
        );
        for (const { key, acl } of args.access.flatMap(entriesOf)) {
            new kafka.Acl(`${name}-${key}`, acl, { ...child, dependsOn: topics });
        }
        for (const { user, password } of logins) {
            new kafka.UserScramCredential(`${name}-${user}-login`, { username: user, scramMechanism: "SCRAM-SHA-512", password }, child);
        }
        for (const quota of args.quotas) {
            new kafka.Quota(
                `${name}-${quota.user}-quota`,
                {
                    entityType: "user",
                    entityName: quota.user,
                    config: { consumer_byte_rate: String(quota.consumedBytesPerSecond), producer_byte_rate: String(quota.producedBytesPerSecond) },
                },
                child,
            );
        }

        this.topicNames = Object.fromEntries(topics.map((topic, index) => [args.topics[index]?.name ?? "", topic.name]));
        this.registerOutputs({ topicNames: this.topicNames });
    }
}

function refuseImpossible({ topics, access, quotas, logins, replicationFactor, minimumInSyncReplicas }: KafkaTopicsArgs): void {
    const names = topics.map(({ name }) => name);
    refuseTwice("topics", names);
    refuseTwice(
        "quotas",
        quotas.map(({ user }) => user),
    );
    refuseTwice(
        "logins",
        logins.map(({ user }) => user),
    );
    for (const { name, partitions, retentionMs } of topics) {
        if (!/^[A-Za-z0-9._-]{1,249}$/.test(name)) {
            throw new RangeError(`topic '${name}': use at most 249 letters, digits, '.', '_' and '-' in its name`);
        }
        refuseUnlessCount(`partitions of topic ${name}`, partitions);
        refuseUnlessCount(`retentionMs of topic ${name}`, retentionMs);
    }
    for (const { user, producedBytesPerSecond, consumedBytesPerSecond } of quotas) {
        refuseUnlessCount(`producedBytesPerSecond of ${user}`, producedBytesPerSecond);
        refuseUnlessCount(`consumedBytesPerSecond of ${user}`, consumedBytesPerSecond);
    }
    refuseUnlessCount("replicationFactor", replicationFactor);
    refuseUnlessCount("minimumInSyncReplicas", minimumInSyncReplicas);
    if (minimumInSyncReplicas > replicationFactor) {
        throw new RangeError(
            `minimumInSyncReplicas is ${String(minimumInSyncReplicas)} of ${String(replicationFactor)} copies: nothing could be written; use fewer`,
        );
    }
    for (const entry of access) {
        const unknown = entry.topics.filter((topic) => !names.includes(topic));
        if (unknown.length > 0 || entry.topics.length === 0) {
            throw new RangeError(
                `access of ${entry.user} as ${entry.role}: ${unknown.length > 0 ? `no topic ${unknown.join(", ")}` : "no topic at all"}; use ${names.join(", ")}`,
            );
        }
    }
    refuseTwice(
        "access",
        access.flatMap(entriesOf).map(({ key }) => key),
    );
}

function refuseTwice(what: string, names: readonly string[]): void {
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    if (twice.length > 0) {
        throw new RangeError(`${what} has ${[...new Set(twice)].join(", ")} twice: name it once`);
    }
}

function refuseUnlessCount(what: string, value: number): void {
    if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`${what} is ${String(value)}: use a whole number of at least 1`);
    }
}
