import * as kafka from "@pulumi/kafka";
import { describe, expect, it } from "vitest";

import { serviceTopics } from "../../components/kafka/service-topics.ts";
import { KafkaTopics, type KafkaTopicsArgs } from "../../components/kafka-topics.ts";
import { type RegisteredStack, buildStack, isSecretAt, misnamedChildren, promiseOf } from "../helpers/mocks.ts";

const args: KafkaTopicsArgs = {
    topics: [
        { name: "shop.orders", partitions: 6, retentionMs: 604_800_000 },
        { name: "shop.prices", partitions: 3, retentionMs: 86_400_000, cleanupPolicy: "compact", maximumMessageBytes: 2_000_000 },
    ],
    replicationFactor: 3,
    minimumInSyncReplicas: 2,
    access: [
        { role: "producer", user: "till", topics: ["shop.orders"] },
        { role: "consumer", user: "books", topics: ["shop.orders", "shop.prices"], groupPrefix: "books" },
    ],
    quotas: [{ user: "till", producedBytesPerSecond: 1_000, consumedBytesPerSecond: 2_000 }],
    logins: [{ user: "ranking-application", password: "word" }],
    protect: true,
};

const topicType = "kafka:index/topic:Topic";
const aclType = "kafka:index/acl:Acl";

async function build(change: Partial<KafkaTopicsArgs> = {}): Promise<RegisteredStack<KafkaTopics>> {
    return buildStack(
        () => new KafkaTopics("shop-topics", { ...args, ...change }, { providers: [new kafka.Provider("kafka", { bootstrapServers: ["localhost:9092"] })] }),
    );
}

