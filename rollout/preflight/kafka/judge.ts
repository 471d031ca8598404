import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** What was seen of a Kafka cluster. */
export interface KafkaReading {
    /** Brokers that are up, by id. */
    readonly brokers: readonly number[];
    /** Whether one of them is the active controller. */
    readonly hasController: boolean;
    readonly topics: readonly KafkaTopicReading[];
    /** Records that each consumer group has yet to read, of groups that belong to the service. */
    readonly lags: readonly { readonly group: string; readonly topic: string; readonly records: number }[];
}

/** A topic that is there. */
export interface KafkaTopicReading {
    readonly name: string;
    readonly partitions: readonly KafkaPartitionReading[];
    /** Settings that were asked for, as the brokers have them. */
    readonly settings: Readonly<Record<string, string>>;
}

/** A partition. `leader` is -1 where there is none. */
export interface KafkaPartitionReading {
    readonly id: number;
    readonly leader: number;
    readonly replicas: readonly number[];
    readonly inSync: readonly number[];
}

/** A topic as the program declares it. */
export interface DeclaredTopic {
    readonly name: string;
    readonly partitions: number;
    readonly settings: Readonly<Record<string, string>>;
}

/** What the check requires. */
export interface KafkaExpectation {
    readonly topics: readonly DeclaredTopic[];
    readonly replicationFactor: number;
    readonly minimumInSyncReplicas: number;
}

/** Records that a group may have of a topic yet to read. Not in the checklist: the number that the alert on a growing lag begins at. */
const mostLagRecords = 10_000;

/** Checklist, 'Infrastructure Preparation' and 'Infrastructure Pre-flight': topics created, all brokers healthy. */
export function judgeKafka({ brokers, hasController, topics, lags }: KafkaReading, expected: KafkaExpectation): PreflightFinding {
    const known = new Set(topics.flatMap(({ partitions }) => partitions.flatMap(({ replicas }) => replicas)));
    const down = [...known].filter((broker) => !brokers.includes(broker)).sort((left, right) => left - right);
    const problems: Problem[] = [
        ...(brokers.length >= expected.replicationFactor
            ? []
            : [
                  {
                      text: `${String(brokers.length)} brokers are up, fewer than the ${String(expected.replicationFactor)} copies of each partition`,
                      fix: "start the missing broker",
                  },
              ]),
        ...down.map((broker) => ({
            text: `broker ${String(broker)} is down, and has copies of partitions`,
            fix: "start it again, or move its partitions elsewhere",
        })),
        ...(hasController ? [] : [{ text: "there is no active controller", fix: "start a majority of the controllers" }]),
        ...expected.topics.flatMap((declared): readonly Problem[] => {
            const topic = topics.find(({ name }) => name === declared.name);
            return topic === undefined
                ? [{ text: `there is no topic ${declared.name}`, fix: "run 'pulumi up': the program declares it" }]
                : [...differences(topic, declared, expected), ...topic.partitions.flatMap((partition) => problemsOfPartition(topic.name, partition, expected))];
        }),
        ...lags
            .filter(({ records }) => !(records <= mostLagRecords))
            .map(({ group, topic, records }) => ({
                text: `group ${group} has ${String(records)} records of ${topic} to read`,
                fix: "see whether its consumers run and keep up; wait until they have caught up",
            })),
    ];
    const partitions = topics.reduce((sum, topic) => sum + topic.partitions.length, 0);
    return findingOf(
        problems,
        `${String(brokers.length)} brokers, ${String(topics.length)} topics with ${String(partitions)} partitions in sync, as declared`,
        {
            brokers: brokers.map(String),
            topics: topics.map(({ name }) => name),
            lags: lags.map(({ group, topic, records }) => `${group} ${topic} ${String(records)}`),
        },
    );
}

function differences(topic: KafkaTopicReading, declared: DeclaredTopic, expected: KafkaExpectation): readonly Problem[] {
    const copies = Math.min(...topic.partitions.map(({ replicas }) => replicas.length));
    const fix = "run 'pulumi refresh' and 'pulumi up': the topic was changed by hand";
    return [
        ...(topic.partitions.length === declared.partitions
            ? []
            : [{ text: `${topic.name} has ${String(topic.partitions.length)} partitions, not ${String(declared.partitions)}`, fix }]),
        ...(copies >= expected.replicationFactor
            ? []
            : [{ text: `${topic.name} has ${String(copies)} copies of a partition, not ${String(expected.replicationFactor)}`, fix }]),
        ...Object.entries(declared.settings)
            .filter(([key, value]) => topic.settings[key] !== value)
            .map(([key, value]) => ({ text: `${topic.name}: ${key} is ${topic.settings[key] ?? "not known"}, not ${value}`, fix })),
    ];
}

function problemsOfPartition(topic: string, { id, leader, replicas, inSync }: KafkaPartitionReading, expected: KafkaExpectation): readonly Problem[] {
    const name = `partition ${String(id)} of ${topic}`;
    if (leader < 0) {
        return [{ text: `${name} is offline: it has no leader`, fix: "start the brokers that have a copy of it" }];
    }
    const inSyncText = `${String(inSync.length)} of ${String(replicas.length)} copies are in sync`;
    if (inSync.length < expected.minimumInSyncReplicas) {
        return [{ text: `${name} takes no writes: ${inSyncText}`, fix: "start the brokers that have a copy of it" }];
    }
    return inSync.length < replicas.length
        ? [{ text: `${name} is under-replicated: ${inSyncText}`, fix: "start the broker with the missing copy, and wait until it has caught up" }]
        : [];
}
