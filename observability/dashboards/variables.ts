import type { VariableSpec } from "./panel.ts";

/**
 * Namespace, service, job and instance, as a metric of the service or one like it has them.
 *
 * @param jobsOf metric whose jobs and instances are offered. @default `metric`
 */
export function serviceVariables(metric: string, jobsOf = metric): readonly VariableSpec[] {
    const at = `${jobsOf}{namespace="$namespace",service="$service"}`;
    return [
        { name: "namespace", label: "Namespace", from: metric, of: "namespace", several: false },
        { name: "service", label: "Service", from: `${metric}{namespace="$namespace"}`, of: "service", several: false },
        { name: "job", label: "Job", from: at, of: "job", several: true },
        { name: "instance", label: "Instance", from: at, of: "instance", several: true },
    ];
}

/** Job and instance of an exporter that another team runs. */
export function exporterVariables(metric: string): readonly VariableSpec[] {
    return [
        { name: "job", label: "Job", from: metric, of: "job", several: true },
        { name: "instance", label: "Instance", from: `${metric}{job=~"$job"}`, of: "instance", several: true },
    ];
}

/** The two revisions of a rollout, as the watcher names them: of earlier rollouts too, so that history can be looked at. */
export const revisionVariables: readonly VariableSpec[] = ["stable", "candidate"].map((name) => ({
    name,
    label: name === "stable" ? "Stable" : "Candidate",
    from: 'rollout_info{namespace="$namespace",service="$service",candidate!="none"}',
    of: name,
    several: false,
}));
