import { type PreflightFinding, type Problem, findingOf, notConfigured } from "../../preflight.ts";
import { candidateCapacity, stableCapacity } from "../../../route/capacity.ts";
import { type Weight, nextStep, stepAt } from "../../../plan/plan.ts";
import { judgeCapacity } from "../../room/judge.ts";
import { decodeRecord } from "../../../route/record.ts";
import { labelKeysOf } from "../../../route/label-keys.ts";
import { type RevisionSpec, revisionObjectName } from "../../../route/revision.ts";
import { timeOf } from "../../../kubernetes/api-server.ts";
import { autoscalerState } from "../../../kubernetes/autoscaler-state.ts";
import { annotationsOf, routeQuery } from "../../../route/route.ts";
import { rehearseRollback } from "../rehearsal.ts";
import { nodesWithRoom, requestsOf } from "../../room/read.ts";
import type { Declared } from "../context.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";

type ClusterCheck = "backup-age" | "capacity" | "rollback-rehearsal" | "autoscaling" | "logs";

/** What the API server knows. */
export function clusterChecks(tools: Tools): Readonly<Partial<Record<ClusterCheck, Check>>> {
    const { backups = [] } = tools.context.declared;
    const { candidate } = tools.context.config;
    return {
        ...(backups.length === 0 ? {} : { "backup-age": () => backupAge(tools, backups) }),
        capacity: () => capacity(tools),
        // Without a candidate there is nothing to roll back.
        ...(candidate === undefined ? {} : { "rollback-rehearsal": () => rehearsal(tools, candidate) }),
        autoscaling: () => autoscaling(tools),
        logs: () => logs(tools),
    };
}

/**
 * The newest successful run of each CronJob that backs up, by the API server's clock. The restore check is one of them: a dump is a backup once it was restored. A job that is younger than the age
 * that it may have had no time yet, which is said while no candidate gets users.
 */
async function backupAge({ context, api }: Tools, backups: NonNullable<Declared["backups"]>): Promise<PreflightFinding> {
    const { namespace, rolloutPercent } = context.config;
    const ages: string[] = [];
    const young: string[] = [];
    const problems = await Promise.all(
        backups.map(async ({ cronJob, mostAgeHours }): Promise<readonly Problem[]> => {
            const answer = await api.find(({ batch }, options) => batch.readNamespacedCronJob({ namespace, name: cronJob }, options));
            if (answer.value === undefined) {
                return [{ text: `there is no CronJob ${cronJob}`, fix: "run 'pulumi up': the program declares it" }];
            }
            const { metadata, spec, status } = answer.value;
            const run = `see the log of its last Job, then run it: kubectl -n ${namespace} create job --from=cronjob/<name> <name>-now`;
            const last = status?.lastSuccessfulTime;
            const hours = last === undefined ? undefined : (timeOf(answer).getTime() - new Date(last).getTime()) / 3_600_000;
            ages.push(`${cronJob} ${hours === undefined ? "never" : `${hours.toFixed(1)} h`}`);
            const madeHours =
                metadata?.creationTimestamp === undefined ? undefined : (timeOf(answer).getTime() - metadata.creationTimestamp.getTime()) / 3_600_000;
            if (hours === undefined && rolloutPercent === 0 && spec.suspend !== true && madeHours !== undefined && madeHours < mostAgeHours) {
                young.push(`${cronJob} was made ${madeHours.toFixed(1)} h ago`);
                return [];
            }
            return [
                ...(spec.suspend === true ? [{ text: `${cronJob} is suspended`, fix: "set suspend to false: run 'pulumi up'" }] : []),
                ...(hours === undefined
                    ? [{ text: `${cronJob} has never succeeded`, fix: run }]
                    : hours > mostAgeHours
                      ? [{ text: `${cronJob} last succeeded ${hours.toFixed(0)} h ago, more than ${String(mostAgeHours)} h`, fix: run }]
                      : []),
            ];
        }),
    );
    return problems.flat().length === 0 && young.length > 0
        ? {
              state: "later",
              text: `not backed up yet: ${young.join(", ")}`,
              fix: "wait for the first runs, or run each now (kubectl create job --from=cronjob/<name>): they are due before a candidate gets users",
              evidence: { ages },
          }
        : findingOf(problems.flat(), `newest: ${ages.join(", ")}`, { ages });
}

