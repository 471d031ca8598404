/**
 * What a program, a test or a tool of its own needs of the library without Pulumi: the plan, the judge, the config, and how the `rollout` command learns of a program.
 * The components are in `progressive-rollout/pulumi`.
 *
 * @module
 */

// How one service is rolled out: weights, pods, soaks, approvals and criteria, as data.
export { type ServiceProfile, defineProfile } from "./profile/profile.ts";
export { type Role, type RolloutPlan, type Step, type Weight, definePlan, isWeight, nextStep, stepAt, weightsOf } from "./plan/plan.ts";
export { type Destination, type Move, describeMove } from "./plan/move.ts";

// Boxes of a production checklist, for a profile that has one.
export { type Box, type Checklist, type Establishment, alert, approved, attested, check, declared, event, gate, policy, section } from "./checklist/box.ts";
export { checklistTables } from "./checklist/page.ts";

// What the live route says.
export { type LabelKeys, type LabelPrefix, labelKeysOf } from "./route/label-keys.ts";
export { type ReadVariable, type VariablePrefix, variableName } from "./profile/variables.ts";
export { type RolloutRecord, decodeRecord, weightOf } from "./route/record.ts";
export { type RevisionReference, type RevisionSpec, referenceTo, revisionObjectName } from "./route/revision.ts";
export { testerKeySecretName, testersRouteName } from "./route/testers.ts";

// The judge: criteria and evidence in, a verdict with reasons out.
export { judge, type JudgeLimits, defaultLimits } from "./gate/judge.ts";
export type { GatewayAlone, MetricNames, OpenTelemetryMetrics, PrometheusMetrics, ServiceMetrics } from "./gate/service-metrics.ts";
export type { ExpectedAnswer, FunctionProbe, HttpProbe, Probe, Probes } from "./gate/probe.ts";
export type { ProbeAnswer, ProbeContext, ProbeFunction, ProbeRequest, ProbedPod } from "./gate/live/probes/context.ts";
export type { Criteria, Criterion, Measure, OnBreach, StepCriteria, Subject } from "./gate/criterion.ts";
export type { Evidence, GatewayCounts, GatewayView, Observation, ProbeResult, RequestCounts, RevisionEvidence } from "./gate/evidence.ts";
export type { Judgement, Reason, Shortfall, Verdict } from "./gate/verdict.ts";

// The config that a rollout needs, for a program to add keys of its own to.
export { type RolloutSettings, type WithDefaults, settingsSchema, settingsShape } from "./settings/settings.ts";
export { type ConfigForm, type ConfigParser, type ParsedConfig, type ParseOptions, configParser } from "./settings/parse.ts";
export type { Rule } from "./settings/rule.ts";
export { imageRules, settingsRules } from "./settings/rules.ts";
export type { SecretKey } from "./settings/secrets.ts";
export { ConfigError, type ConfigProblem } from "./settings/problem.ts";

// What the `rollout` command learns of a program.
export { type ProgramArgs, type RolloutProgram, defineProgram } from "./cli/program.ts";
export { type ClusterNeeds, type NeededKind, rolloutKinds } from "./doctor/needs.ts";
export { type RolloutTarget, targetOf } from "./cli/target.ts";