describe("KafkaTopics", () => {
    it("makes each topic with its own and the shared settings", async () => {
        const stack = await build();
        expect(stack.named("shop-topics-shop.prices").inputs).toEqual({
            name: "shop.prices",
            partitions: 3,
            replicationFactor: 3,
            config: {
                "cleanup.policy": "compact",
                "max.message.bytes": "2000000",
                "min.insync.replicas": "2",
                "retention.ms": "86400000",
                "unclean.leader.election.enable": "false",
            },
        });
        expect(stack.ofType(topicType)).toHaveLength(2);
    });

    it("gives each role the operations that it needs, on its topics only", async () => {
        const entries = (await build())
            .ofType(aclType)
            .map(
                ({ inputs }) =>
                    `${String(inputs.aclPrincipal)} ${String(inputs.aclOperation)} ${String(inputs.aclResourceType)} ${String(inputs.aclResourceName)} ${String(inputs.resourcePatternTypeFilter)}`,
            );
        expect(entries.toSorted()).toEqual([
            "User:books Read Group books Prefixed",
            "User:books Read Topic shop.orders Literal",
            "User:books Read Topic shop.prices Literal",
            "User:till Write Topic shop.orders Literal",
        ]);
    });

    it("has one resource for one rule of the brokers, also where a user has both roles for a topic", async () => {
        const both = [
            { role: "producer", user: "till", topics: ["shop.orders"] },
            { role: "consumer", user: "till", topics: ["shop.orders"], groupPrefix: "till" },
        ] as const;
        const rules = (await build({ access: both })).ofType(aclType).map(({ inputs }) => JSON.stringify(inputs));
        expect(rules).toHaveLength(3);
        expect(new Set(rules).size).toBe(3);
    });

    it("limits what a user may write and read", async () => {
        expect((await build()).named("shop-topics-till-quota").inputs).toEqual({
            entityType: "user",
            entityName: "till",
            config: { consumer_byte_rate: "2000", producer_byte_rate: "1000" },
        });
    });

    it.each([true, false])("keeps the records when protect is %s", async (protect) => {
        const topics = (await build({ protect })).ofType(topicType);
        expect(topics.map((topic) => [topic.protect, topic.retainOnDelete])).toEqual([
            [protect, protect],
            [protect, protect],
        ]);
    });

    it("gives every child its name and its provider, and access only to topics that are there", async () => {
        const stack = await build();
        expect(misnamedChildren(stack)).toEqual([]);
        const children = stack.childrenOf(stack.named("shop-topics"));
        expect(children.every(({ provider }) => provider?.includes("pulumi:providers:kafka::kafka") === true)).toBe(true);
        const topicUrns = stack.ofType(topicType).map(({ urn }) => urn);
        expect(stack.ofType(aclType).every(({ dependsOn }) => topicUrns.every((urn) => dependsOn.includes(urn)))).toBe(true);
    });

    it("gives each user that logs in a password, which stays secret", async () => {
        const stack = await build();
        const [login] = stack.ofType("kafka:index/userScramCredential:UserScramCredential");
        expect(login?.inputs).toMatchObject({ username: "ranking-application", scramMechanism: "SCRAM-SHA-512" });
        expect(isSecretAt(login?.inputs ?? {}, "password")).toBe(true);
    });

    it("hands the names on, so that users of a topic wait for it", async () => {
        const { result } = await build();
        expect(await promiseOf(result.topicNames["shop.orders"] ?? expect.fail("no such topic"))).toBe("shop.orders");
    });

    it.each<{ readonly what: string; readonly change: Partial<KafkaTopicsArgs>; readonly message: string }>([
        {
            what: "no partition",
            change: { topics: [{ name: "a", partitions: 0, retentionMs: 1 }] },
            message: "partitions of topic a is 0: use a whole number of at least 1",
        },
        {
            what: "half a millisecond",
            change: { topics: [{ name: "a", partitions: 1, retentionMs: 0.5 }] },
            message: "retentionMs of topic a is 0.5: use a whole number of at least 1",
        },
        {
            what: "a bad name",
            change: { topics: [{ name: "a b", partitions: 1, retentionMs: 1 }] },
            message: "topic 'a b': use at most 249 letters, digits, '.', '_' and '-' in its name",
        },
        { what: "a topic twice", change: { topics: [...args.topics, ...args.topics] }, message: "topics has shop.orders, shop.prices twice: name it once" },
        { what: "a login twice", change: { logins: [...args.logins, ...args.logins] }, message: "logins has ranking-application twice: name it once" },
        { what: "a quota twice", change: { quotas: [...args.quotas, ...args.quotas] }, message: "quotas has till twice: name it once" },
        {
            what: "an unlimited quota",
            change: { quotas: [{ user: "till", producedBytesPerSecond: Infinity, consumedBytesPerSecond: 1 }] },
            message: "producedBytesPerSecond of till is Infinity: use a whole number of at least 1",
        },
        { what: "too few copies", change: { replicationFactor: 1 }, message: "minimumInSyncReplicas is 2 of 1 copies: nothing could be written; use fewer" },
        {
            what: "access to a topic that is not there",
            change: { access: [{ role: "producer", user: "till", topics: ["shop.order"] }] },
            message: "access of till as producer: no topic shop.order; use shop.orders, shop.prices",
        },
        {
            what: "access to nothing",
            change: { access: [{ role: "producer", user: "till", topics: [] }] },
            message: "access of till as producer: no topic at all; use shop.orders, shop.prices",
        },
    ])("refuses $what", async ({ change, message }) => {
        await expect(build(change)).rejects.toThrow(new RangeError(message));
    });
});

describe("the topics of a service", () => {
    it("fit together", async () => {
        const stack = await build(serviceTopics({ service: "shop", user: "shop-application" }));
        expect(stack.ofType(topicType).map(({ name }) => name)).toEqual([
            "shop-topics-shop.engagement-events",
            "shop-topics-shop.feature-updates",
            "shop-topics-shop.dead-letter",
        ]);
        expect(stack.ofType(aclType).every(({ inputs }) => inputs.aclPrincipal === "User:shop-application")).toBe(true);
    });
});
