import { fires, ofExporter, quiet, steady } from "../cases.ts";
import { example } from "../example.ts";
import { like, minutes, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** Records that a consumer group may lie behind while it catches up. At the load of the checklist's tests that is about a minute of events. */
const lagRecords = 10_000;

/** Kafka as kafka_exporter sees it, and the service's topics and consumer groups only. Another team runs the brokers and the exporter. */
export function kafkaAlerts(scope: Scope, { brokers, minimumInSyncReplicas }: NonNullable<Scope["kafka"]>): RuleGroup {
    const { job } = { job: scope.jobs.kafka };
    const topics = { job, topic: like(`${scope.service}[.].+`) };
    const groups = { job, consumergroup: like(`${scope.service}.*`) };
    const store = { store: "kafka" };
    return {
        name: "kafka",
        title: "The events' way",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            {
                name: "KafkaDown",
                severity: "critical",
                expression: `absent(max(${select("kafka_brokers", { job })}) > 0)`,
                forSeconds: minutes(2),
                labels: store,
                summary: "Kafka does not answer.",
                description: "No broker has answered for two minutes, or the exporter that asks them is gone: engagement events are lost.",
                dashboard: "kafka",
                onAbsence: [{ labels: {} }],
                cases: [
                    fires("when no broker is left", { [ofKafka("kafka_brokers")]: "3x2 0x10" }, minutes(6), [{ labels: {} }]),
                    fires("when the exporter is gone", {}, minutes(4), [{ labels: {} }]),
                    quiet("when one broker is left", { [ofKafka("kafka_brokers")]: "3x2 1x10" }, minutes(6)),
                ],
            },
            {
                name: "KafkaBrokerMissing",
                severity: "warning",
                expression: `max(${select("kafka_brokers", { job })}) < ${String(brokers)}`,
                forSeconds: minutes(10),
                labels: store,
                summary: "A Kafka broker is missing.",
                description: `{{ $value }} of ${String(brokers)} brokers are there. One more missing may stop all writing.`,
                dashboard: "kafka",
                cases: [
                    fires("when two of three are there", { [ofKafka("kafka_brokers")]: steady(2, 15) }, minutes(14), [
                        { labels: {}, description: "2 of 3 brokers are there. One more missing may stop all writing." },
                    ]),
                    quiet("when a broker restarts within five minutes", { [ofKafka("kafka_brokers")]: "3x2 2x5 3x10" }, minutes(14)),
                ],
            },
            {
                name: "KafkaTopicBelowMinimumInSync",
                severity: "critical",
                expression: `min by (topic) (${select("kafka_topic_partition_in_sync_replica", topics)}) < ${String(minimumInSyncReplicas)}`,
                forSeconds: minutes(2),
                labels: store,
                summary: "A topic takes no records.",
                description: `A partition of {{ $labels.topic }} has {{ $value }} copies in step, fewer than ${String(minimumInSyncReplicas)}: its records are refused.`,
                dashboard: "kafka",
                cases: [
                    fires(
                        "when a partition has one copy in step",
                        {
                            [ofPartition("kafka_topic_partition_in_sync_replica", "0")]: steady(3, 6),
                            [ofPartition("kafka_topic_partition_in_sync_replica", "1")]: steady(1, 6),
                        },
                        minutes(5),
                        [
                            {
                                labels: { topic: "video-ranking.engagement-events" },
                                description: "A partition of video-ranking.engagement-events has 1 copies in step, fewer than 2: its records are refused.",
                            },
                        ],
                    ),
                    quiet("when a partition has two copies in step", { [ofPartition("kafka_topic_partition_in_sync_replica", "1")]: steady(2, 6) }, minutes(5)),
                ],
            },
            {
                name: "KafkaPartitionsUnderReplicated",
                severity: "warning",
                expression: `sum by (topic) (${select("kafka_topic_partition_under_replicated_partition", topics)}) > 0`,
                forSeconds: minutes(15),
                labels: store,
                summary: "Copies of a topic lie behind.",
                description: "{{ $value }} partitions of {{ $labels.topic }} lack a copy. Another broker lost may cost records.",
                dashboard: "kafka",
                cases: [
                    fires(
                        "when two partitions lack a copy for twenty minutes",
                        {
                            [ofPartition("kafka_topic_partition_under_replicated_partition", "0")]: steady(1, 22),
                            [ofPartition("kafka_topic_partition_under_replicated_partition", "1")]: steady(1, 22),
                        },
                        minutes(20),
                        [
                            {
                                labels: { topic: "video-ranking.engagement-events" },
                                description: "2 partitions of video-ranking.engagement-events lack a copy. Another broker lost may cost records.",
                            },
                        ],
                    ),
                    quiet(
                        "when a broker comes back and catches up in ten minutes",
                        { [ofPartition("kafka_topic_partition_under_replicated_partition", "0")]: "1x10 0x15" },
                        minutes(20),
                    ),
                ],
            },
            {
                name: "KafkaConsumersFallBehind",
                severity: "warning",
                expression: [
                    `sum by (consumergroup, topic) (${select("kafka_consumergroup_lag", groups)}) > ${String(lagRecords)}`,
                    `and sum by (consumergroup, topic) (deriv(${select("kafka_consumergroup_lag", groups, minutes(15))})) > 0`,
                ].join(" "),
                forSeconds: minutes(15),
                labels: { ...store, rollout_scope: "service" },
                summary: "Events come faster than they are worked off.",
                description:
                    "{{ $labels.consumergroup }} is {{ $value | humanize }} records behind on {{ $labels.topic }}, and falls further behind: rankings go by old events.",
                dashboard: "kafka",
                cases: [
                    fires("when the lag grows for half an hour", { [groupLag]: "12000+100x60" }, minutes(35), [
                        {
                            labels: { consumergroup: "video-ranking-features", topic: "video-ranking.engagement-events" },
                            description:
                                "video-ranking-features is 15.5k records behind on video-ranking.engagement-events, and falls further behind: rankings go by old events.",
                        },
                    ]),
                    quiet("when a large lag shrinks", { [groupLag]: "60000-500x60" }, minutes(35)),
                    quiet("when a small lag grows", { [groupLag]: "0+100x60" }, minutes(35)),
                ],
            },
            {
                name: "KafkaConsumersGone",
                severity: "warning",
                expression: `max by (consumergroup) (${select("kafka_consumergroup_members", groups)}) == 0`,
                forSeconds: minutes(10),
                labels: { ...store, rollout_scope: "service" },
                summary: "No consumer works off the events.",
                description: "The consumer group {{ $labels.consumergroup }} has had no member for ten minutes.",
                dashboard: "kafka",
                cases: [
                    fires("when a group is empty for a quarter of an hour", { [members]: steady(0, 16) }, minutes(15), [
                        {
                            labels: { consumergroup: "video-ranking-features" },
                            description: "The consumer group video-ranking-features has had no member for ten minutes.",
                        },
                    ]),
                    quiet("when the members change with a revision", { [members]: "6x3 0x3 6x10" }, minutes(15)),
                ],
            },
        ],
    };
}

function ofKafka(metric: string, labels: Readonly<Record<string, string>> = {}): string {
    return ofExporter(metric, example.jobs.kafka, labels);
}

function ofPartition(metric: string, partition: string): string {
    return ofKafka(metric, { topic: "video-ranking.engagement-events", partition });
}

const groupLag = ofKafka("kafka_consumergroup_lag", { consumergroup: "video-ranking-features", topic: "video-ranking.engagement-events", partition: "0" });
const members = ofKafka("kafka_consumergroup_members", { consumergroup: "video-ranking-features" });
