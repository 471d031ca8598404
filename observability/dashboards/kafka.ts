import { like } from "../../rollout/gate/gateway-series/promql.ts";
import type { DashboardSpec } from "./panel.ts";
import { elsewhere, sumBy } from "./queries.ts";
import { graph, stat } from "./store-panels.ts";
import { exporterVariables } from "./variables.ts";

/** Kafka: brokers, partitions, lag. */
export const kafka: DashboardSpec = {
    name: "kafka",
    title: "Kafka",
    description: "The events' way: brokers, partitions and how far consumers are behind.",
    from: "now-6h",
    variables: exporterVariables("kafka_brokers"),
    marksSteps: false,
    rows: [
        {
            title: "Brokers",
            panels: [
                stat("Brokers", "That answer the exporter.", `max(${elsewhere("kafka_brokers")})`, "KafkaBrokerMissing"),
                stat(
                    "Partitions that lack a copy",
                    "Over all topics.",
                    `sum(${elsewhere("kafka_topic_partition_under_replicated_partition")})`,
                    "KafkaPartitionsUnderReplicated",
                ),
                stat(
                    "Fewest copies in step",
                    "Of any partition.",
                    `min(${elsewhere("kafka_topic_partition_in_sync_replica")})`,
                    "KafkaTopicBelowMinimumInSync",
                ),
            ],
        },
        {
            title: "Topics and consumers",
            panels: [
                graph(
                    "Records written",
                    "Records each second, by topic: growth of the newest offset.",
                    "ops",
                    sumBy("topic", `deriv(${elsewhere("kafka_topic_partition_current_offset")}[$__rate_interval])`),
                    "{{topic}}",
                    "KafkaDown",
                ),
                graph(
                    "Consumers: records behind",
                    "How many records each group still has to read.",
                    "short",
                    sumBy("consumergroup, topic", elsewhere("kafka_consumergroup_lag")),
                    "{{consumergroup}} {{topic}}",
                    "KafkaConsumersFallBehind",
                ),
                graph(
                    "Consumers: members",
                    "Members of each group.",
                    "short",
                    sumBy("consumergroup", elsewhere("kafka_consumergroup_members")),
                    "{{consumergroup}}",
                    "KafkaConsumersGone",
                ),
                graph(
                    "Partitions that lack a copy",
                    "By topic.",
                    "short",
                    sumBy("topic", elsewhere("kafka_topic_partition_under_replicated_partition", { topic: like(".+") })),
                    "{{topic}}",
                    "KafkaPartitionsUnderReplicated",
                ),
            ],
        },
    ],
};