/** Room for the candidate at its next step, and for the stable revision with all traffic, beside what is there. */
async function capacity({ context, api }: Tools): Promise<PreflightFinding> {
    const { namespace, serviceName, stable, candidate, rolloutPercent } = context.config;
    const { plan } = context.profile;
    const next = nextStep(plan, rolloutPercent) ?? stepAt(plan, rolloutPercent);
    const wanted: readonly { readonly revision: RevisionSpec; readonly pods: number }[] = [
        { revision: stable, pods: plan.fullReplicas },
        ...(candidate === undefined ? [] : [{ revision: candidate, pods: next.candidateReplicas + next.sparePods }]),
    ];
    const deployments = await Promise.all(
        wanted.map(async ({ revision, pods }) => {
            const name = revisionObjectName(serviceName, revision.name);
            const { value } = await api.find(({ apps }, options) => apps.readNamespacedDeployment({ namespace, name }, options));
            return { revision: revision.name, pods, name, value };
        }),
    );
    const known = deployments.find(({ value }) => value !== undefined)?.value;
    if (known === undefined) {
        return findingOf([{ text: `there is no Deployment of ${serviceName}, so it is not known what a pod needs`, fix: "run 'pulumi up' first" }], "");
    }
    const demands = deployments.map(({ revision, pods, value }) => ({
        revision,
        // A candidate that is not deployed yet has the same resources: the program gives every revision the same ones.
        missing: Math.max(0, pods - (value?.status?.replicas ?? 0)),
        each: requestsOf((value ?? known).spec?.template.spec),
    }));
    return judgeCapacity(await nodesWithRoom(api), demands);
}

async function rehearsal({ context, api }: Tools, candidate: RevisionSpec): Promise<PreflightFinding> {
    const { namespace, serviceName: service, stable, gateway } = context.config;
    return rehearseRollback(api, { namespace, design: { profile: context.profile, service, hostname: gateway.hostname, gateway }, stable, candidate });
}

/**
 * The autoscaler of each revision: that it works, and that its bounds are those of the plan at the step that is live. The config may ask for the next step
 * already: the preflight comes before the `pulumi up` that takes it.
 */
async function autoscaling(tools: Tools): Promise<PreflightFinding> {
    const { context, api } = tools;
    const { namespace, serviceName, stable, candidate, rolloutPercent } = context.config;
    const record = { stable: { name: stable.name, digest: "" }, candidate: { name: candidate?.name ?? "", digest: "" } };
    const weightPercent = (await liveWeight(tools)) ?? rolloutPercent;
    const { plan } = context.profile;
    const revisions = [
        { name: stable.name, wanted: candidate === undefined ? plan.steadyReplicas : stableCapacity(plan, { kind: "rolling", ...record, weightPercent }) },
        ...(candidate === undefined ? [] : [{ name: candidate.name, wanted: candidateCapacity(plan, { kind: "rolling", ...record, weightPercent }) }]),
    ];
    const seen: string[] = [];
    const problems = await Promise.all(
        revisions.map(async ({ name: revision, wanted }): Promise<readonly Problem[]> => {
            const name = revisionObjectName(serviceName, revision);
            const { value } = await api.find(({ autoscaling: scaling }, options) =>
                scaling.readNamespacedHorizontalPodAutoscaler({ namespace, name }, options),
            );
            if (value === undefined) {
                return [{ text: `${revision} has no autoscaler`, fix: "run 'pulumi up': the program declares it" }];
            }
            const state = autoscalerState(value);
            seen.push(`${revision} ${String(state.current)} of ${String(state.minimum)} to ${String(state.maximum)} pods`);
            return [
                ...state.problems.map((problem) => ({
                    text: `${revision}: ${problem}`,
                    fix: "see 'kubectl describe hpa': most often metrics.k8s.io has no metrics",
                })),
                ...(state.maximum === wanted.maximum && state.minimum >= wanted.minimum
                    ? []
                    : [
                          {
                              text: `${revision} has ${String(state.minimum)} to ${String(state.maximum)} pods, not ${String(wanted.minimum)} to ${String(wanted.maximum)}`,
                              fix: "run 'pulumi up'",
                          },
                      ]),
            ];
        }),
    );
    return findingOf(problems.flat(), seen.join(", "), { autoscalers: seen });
}

