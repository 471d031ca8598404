import * as kafka from "@pulumi/kafka";
import * as k8s from "@pulumi/kubernetes";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";

import { defined } from "./rollout/defined.ts";
import { ApplicationSecrets } from "./components/application-secrets.ts";
import { Certificate } from "./components/certificate.ts";
import { connectionFiles, storeAuthorities } from "./components/connection-files.ts";
import { SignatureAdmission } from "./rollout/pulumi/signature-admission.ts";
import { databaseName } from "./components/database-name.ts";
import { DatabaseMigration, migrationComponent } from "./components/database-migration.ts";
import { DatabaseBackup } from "./components/database-backup.ts";
import { serviceTopics } from "./components/kafka/service-topics.ts";
import { KafkaTopics } from "./components/kafka-topics.ts";
import { withoutPathOfKubeconfig } from "./components/kubeconfig.ts";
import { serviceFlows } from "./components/network/service-flows.ts";
import { PostgresDatabase } from "./components/postgres-database.ts";
import { DeletionGuard } from "./rollout/pulumi/deletion-guard.ts";
import { ownedBy } from "./rollout/pulumi/field-owner.ts";
import { ProgressiveRollout } from "./rollout/pulumi/progressive-rollout.ts";
import { RolloutWatchdog, watchdogComponent } from "./rollout/pulumi/rollout-watchdog.ts";
import { ServiceNamespace } from "./components/service-namespace.ts";
import { ServiceObservability } from "./components/service-observability.ts";
import { ServiceStores } from "./components/service-stores.ts";
import { profile } from "./service/profile.ts";
import { judgedRules } from "./config/stack-rules.ts";
import { stackRollout } from "./rollout/pulumi/stack-rollout.ts";
import { stackObservability } from "./config/stack-observability.ts";
import { TesterKey } from "./rollout/pulumi/tester-key.ts";
import { withFormerTypes } from "./config/former-types.ts";
import { loadConfig, loadSecrets } from "./config/load.ts";
import { writersIn } from "./rollout/ledger/writers.ts";
import { weightOf } from "./rollout/route/record.ts";
import { testerKeySecretName, testersRouteName } from "./rollout/route/testers.ts";

const config = loadConfig();
const { serviceName: service, images, gateway } = config;
const { kubeContext, clusterIdentifier, awaitTimeoutSeconds, podNetworks, monitoringNamespace, nameServers, storageClassName } = config.cluster;
const { redis, clickhouse, kafka: brokers, postgres } = config.stores;
const database = databaseName(service);
const storage = defined({ storageClassName });

const { testers } = gateway;

/** Data is protected wherever it is real. A lab is made to be thrown away. */
const protect = config.environment !== "lab";

// Where the rollout stands decides the order in which this program's objects change, so it is read before any of them is declared.
const { target, args: asked } = await stackRollout({ profile, config, judgePolicies: judgedRules });

const reachedBrokers = brokers.reach ?? brokers;
// What users are on stays, whatever the command's flags leave out. What no user meets comes and goes with the config.
const deletionGuard = new DeletionGuard({
    ...asked,
    clusterIdentifier,
    aside: [
        "backup",
        "restore-check",
        "clickhouse-backup",
        "clickhouse-restore-check",
        "clickhouse-migration",
        migrationComponent,
        watchdogComponent,
        "observability",
        "signatures",
    ],
});
const kubernetesProvider = new k8s.Provider(
    "kubernetes",
    { context: kubeContext, clusterIdentifier },
    { transformations: [withoutPathOfKubeconfig, deletionGuard.transformation] },
);
const kafkaProvider = new kafka.Provider("kafka", { bootstrapServers: [...reachedBrokers.bootstrapServers], tlsEnabled: reachedBrokers.tls });
const postgresProvider = new postgresql.Provider("postgresql", {
    ...(postgres.reach ?? { host: postgres.host, port: postgres.port }),
    username: postgres.adminUser,
    password: loadSecrets().postgresAdminPassword,
    sslmode: postgres.sslMode,
    expectedVersion: postgres.expectedVersion,
    // A managed server's administrator is no superuser; the lab's is.
    superuser: config.environment === "lab",
});

const transformations = [withFormerTypes, deletionGuard.transformation];
const owner = `pulumi-${pulumi.getProject()}-${pulumi.getStack()}`;
const inKubernetes = { providers: [kubernetesProvider], transformations: [...transformations, ownedBy(owner)] };

const flows = serviceFlows({
    gatewayNamespace: gateway.namespace,
    ...(testers.kind === "host" ? { testersGateway: { namespace: testers.gateway?.namespace ?? gateway.namespace, url: testers.url } } : {}),
    monitoringNamespace,
    redis,
    clickhouse,
    kafkaBootstrapServers: brokers.bootstrapServers,
    postgres,
    migrates: postgres.migration !== undefined,
    watchdog: config.watchdog !== undefined,
    ...(config.communication?.email === undefined ? {} : { watchdogMailPort: config.communication.email.port }),
    ...(config.metrics?.gatewayStatsUrl === undefined ? {} : { watchdogGatewayStatsUrl: config.metrics.gatewayStatsUrl }),
});
const space = new ServiceNamespace(
    `${service}-namespace`,
    {
        namespace: config.namespace,
        service,
        flows,
        nameServers,
        serviceAccounts: ["application", "backup", "store", ...(postgres.migration === undefined ? [] : [migrationComponent])],
        ...(config.watchdog === undefined
            ? {}
            : {
                  watchdog: {
                      routeName: service,
                      ...(testers.kind === "header" ? { testerSecretName: testerKeySecretName(service) } : {}),
                      ...(testers.kind === "host" ? { testersRouteName: testersRouteName(service) } : {}),
                  },
              }),
        protect,
    },
    inKubernetes,
);
const namespace = space.namespace;

