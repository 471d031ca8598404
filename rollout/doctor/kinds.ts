import type { Problem } from "../preflight/preflight.ts";
import { type DoctorFinding, found } from "./finding.ts";
import { type NeededKind, groupOf } from "./needs.ts";

/** What an API server serves: the kinds of each `apiVersion` that was asked for. */
export type ServedKinds = ReadonlyMap<string, ReadonlySet<string>>;

/** What brings a group, for those that no API server has of itself. */
const brings: Readonly<Record<string, string>> = {
    "gateway.networking.k8s.io": "the Gateway API, 1.2 or later, with its standard channel",
    "cert-manager.io": "cert-manager with its definitions",
    "monitoring.coreos.com": "the prometheus-operator with its definitions",
    "monitoring.grafana.com": "Grafana Alloy's definition of PodLogs",
};

/**
 * Whether the API server serves every kind, in the version in which the program writes it.
 *
 * @param versions versions that a group is served in, by the group: they tell a cluster that is too old from one that lacks it.
 */
export function judgeKinds(needed: readonly NeededKind[], served: ServedKinds, versions: ReadonlyMap<string, readonly string[]>): DoctorFinding {
    const missing = needed.filter(({ apiVersion, kind }) => served.get(apiVersion)?.has(kind) !== true);
    const asked = [...new Set(needed.map(({ apiVersion }) => apiVersion))].toSorted();
    return found(
        missing.map(({ apiVersion, kind }): Problem => {
            const group = groupOf(apiVersion);
            const others = (versions.get(group) ?? []).filter((version) => version !== apiVersion);
            return {
                text: `the API server does not serve ${kind} in ${apiVersion}${others.length === 0 ? "" : `; of that group it serves ${others.join(", ")}`}`,
                fix: fixOf(group),
            };
        }),
        `the API server serves all ${String(needed.length)} kinds, in ${asked.join(", ")}`,
        { apiVersions: asked },
    );
}

/** Kubernetes' own kinds are all there from 1.30 on, which has ValidatingAdmissionPolicy in v1. */
function fixOf(group: string): string {
    const what = brings[group];
    return what === undefined ? "use Kubernetes 1.30 or later" : `install ${what}, in a release that serves that version (docs/your-cluster.md)`;
}
