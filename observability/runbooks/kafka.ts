import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackDoesNotHelp, rollbackMayHelp } from "./runbook.ts";

/** The events' way. Another team runs the brokers. */
export function kafkaRunbooks(scope: Scope, { brokers, minimumInSyncReplicas }: NonNullable<Scope["kafka"]>): Runbooks {
    const { podsOf, candidateLog } = commandsFor(scope);
    const topics = (options: string): string => `kafka-topics.sh --bootstrap-server <broker> --command-config client.properties --describe ${options}`;
    const groups = `kafka-consumer-groups.sh --bootstrap-server <broker> --command-config client.properties --describe --group ${scope.service}`;
    const job = `job="${scope.jobs.kafka}"`;
    return {
        KafkaDown: {
            meaning: "No broker answers the exporter, or the exporter is gone.",
            impact: "If it is the brokers: engagement events are lost or kept in memory, and rankings get no new features.",
            diagnosis: [
                [
                    "See whether events are still recorded: if so, it is the exporter.",
                    `sum by (result) (rate(engagement_events_total{namespace="${scope.namespace}",service="${scope.service}"}[5m]))`,
                ],
                ["Ask a broker.", "kafka-broker-api-versions.sh --bootstrap-server <broker> --command-config client.properties | head -3"],
                ["See the exporter.", `up{${job}}`],
            ],
            mitigation: [
                "Brokers down: call who runs them. The service goes on answering; only events suffer.",
                "Exporter down: restart it. A changed password of its user is the usual cause.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        KafkaBrokerMissing: {
            meaning: `Fewer than ${String(brokers)} brokers are there.`,
            impact: `Topics lack a copy. With one more missing, partitions fall below ${String(minimumInSyncReplicas)} copies in step and take no records.`,
            diagnosis: [
                ["See which partitions lack a copy.", topics("--under-replicated-partitions")],
                "See with the brokers' owners whether it is planned: a rolling restart takes minutes for each broker.",
            ],
            mitigation: ["Take no step forward: events are part of the gate.", "Have the broker brought back; it catches up by itself."],
            rollback: rollbackDoesNotHelp,
        },
        KafkaTopicBelowMinimumInSync: {
            meaning: `A partition has fewer than ${String(minimumInSyncReplicas)} copies in step, so brokers refuse its records: better refused than lost.`,
            impact: "Events of that partition fail: CandidateEventsNotRecorded and its like follow.",
            diagnosis: [
                ["See the partitions.", topics("--under-min-isr-partitions")],
                ["See whether a broker is missing.", `max(kafka_brokers{${job}})`],
            ],
            mitigation: [
                "Bring the missing brokers back.",
                "Do not lower `min.insync.replicas` to get going: it turns a refusal, which is seen, into a loss, which is not.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        KafkaPartitionsUnderReplicated: {
            meaning: "Some copies of a topic's partitions do not keep up: a broker is gone, slow, or short of disk.",
            impact: "None yet. Another broker lost may cost records or stop writing.",
            diagnosis: [
                ["See which broker is missing in all of them.", topics("--under-replicated-partitions")],
                "The slow broker's disk and network are on the brokers' own dashboards.",
            ],
            mitigation: [
                "A broker that has just come back needs time: the number shrinks.",
                "If it grows, have the owners look before the next broker follows.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        KafkaConsumersFallBehind: {
            meaning: "A consumer group is far behind and falls further behind. Its members are too slow, too few, or stuck on one record.",
            impact: "Rankings go by old events. Beyond the retention of seven days, events are lost unread.",
            diagnosis: [
                ["See lag and member of each partition: one partition alone is a record that can't be handled.", groups],
                ["See whether more is produced than usual.", `sum(rate(kafka_topic_partition_current_offset{${job},topic=~"${scope.service}[.].+"}[5m]))`],
                ["Read what the consumers say.", `${candidateLog} | grep -i -m 20 -E 'consumer|rebalance|commit'`],
            ],
            mitigation: [
                "Too slow: more pods help up to the number of partitions, twelve.",
                "One record that fails each time belongs into the topic for what could not be processed: `<service>.dead-letter`.",
            ],
            rollback: rollbackMayHelp,
        },
        KafkaConsumersGone: {
            meaning: "A consumer group of the service has no member: its pods are gone, may not join, or a revision uses another group name.",
            impact: "No consumer works off the events of that group.",
            diagnosis: [
                ["See the group.", groups],
                ["See the pods.", podsOf("api")],
                ["See whether joining is refused.", `${candidateLog} | grep -i -m 10 -E 'group|authoriz'`],
            ],
            mitigation: [
                "'Not authorized': the group's name does not begin with the service's name, which its rights ask for.",
                "A candidate that renamed the group on purpose begins at the newest record: decide whether what lies between matters.",
            ],
            rollback: rollbackMayHelp,
        },
    };
}
