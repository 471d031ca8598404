/**
 * The components of a rollout, and what they need of a live cluster. It loads Pulumi's SDK for Kubernetes.
 *
 * @module
 */

export { ProgressiveRollout, type ProgressiveRolloutArgs } from "./progressive-rollout.ts";
export { type CondemnedObject, DeletionGuard, type DeletionGuardArgs } from "./deletion-guard.ts";
export { ownedBy } from "./field-owner.ts";
export { Revision, type RevisionArgs } from "./revision.ts";
export { RevisionAutoscaler, type RevisionAutoscalerArgs } from "./revision-autoscaler.ts";
export { TrafficSplit, type TrafficSplitArgs } from "./traffic-split.ts";
export { TesterKey, type TesterKeyArgs } from "./tester-key.ts";
export { SignatureAdmission, type SignatureAdmissionArgs } from "./signature-admission.ts";

// The watchdog, and the rights that its service account needs.
export { RolloutWatchdog, type RolloutWatchdogArgs, watchdogComponent, watchdogMetricsPort } from "./rollout-watchdog.ts";
export { type WatchdogReach, watchdogRules, watchLeaseName } from "./watchdog-rights.ts";

// What a stack's config says of its rollout.
export { stackConfig } from "./stack-config.ts";
export { type StackRollout, type StackRolloutArgs, stackRollout } from "./stack-rollout.ts";

// What stands between two steps, and what writes a step down.
export { type StackGates, type StackGatesArgs, stackGates } from "./stack-gates.ts";
export type { Refusal, RolloutChange, StepCondition, StepForward } from "./rollout-change.ts";
export type { RolloutJournal } from "./rollout-journal.ts";

// The live cluster, read before anything is declared.
export { type ApiServer, type ClusterAccess, apiServer } from "../kubernetes/api-server.ts";
export type { ClusterReader, LiveRoute, MountedFile } from "../kubernetes/cluster-reader.ts";
export { type LiveRollout, type LiveRolloutArgs, liveRollout } from "../kubernetes/live-rollout.ts";
export type { LabelledRoute, RouteDesign } from "../route/route-spec.ts";
export type { RevisionSpec } from "../route/revision.ts";