const { credentials } = new ApplicationSecrets(`${service}-secrets`, { service });
const stores = new ServiceStores(
    `${service}-stores`,
    {
        namespace,
        service,
        serviceAccountName: space.serviceAccountName("store"),
        redis,
        clickhouse,
        credentials,
        images,
        podNetworks,
        database,
        backupServiceAccountName: space.serviceAccountName("backup"),
        awaitTimeoutSeconds,
        protect,
        ...storage,
    },
    inKubernetes,
);
new KafkaTopics(
    `${service}-topics`,
    {
        ...serviceTopics({ service, user: credentials.kafkaApplication.username }),
        logins: brokers.sasl === "none" ? [] : [{ user: credentials.kafkaApplication.username, password: credentials.kafkaApplication.password }],
        replicationFactor: brokers.replicationFactor,
        minimumInSyncReplicas: brokers.minimumInSyncReplicas,
        protect,
    },
    { providers: [kafkaProvider], transformations },
);
const rows = new PostgresDatabase(
    `${service}-database`,
    {
        database,
        schema: database,
        owner: { ...credentials.postgresOwner, connectionLimit: 5 },
        application: { ...credentials.postgresApplication, connectionLimit: 100 },
        readOnly: { ...credentials.postgresReadOnly, connectionLimit: 10 },
        protect,
    },
    { providers: [postgresProvider], transformations },
);
if (postgres.migration !== undefined) {
    new DatabaseMigration(
        `${service}-migration`,
        {
            ...postgres.migration,
            namespace,
            service,
            serviceAccountName: space.serviceAccountName(migrationComponent),
            server: { host: postgres.host, port: postgres.port, sslMode: postgres.sslMode },
            database: rows.database,
            owner: credentials.postgresOwner,
            awaitTimeoutSeconds,
        },
        inKubernetes,
    );
}
new DatabaseBackup(
    `${service}-backup`,
    {
        namespace,
        service,
        serviceAccountName: space.serviceAccountName("backup"),
        image: images.postgres,
        server: { host: postgres.host, port: postgres.port, sslMode: postgres.sslMode },
        database: rows.database,
        login: credentials.postgresOwner,
        volumeSize: postgres.backupVolumeSize,
        protect,
        ...storage,
    },
    inKubernetes,
);
new Certificate(
    `${service}-certificate`,
    {
        namespace: gateway.namespace,
        service,
        hostnames: [gateway.hostname],
        issuer: { kind: "ClusterIssuer", name: gateway.tlsIssuer },
        secretName: `${service}-tls`,
        awaitTimeoutSeconds,
    },
    inKubernetes,
);
new SignatureAdmission(
    `${service}-signatures`,
    { namespace, namespaceName: config.namespace, service, ...defined({ writers: writersIn(target) }) },
    inKubernetes,
);
const testerKey = testers.kind === "header" ? new TesterKey(`${service}-tester-key`, { ...testers, namespace, service }, inKubernetes).key : undefined;
const rollout = new ProgressiveRollout(
    service,
    {
        ...asked,
        deletionGuard,
        namespace,
        ...defined({ testerKey }),
        serviceAccountName: space.serviceAccountName("application"),
        secretFiles: connectionFiles({
            credentials,
            postgres: { host: postgres.host, port: postgres.port, sslMode: postgres.sslMode, database: rows.database },
            redis: stores.redis,
            clickhouse: { ...stores.clickhouse, database },
            kafka: brokers,
        }),
        authorities: storeAuthorities(stores),
    },
    inKubernetes,
);

if (config.watchdog !== undefined) {
    new RolloutWatchdog(
        `${service}-watchdog`,
        {
            namespace,
            namespaceName: config.namespace,
            service,
            image: config.watchdog.image,
            serviceAccountName: space.serviceAccountName(watchdogComponent),
            target,
            awaitTimeoutSeconds,
        },
        inKubernetes,
    );
}

const watched = stackObservability(config);
if (watched !== undefined) {
    new ServiceObservability(`${service}-observability`, { namespace, ...watched }, inKubernetes);
}

/** Share of user requests that the program asks for, in percent. Where the rollout stands is on the live route, never in this output. */
export const rolloutPercent = weightOf(rollout.record);
/** Name of the revision that users have. */
export const stable = config.stable.name;
/** Name of the revision being rolled out, or `none`. */
export const candidate = config.candidate?.name ?? "none";
/** Host name that users call. */
export const hostname = gateway.hostname;
