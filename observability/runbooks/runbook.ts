import { labelKeysOf } from "../../rollout/route/label-keys.ts";
import type { Scope } from "../scope.ts";

/** Something to do: in words, and where there is one, the command or query for it. */
export type Step = string | readonly [text: string, command: string];

/** What the engineer on call needs to know about one alert, besides what the alert itself says. */
export interface Runbook {
    /** What has happened, and what mostly causes it. */
    readonly meaning: string;
    /** What users or people notice, and what comes next without action. */
    readonly impact: string;
    /** How to find the cause: the quickest look first. */
    readonly diagnosis: readonly [Step, ...Step[]];
    /** How to stop the harm. */
    readonly mitigation: readonly [Step, ...Step[]];
    /** Whether rolling a candidate back helps, or how to undo the mitigation. */
    readonly rollback: string;
}

/** Runbooks by the name of their alert. */
export type Runbooks = Readonly<Record<string, Runbook>>;

/** Beginnings of commands. `rollout` is the project's command line. */
export function commandsFor({ profile, namespace, service, stable }: Scope) {
    const { revision } = labelKeysOf(profile);
    const kubectl = `kubectl -n ${namespace}`;
    return {
        kubectl,
        /** Pods of a part of the service: `redis`, `api`. */
        podsOf: (component: string): string => `${kubectl} get pods -l app.kubernetes.io/name=${service},app.kubernetes.io/component=${component} -o wide`,
        status: "rollout status",
        gate: "rollout gate",
        rollBack: 'rollout rollback --reason "<alert and what was seen>"',
        candidatePods: `${kubectl} get pods -l app.kubernetes.io/name=${service},app.kubernetes.io/component=api,${revision}!=${stable} -o wide`,
        candidateLog: `${kubectl} logs -l app.kubernetes.io/name=${service},app.kubernetes.io/component=api,${revision}!=${stable} --since=15m --prefix --tail=-1`,
        stableLog: `${kubectl} logs -l app.kubernetes.io/name=${service},${revision}=${stable} --since=15m --prefix --tail=-1`,
    };
}

/** What users got beside what the pods say. */
export function bothViews({ namespace, service }: Scope): Step {
    return [
        "See what users got (`gateway`) beside what the pods say. What the gateway alone has, no code answered: connections that were refused or reset, time limits, no pod.",
        `revision:http_requests_failed:ratio_rate5m{namespace="${namespace}",service="${service}"}`,
    ];
}

/** A rollback fixes what the candidate breaks. */
export const rollbackHelps =
    "`rollout rollback` puts all traffic on the stable revision in one patch and replaces no pod. Look at the same query afterwards: it has to fall within the window that it covers.";

/** A candidate may or may not be the cause. */
export const rollbackMayHelp =
    "If a rollout is under way and this began after its latest step, `rollout rollback` first and look for the cause afterwards. If it began before, a rollback changes nothing.";

/** No revision is the cause. */
export const rollbackDoesNotHelp =
    "Both revisions suffer alike, so a rollback fixes nothing. Take no step forward until this is over: the gate holds by itself.";
