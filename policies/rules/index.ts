import type { Rule } from "../engine/rule.ts";
import { noTokenMounted } from "./access/no-token-mounted.ts";
import { ownServiceAccount } from "./access/own-service-account.ts";
import { rbacAggregation } from "./access/rbac-aggregation.ts";
import { rbacBinding } from "./access/rbac-binding.ts";
import { rbacEscalation } from "./access/rbac-escalation.ts";
import { rbacSecrets } from "./access/rbac-secrets.ts";
import { rbacWebhooks } from "./access/rbac-webhooks.ts";
import { rbacWildcard } from "./access/rbac-wildcard.ts";
import { serviceAccountExists } from "./access/service-account-exists.ts";
import { backupAlert } from "./data/backup-alert.ts";
import { backupExists } from "./data/backup-exists.ts";
import { claimAccess } from "./data/claim-access.ts";
import { claimClass } from "./data/claim-class.ts";
import { clickhouseAccess } from "./data/clickhouse-access.ts";
import { clickhouseEncrypted } from "./data/clickhouse-encrypted.ts";
import { clickhouseLimits } from "./data/clickhouse-limits.ts";
import { clickhouseTables } from "./data/clickhouse-tables.ts";
import { kafkaAccess } from "./data/kafka-access.ts";
import { kafkaCleanElection } from "./data/kafka-clean-election.ts";
import { kafkaClients } from "./data/kafka-clients.ts";
import { kafkaEncrypted } from "./data/kafka-encrypted.ts";
import { kafkaInSync } from "./data/kafka-in-sync.ts";
import { kafkaReplication } from "./data/kafka-replication.ts";
import { kafkaRetention } from "./data/kafka-retention.ts";
import { operatorStores } from "./data/operator-stores.ts";
import { postgresClientsEncrypted } from "./data/postgres-clients-encrypted.ts";
import { postgresConnections } from "./data/postgres-connections.ts";
import { postgresEncrypted } from "./data/postgres-encrypted.ts";
import { postgresGrants } from "./data/postgres-grants.ts";
import { postgresOwner } from "./data/postgres-owner.ts";
import { postgresRole } from "./data/postgres-role.ts";
import { protectedData } from "./data/protected-data.ts";
import { redisAccess } from "./data/redis-access.ts";
import { redisCommands } from "./data/redis-commands.ts";
import { redisEncrypted } from "./data/redis-encrypted.ts";
import { redisMemory } from "./data/redis-memory.ts";
import { storageClass } from "./data/storage-class.ts";
import { storeOpen } from "./data/store-open.ts";
import { imageDigest } from "./images/image-digest.ts";
import { imageRegistry } from "./images/image-registry.ts";
import { imageSignature } from "./images/image-signature.ts";
import { imageTag } from "./images/image-tag.ts";
import { pullPolicy } from "./images/pull-policy.ts";
import { apiVersion } from "./metadata/api-version.ts";
import { manifestReadable } from "./metadata/manifest-readable.ts";
import { namespacePodSecurity } from "./metadata/namespace-pod-security.ts";
import { namespaceSet } from "./metadata/namespace-set.ts";
import { noOpaqueObject } from "./metadata/no-opaque-object.ts";
import { noOpaqueRelease } from "./metadata/no-opaque-release.ts";
import { noPodMutation } from "./metadata/no-pod-mutation.ts";
import { packageHasObjects } from "./metadata/package-has-objects.ts";
import { recommendedLabels } from "./metadata/recommended-labels.ts";
import { backendExists } from "./network/backend-exists.ts";
import { defaultDeny } from "./network/default-deny.ts";
import { edgeHosts } from "./network/edge-hosts.ts";
import { edgeTls } from "./network/edge-tls.ts";
import { monitorHasService } from "./network/monitor-has-service.ts";
import { networkPolicyHasPods } from "./network/network-policy-has-pods.ts";
import { noEdgeSnippet } from "./network/no-edge-snippet.ts";
import { noMetadataAccess } from "./network/no-metadata-access.ts";
import { noOpenPeer } from "./network/no-open-peer.ts";
import { noOpenSum } from "./network/no-open-sum.ts";
import { noSpecialAddress } from "./network/no-special-address.ts";
import { podsGoverned } from "./network/pods-governed.ts";
import { serviceExposure } from "./network/service-exposure.ts";
import { serviceHasPods } from "./network/service-has-pods.ts";
import { servicePorts } from "./network/service-ports.ts";
import { uniqueRoute } from "./network/unique-route.ts";
import { alertAnnotations } from "./observability/alert-annotations.ts";
import { alertExpression } from "./observability/alert-expression.ts";
import { alertFor } from "./observability/alert-for.ts";
import { alertLabels } from "./observability/alert-labels.ts";
import { alertmanagerInhibit } from "./observability/alertmanager-inhibit.ts";
import { alertmanagerKeys } from "./observability/alertmanager-keys.ts";
import { alertmanagerRoutes } from "./observability/alertmanager-routes.ts";
import { dashboardSize } from "./observability/dashboard-size.ts";
import { dashboardUid } from "./observability/dashboard-uid.ts";
import { deliveryLabels } from "./observability/delivery-labels.ts";
import { apparmorProfile } from "./pod-security/apparmor-profile.ts";
import { capabilities } from "./pod-security/capabilities.ts";
import { highUserId } from "./pod-security/high-user-id.ts";
import { noHostNamespace } from "./pod-security/no-host-namespace.ts";
import { noHostPath } from "./pod-security/no-host-path.ts";
import { noHostPort } from "./pod-security/no-host-port.ts";
import { noHostVolume } from "./pod-security/no-host-volume.ts";
import { noPrivilegeEscalation } from "./pod-security/no-privilege-escalation.ts";
import { noPrivilegedContainer } from "./pod-security/no-privileged-container.ts";
import { noProbeHost } from "./pod-security/no-probe-host.ts";
import { noRootUser } from "./pod-security/no-root-user.ts";
import { noSharedProcesses } from "./pod-security/no-shared-processes.ts";
import { noWindowsHostProcess } from "./pod-security/no-windows-host-process.ts";
import { patchedContainers } from "./pod-security/patched-containers.ts";
import { procMount } from "./pod-security/proc-mount.ts";
import { readOnlyRootFilesystem } from "./pod-security/read-only-root-filesystem.ts";
import { runAsNonRoot } from "./pod-security/run-as-non-root.ts";
import { safeSysctls } from "./pod-security/safe-sysctls.ts";
import { seccompProfile } from "./pod-security/seccomp-profile.ts";
import { selinuxOptions } from "./pod-security/selinux-options.ts";
import { volumeTypes } from "./pod-security/volume-types.ts";
import { autoscalerBounds } from "./resilience/autoscaler-bounds.ts";
import { autoscalerScalesUp } from "./resilience/autoscaler-scales-up.ts";
import { autoscalerTarget } from "./resilience/autoscaler-target.ts";
import { cronJob } from "./resilience/cron-job.ts";
import { disruptionBudgetBelowMinimum } from "./resilience/disruption-budget-below-minimum.ts";
import { disruptionBudgetEviction } from "./resilience/disruption-budget-eviction.ts";
import { disruptionBudgetExists } from "./resilience/disruption-budget-exists.ts";
import { disruptionBudgetMoves } from "./resilience/disruption-budget-moves.ts";
import { disruptionBudgetProtects } from "./resilience/disruption-budget-protects.ts";
import { gracefulShutdown } from "./resilience/graceful-shutdown.ts";
import { livenessProbe } from "./resilience/liveness-probe.ts";
import { noBlanketToleration } from "./resilience/no-blanket-toleration.ts";
import { noNakedPod } from "./resilience/no-naked-pod.ts";
import { noReplicasWithAutoscaler } from "./resilience/no-replicas-with-autoscaler.ts";
import { noSystemPriority } from "./resilience/no-system-priority.ts";
import { oneAutoscaler } from "./resilience/one-autoscaler.ts";
import { priorityClass } from "./resilience/priority-class.ts";
import { probePort } from "./resilience/probe-port.ts";
import { probesDiffer } from "./resilience/probes-differ.ts";
import { readinessProbe } from "./resilience/readiness-probe.ts";
import { replicaMinimum } from "./resilience/replica-minimum.ts";
import { rollingUpdate } from "./resilience/rolling-update.ts";
import { spread } from "./resilience/spread.ts";
import { startupProbe } from "./resilience/startup-probe.ts";
import { emptyDirLimit } from "./resources/empty-dir-limit.ts";
import { limitRatio } from "./resources/limit-ratio.ts";
import { memoryLimit } from "./resources/memory-limit.ts";
import { namespaceQuota } from "./resources/namespace-quota.ts";
import { resourceRequests } from "./resources/resource-requests.ts";
import { analysisExists } from "./rollout/analysis-exists.ts";
import { analysisGuarded } from "./rollout/analysis-guarded.ts";
import { bakeTime } from "./rollout/bake-time.ts";
import { candidateCapacity } from "./rollout/candidate-capacity.ts";
import { immutableConfig } from "./rollout/immutable-config.ts";
import { revisionScales } from "./rollout/revision-scales.ts";
import { rolloutApproval } from "./rollout/rollout-approval.ts";
import { rolloutBackends } from "./rollout/rollout-backends.ts";
import { rolloutGate } from "./rollout/rollout-gate.ts";
import { rolloutServices } from "./rollout/rollout-services.ts";
import { rolloutShare } from "./rollout/rollout-share.ts";
import { rolloutStep } from "./rollout/rollout-step.ts";
import { rolloutStrategy } from "./rollout/rollout-strategy.ts";
import { rolloutWeights } from "./rollout/rollout-weights.ts";
import { stableFloor } from "./rollout/stable-floor.ts";
import { stableKept } from "./rollout/stable-kept.ts";
import { wayBack } from "./rollout/way-back.ts";
import { weightExpressible } from "./rollout/weight-expressible.ts";
import { noPlainSecret } from "./secrets/no-plain-secret.ts";
import { noSecretInConfigMap } from "./secrets/no-secret-in-config-map.ts";
import { noSecretLiteral } from "./secrets/no-secret-literal.ts";
import { secretsAsFiles } from "./secrets/secrets-as-files.ts";
import { uniqueEnvironment } from "./secrets/unique-environment.ts";
import { waiverListed } from "./waivers/waiver-listed.ts";
import { waiverRegister } from "./waivers/waiver-register.ts";
import { waiverValid } from "./waivers/waiver-valid.ts";

