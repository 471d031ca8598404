import { objectRule, wrong } from "../../engine/rule.ts";

/** A controller renders what such an object names: a chart, a folder of a repository, a package. */
export const noOpaqueObject = objectRule({
    name: "no-opaque-object",
    title: "No object lets a controller of the cluster make objects that the checks can't see.",
    severity: "high",
    level: "mandatory",
    kinds: [
        "helm.toolkit.fluxcd.io/HelmRelease",
        "kustomize.toolkit.fluxcd.io/Kustomization",
        "argoproj.io/Application",
        "argoproj.io/ApplicationSet",
        "helm.cattle.io/HelmChart",
        "helm.cattle.io/HelmChartConfig",
        "fleet.cattle.io/GitRepo",
        "fleet.cattle.io/Bundle",
        "apps.open-cluster-management.io/Subscription",
        "operators.coreos.com/Subscription",
        "kappctrl.k14s.io/App",
        "packaging.carvel.dev/PackageInstall",
        "configsync.gke.io/RootSync",
        "configsync.gke.io/RepoSync",
        "addons.cluster.x-k8s.io/HelmChartProxy",
        "addons.cluster.x-k8s.io/ClusterResourceSet",
        "helm.crossplane.io/Release",
    ],
    *check(object) {
        yield wrong("spec", `what the ${object.kind} makes can't be judged`, "check what it renders with `policies check`, and waive this rule for it");
    },
});
