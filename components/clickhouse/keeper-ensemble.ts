import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defined } from "../../rollout/defined.ts";
import { withoutBackupAnnotation } from "../backup/reference.ts";
import { type StorePartArgs, dataVolumeClaim } from "../store.ts";
import { headlessService, identityOf } from "./identity.ts";
import { keeperConfiguration } from "./keeper-configuration.ts";
import { keeperPod } from "./pods.ts";
import { clickhousePorts, keeperPorts } from "./ports.ts";
import { startScript, startScriptFile } from "./start-script.ts";
import { firstKeeper, keeperCount, keeperName, keeperPodsName } from "./topology.ts";
import { oneAtATime, timeoutsOf } from "../../rollout/pulumi/workload.ts";

export interface KeeperEnsembleArgs extends StorePartArgs {
    /** Name of the ClickHouse cluster that is coordinated: prefix of the pods' names, which the servers know. */
    readonly cluster: string;
    /** Image by digest. */
    readonly image: pulumi.Input<string>;
}

/** Size of each Keeper's volume: logs and snapshots of the coordination only. */
const volumeSize = "10Gi";

/** Three ClickHouse Keepers, of which two suffice: they say which replica has what, and hand out changes of the schema. */
export class KeeperEnsemble extends pulumi.ComponentResource {
    /** Name of the StatefulSet. */
    public readonly statefulSetName: pulumi.Output<string>;

    constructor(name: string, args: KeeperEnsembleArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:clickhouse:KeeperEnsemble", name, args, opts);
        const { cluster, namespace } = args;
        const tls = args.certificateName !== undefined;
        const identity = identityOf(args.service, "clickhouse-keeper");
        const metadata = { name: keeperName(cluster), namespace, labels: identity.labels };
        const child = { parent: this };

        const configuration = new k8s.core.v1.ConfigMap(
            `${name}-configuration`,
            {
                metadata: { namespace, labels: identity.labels },
                immutable: true,
                data: {
                    "keeper.yaml": pulumi.output(namespace).apply((known) => keeperConfiguration({ name: cluster, namespace: known, tls })),
                    [startScriptFile]: startScript("keeper", tls),
                },
            },
            child,
        );
        new k8s.core.v1.Service(
            `${name}-pods`,
            headlessService(keeperPodsName(cluster), namespace, identity, {
                client: tls ? keeperPorts.encrypted : keeperPorts.plain,
                raft: keeperPorts.raft,
                metrics: clickhousePorts.metrics,
            }),
            child,
        );
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata, spec: oneAtATime(identity.selector) }, child);
        const keepers = new k8s.apps.v1.StatefulSet(
            `${name}-keepers`,
            {
                metadata: {
                    ...metadata,
                    annotations: { [withoutBackupAnnotation]: "coordination only: ClickHouse makes it again from its tables (SYSTEM RESTORE REPLICA)" },
                },
                spec: {
                    serviceName: keeperPodsName(cluster),
                    replicas: keeperCount,
                    ordinals: { start: firstKeeper },
                    // All at once: a Keeper is ready only with a majority.
                    podManagementPolicy: "Parallel",
                    updateStrategy: { type: "RollingUpdate" },
                    selector: { matchLabels: identity.selector },
                    template: keeperPod({
                        ...identity,
                        image: args.image,
                        serviceAccountName: args.serviceAccountName,
                        configurationName: configuration.metadata.name,
                        ...defined({ certificateName: args.certificateName }),
                    }),
                    volumeClaimTemplates: [dataVolumeClaim(volumeSize, args.storageClassName)],
                },
            },
            { parent: this, protect: args.protect, customTimeouts: timeoutsOf(args.awaitTimeoutSeconds) },
        );

        this.statefulSetName = keepers.metadata.name;
        this.registerOutputs({ statefulSetName: this.statefulSetName });
    }
}