/** Every rule of the pack, by family. */
export const families = {
    access: [noTokenMounted, ownServiceAccount, rbacAggregation, rbacBinding, rbacEscalation, rbacSecrets, rbacWebhooks, rbacWildcard, serviceAccountExists],
    data: [
        backupAlert,
        backupExists,
        claimAccess,
        claimClass,
        clickhouseAccess,
        clickhouseEncrypted,
        clickhouseLimits,
        clickhouseTables,
        kafkaAccess,
        kafkaCleanElection,
        kafkaClients,
        kafkaEncrypted,
        kafkaInSync,
        kafkaReplication,
        kafkaRetention,
        operatorStores,
        postgresClientsEncrypted,
        postgresConnections,
        postgresEncrypted,
        postgresGrants,
        postgresOwner,
        postgresRole,
        protectedData,
        redisAccess,
        redisCommands,
        redisEncrypted,
        redisMemory,
        storageClass,
        storeOpen,
    ],
    images: [imageDigest, imageRegistry, imageSignature, imageTag, pullPolicy],
    metadata: [
        apiVersion,
        manifestReadable,
        namespacePodSecurity,
        namespaceSet,
        noOpaqueObject,
        noOpaqueRelease,
        noPodMutation,
        packageHasObjects,
        recommendedLabels,
    ],
    network: [
        backendExists,
        defaultDeny,
        edgeHosts,
        edgeTls,
        monitorHasService,
        networkPolicyHasPods,
        noEdgeSnippet,
        noMetadataAccess,
        noOpenPeer,
        noOpenSum,
        noSpecialAddress,
        podsGoverned,
        serviceExposure,
        serviceHasPods,
        servicePorts,
        uniqueRoute,
    ],
    observability: [
        alertAnnotations,
        alertExpression,
        alertFor,
        alertLabels,
        alertmanagerInhibit,
        alertmanagerKeys,
        alertmanagerRoutes,
        dashboardSize,
        dashboardUid,
        deliveryLabels,
    ],
    "pod-security": [
        apparmorProfile,
        capabilities,
        highUserId,
        noHostNamespace,
        noHostPath,
        noHostPort,
        noHostVolume,
        noPrivilegeEscalation,
        noPrivilegedContainer,
        noProbeHost,
        noRootUser,
        noSharedProcesses,
        noWindowsHostProcess,
        patchedContainers,
        procMount,
        readOnlyRootFilesystem,
        runAsNonRoot,
        safeSysctls,
        seccompProfile,
        selinuxOptions,
        volumeTypes,
    ],
    resilience: [
        autoscalerBounds,
        autoscalerScalesUp,
        autoscalerTarget,
        cronJob,
        disruptionBudgetBelowMinimum,
        disruptionBudgetEviction,
        disruptionBudgetExists,
        disruptionBudgetMoves,
        disruptionBudgetProtects,
        gracefulShutdown,
        livenessProbe,
        noBlanketToleration,
        noNakedPod,
        noReplicasWithAutoscaler,
        noSystemPriority,
        oneAutoscaler,
        priorityClass,
        probePort,
        probesDiffer,
        readinessProbe,
        replicaMinimum,
        rollingUpdate,
        spread,
        startupProbe,
    ],
    resources: [emptyDirLimit, limitRatio, memoryLimit, namespaceQuota, resourceRequests],
    rollout: [
        analysisExists,
        analysisGuarded,
        bakeTime,
        candidateCapacity,
        immutableConfig,
        revisionScales,
        rolloutApproval,
        rolloutBackends,
        rolloutGate,
        rolloutServices,
        rolloutShare,
        rolloutStep,
        rolloutStrategy,
        rolloutWeights,
        stableFloor,
        stableKept,
        wayBack,
        weightExpressible,
    ],
    secrets: [noPlainSecret, noSecretInConfigMap, noSecretLiteral, secretsAsFiles, uniqueEnvironment],
    waivers: [waiverListed, waiverRegister, waiverValid],
} as const satisfies Readonly<Record<string, readonly Rule[]>>;

/** Every rule of the pack. */
export const rules: readonly Rule[] = Object.values(families).flat();
