import type { Case, Manifest } from "./case.ts";
import { container, deployment, object } from "./small.ts";

const topic = (spec: object): Manifest => object("kafka.strimzi.io/v1beta2", "KafkaTopic", "views", { spec });
const settled = { "min.insync.replicas": 2, "retention.ms": 86_400_000 };
const user = (...acls: object[]): Manifest => object("kafka.strimzi.io/v1beta2", "KafkaUser", "web", { spec: { authorization: { type: "simple", acls } } });
const acl = { resource: { type: "topic", name: "views", patternType: "literal" }, operations: ["Read", "Describe"] };
const kafka = (spec: object): Manifest =>
    object("kafka.strimzi.io/v1beta2", "Kafka", "events", {
        spec: { kafka: { listeners: [{ name: "tls", tls: true, authentication: { type: "tls" } }], authorization: { type: "simple" }, ...spec } },
    });
const postgres = (spec: object): Manifest => object("postgresql.cnpg.io/v1", "Cluster", "orders", { spec: { instances: 3, ...spec } });
const clickhouse = (users: object, settings: object = {}): Manifest =>
    object("clickhouse.altinity.com/v1", "ClickHouseInstallation", "events", { spec: { configuration: { users, settings } } });
const redis = (spec: object): Manifest => object("redis.redis.opstreelabs.in/v1beta2", "RedisReplication", "cache", { spec });
const started = (change: object): Case["objects"] => [deployment("store", { containers: [container(change)] })];
const variable = (name: string, value: string): Case["objects"] => started({ env: [{ name, value }] });

/** Stores as operators and plain manifests declare them. */
export const dataCases: readonly Case[] = [
    { title: "a topic of Strimzi", objects: [topic({ replicas: 3, config: settled })], finds: [] },
    { title: "a topic of Strimzi with one copy", objects: [topic({ replicas: 1, config: settled })], finds: ["kafka-replication"] },
    { title: "a topic of Strimzi without settings", objects: [topic({ replicas: 3 })], finds: ["kafka-in-sync", "kafka-retention"] },
    {
        title: "a topic of Strimzi with unclean elections",
        objects: [topic({ replicas: 3, config: { ...settled, "unclean.leader.election.enable": true } })],
        finds: ["kafka-clean-election"],
    },
    { title: "a user of Strimzi", objects: [user(acl)], finds: [] },
    { title: "a user of Strimzi who may do everything", objects: [user(acl, { ...acl, operations: ["Read", "All"] })], finds: ["kafka-access"] },
    { title: "a user of Strimzi on every topic", objects: [user({ ...acl, resource: { type: "topic", name: "*" } })], finds: ["kafka-access"] },
    {
        title: "a user of Strimzi who is denied everything",
        objects: [user({ ...acl, type: "deny", resource: { type: "topic", name: "*" }, operations: ["All"] })],
        finds: [],
    },
    { title: "brokers of Strimzi", objects: [kafka({})], finds: [] },
    {
        title: "brokers of Strimzi that take plain text from anybody",
        objects: [kafka({ listeners: [{ name: "plain", tls: false }] })],
        finds: ["operator-stores x2"],
    },
    { title: "brokers of Strimzi without access rules", objects: [kafka({ authorization: null })], finds: ["operator-stores"] },
    { title: "a PostgreSQL of CloudNativePG", objects: [postgres({ postgresql: { pg_hba: ["hostssl all all 10.0.0.0/8 scram-sha-256"] } })], finds: [] },
    {
        title: "a PostgreSQL of CloudNativePG that trusts",
        objects: [postgres({ postgresql: { pg_hba: ["host all all 0.0.0.0/0 trust"] } })],
        finds: ["operator-stores"],
    },
    {
        title: "a PostgreSQL of CloudNativePG without TLS",
        objects: [postgres({ postgresql: { pg_hba: ["host all all 10.0.0.0/8 scram-sha-256"] } })],
        finds: ["operator-stores"],
    },
    { title: "a PostgreSQL of CloudNativePG with its superuser", objects: [postgres({ enableSuperuserAccess: true })], finds: ["operator-stores"] },
    {
        title: "a ClickHouse of Altinity",
        objects: [clickhouse({ "reader/password_sha256_hex": "c".repeat(64), "reader/networks/ip": ["10.0.0.0/8"] })],
        finds: [],
    },
    {
        title: "a ClickHouse of Altinity with a password from a Secret",
        objects: [clickhouse({ "reader/password": { valueFrom: { secretKeyRef: { name: "store", key: "reader" } } } })],
        finds: [],
    },
    { title: "a ClickHouse of Altinity with a user without a password", objects: [clickhouse({ "reader/profile": "readonly" })], finds: ["operator-stores"] },
    {
        title: "a ClickHouse of Altinity open to the world",
        objects: [clickhouse({ reader: { password_sha256_hex: "c".repeat(64), networks: { ip: "::/0" } } })],
        finds: ["operator-stores"],
    },
    { title: "a ClickHouse of Altinity that listens in plain text", objects: [clickhouse({}, { tcp_port: 9000 })], finds: ["operator-stores"] },
    {
        title: "a Redis of an operator",
        objects: [redis({ kubernetesConfig: { redisSecret: { name: "cache", key: "password" } }, TLS: { secret: { secretName: "cache" } } })],
        finds: [],
    },
    { title: "a Redis of an operator without password and TLS", objects: [redis({ kubernetesConfig: {} })], finds: ["operator-stores x2"] },
    { title: "a PostgreSQL image that trusts", objects: variable("POSTGRES_HOST_AUTH_METHOD", "trust"), finds: ["store-open"] },
    { title: "a PostgreSQL image that asks for passwords", objects: variable("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256"), finds: [] },
    { title: "an image that allows empty passwords", objects: variable("ALLOW_EMPTY_PASSWORD", "yes"), finds: ["store-open"] },
    { title: "a Redis by arguments without a password", objects: started({ args: ["redis-server", "--port", "6379"] }), finds: ["store-open"] },
    {
        title: "a Redis by arguments without protection",
        objects: started({ command: ["redis-server"], args: ["--aclfile", "/users/acl", "--protected-mode", "no"] }),
        finds: ["store-open"],
    },
    {
        title: "a Redis by arguments with an empty password",
        objects: started({ command: ["sh", "-c", "exec redis-server /etc/redis.conf --requirepass ''"] }),
        finds: ["store-open"],
    },
    { title: "a Redis with a configuration file", objects: started({ args: ["redis-server", "/etc/redis/redis.conf"] }), finds: [] },
    { title: "a Redis with a file of users", objects: started({ command: ["redis-server", "--aclfile", "/users/acl"] }), finds: [] },
];