/** The weight of the config's candidate on the live route. Undefined where no record says it. */
async function liveWeight({ context, api }: Tools): Promise<Weight | undefined> {
    const { namespace, serviceName, candidate } = context.config;
    const { value } = await api.find<unknown>(({ custom }, options) => custom.getNamespacedCustomObject(routeQuery(namespace, serviceName), options));
    const record = value === undefined ? undefined : decodeRecord(annotationsOf(value), labelKeysOf(context.profile));
    return record?.kind === "rolling" && record.candidate.name === candidate?.name ? record.weightPercent : undefined;
}

/** Fields that every line of the log has: docs/service-contract.md. */
const logFields = ["time", "level", "message", "revision"] as const;

/** Something collects the logs on every node, and the newest lines of a pod of each revision keep the contract. */
async function logs({ context, api, preflight }: Tools): Promise<PreflightFinding> {
    const { logCollector } = preflight;
    if (logCollector === undefined) {
        return notConfigured("nothing says what collects the logs", "set preflight.logCollector");
    }
    const { namespace, serviceName, stable, candidate } = context.config;
    const { value } = await api.find(({ apps }, options) =>
        apps.readNamespacedDaemonSet({ namespace: logCollector.namespace, name: logCollector.daemonSet }, options),
    );
    const { numberReady = 0, desiredNumberScheduled = 0 } = value?.status ?? {};
    const collector = `${logCollector.namespace}/${logCollector.daemonSet}`;
    const lines = await Promise.all(
        [stable, ...(candidate === undefined ? [] : [candidate])].map(async ({ name: revision }): Promise<readonly Problem[]> => {
            const labelSelector = `app.kubernetes.io/name=${serviceName},${labelKeysOf(context.profile).revision}=${revision}`;
            const { value: pods } = await api.ask(({ core }, options) => core.listNamespacedPod({ namespace, labelSelector, limit: 1 }, options));
            const name = pods.items[0]?.metadata?.name;
            if (name === undefined) {
                return [{ text: `${revision} has no pod whose log could be read`, fix: "run 'pulumi up' first" }];
            }
            const { value: text } = await api.ask(({ core }, options) => core.readNamespacedPodLog({ namespace, name, tailLines: 20 }, options));
            const broken = text.split("\n").filter((line) => line !== "" && !keepsContract(line)).length;
            return text.trim() === ""
                ? [{ text: `the log of ${name} is empty`, fix: "see whether the service writes to standard output" }]
                : broken > 0
                  ? [
                        {
                            text: `${String(broken)} of the newest lines of ${name} are not JSON with ${logFields.join(", ")}`,
                            fix: "log as docs/service-contract.md says",
                        },
                    ]
                  : [];
        }),
    );
    return findingOf(
        [
            ...(value === undefined ? [{ text: `there is no DaemonSet ${collector}`, fix: "install the collector, or correct preflight.logCollector" }] : []),
            ...(value !== undefined && (numberReady < desiredNumberScheduled || desiredNumberScheduled === 0)
                ? [
                      {
                          text: `${collector} is ready on ${String(numberReady)} of ${String(desiredNumberScheduled)} nodes`,
                          fix: "see the collector's pods that are not ready",
                      },
                  ]
                : []),
            ...lines.flat(),
        ],
        `${collector} is ready on ${String(numberReady)} nodes, and the newest lines keep the contract`,
        { collector, nodes: numberReady },
    );
}

function keepsContract(line: string): boolean {
    try {
        const entry: unknown = JSON.parse(line);
        return typeof entry === "object" && entry !== null && logFields.every((field) => field in entry);
    } catch {
        return false;
    }
}
