import type { Case, Manifest } from "./case.ts";
import { object, role } from "./small.ts";

const group = "rbac.authorization.k8s.io";

/** A case of one role with one rule. */
const grants = (
    title: string,
    finds: readonly string[],
    apiGroups: readonly string[],
    resources: readonly string[],
    verbs: readonly string[],
    ...resourceNames: readonly string[]
): Case => ({
    title,
    objects: [role("own", { apiGroups, resources, verbs, ...(resourceNames.length > 0 ? { resourceNames } : {}) })],
    finds,
});

const clusterRole = (body: object, labels: object = {}): Manifest => object(`${group}/v1`, "ClusterRole", "own", body, { namespace: undefined, labels });
const binding = (roleRef: object, ...subjects: readonly object[]): Manifest =>
    object(`${group}/v1`, "RoleBinding", "own", { roleRef: { apiGroup: group, kind: "ClusterRole", name: "own", ...roleRef }, subjects });
const web = { kind: "ServiceAccount", name: "web", namespace: "shop" };
const one = (title: string, finds: readonly string[], ...objects: readonly Manifest[]): Case => ({ title, objects, finds });

const escalation = ["rbac-escalation"];
const wildcard = ["rbac-wildcard"];
const core = [""];
const read = { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] };

const wildcards: readonly Case[] = [
    grants("a role with every verb", wildcard, core, ["configmaps"], ["*"]),
    grants("a role with every resource", wildcard, core, ["*"], ["get"]),
    grants("a role with every subresource", wildcard, core, ["*/*"], ["get"]),
    grants("a role with a command in every kind", wildcard, core, ["*/exec"], ["create"]),
    grants("a role with tokens of every kind", wildcard, core, ["*/token"], ["create"]),
    grants("a role with the scale of every kind", wildcard, ["apps"], ["*/scale"], ["update"]),
    grants("a role with every part of a pod", wildcard, core, ["pods/*"], ["get"]),
    grants("a role with every group", wildcard, ["*"], ["widgets"], ["get"]),
    grants("a role with every everything", ["rbac-wildcard x3"], ["*"], ["*"], ["*"]),
    one("a role with every URL", wildcard, clusterRole({ rules: [{ nonResourceURLs: ["/*"], verbs: ["get"] }] })),
    one("a role with the URLs of a health check", [], clusterRole({ rules: [{ nonResourceURLs: ["/healthz", "/healthz/*"], verbs: ["get"] }] })),
];

const rights: readonly Case[] = [
    ...["exec", "attach", "portforward", "proxy", "ephemeralcontainers"].flatMap((part) => [
        grants(`a role that makes pods/${part}`, escalation, core, [`pods/${part}`], ["create", "patch"]),
    ]),
    grants("a role that gets pods/exec, which a websocket needs", escalation, core, ["pods/exec"], ["get"]),
    grants("a role that runs commands in one pod", escalation, core, ["pods/exec"], ["create"], "web-0"),
    grants("a role that calls Services past their policies", escalation, core, ["services/proxy"], ["get"]),
    grants("a role that calls nodes", escalation, core, ["nodes/proxy"], ["get"]),
    grants("a role that makes tokens", escalation, core, ["serviceaccounts/token"], ["create"]),
    grants("a role that creates pods", escalation, core, ["pods"], ["create"]),
    ...[
        ["apps", "deployments"],
        ["apps", "daemonsets"],
        ["batch", "cronjobs"],
        ["argoproj.io", "rollouts"],
        ["argoproj.io", "workflows"],
        ["keda.sh", "scaledjobs"],
        ["serving.knative.dev", "services"],
        ["tekton.dev", "taskruns"],
    ].map(([own = "", resource = ""]) => grants(`a role that creates ${resource} of ${own}`, escalation, [own], [resource], ["create"])),
    grants("a role that patches any Deployment", escalation, ["apps"], ["deployments"], ["patch"]),
    grants("a role that creates volumes", escalation, core, ["persistentvolumes"], ["create"]),
    grants("a role that writes endpoints", escalation, ["discovery.k8s.io"], ["endpointslices"], ["update"]),
    grants("a role that writes old endpoints", escalation, core, ["endpoints"], ["create"]),
    grants("a role that binds any role", escalation, [group], ["clusterroles"], ["bind"]),
    grants("a role that binds the role admin", escalation, [group], ["clusterroles"], ["bind"], "admin"),
    grants("a role that escalates one role", escalation, [group], ["roles"], ["escalate"], "own"),
    grants("a role that makes bindings", escalation, [group], ["rolebindings"], ["create"]),
    grants("a role that acts as one account", escalation, core, ["serviceaccounts"], ["impersonate"], "deployer"),
    grants("a role that acts with an extra", escalation, ["authentication.k8s.io"], ["userextras/scopes"], ["impersonate"]),
    grants("a role that approves for a signer", escalation, ["certificates.k8s.io"], ["signers"], ["approve"], "kubernetes.io/kube-apiserver-client"),
    grants("a role that approves requests", escalation, ["certificates.k8s.io"], ["certificatesigningrequests/approval"], ["update"]),
    grants("a role that relabels namespaces", escalation, core, ["namespaces"], ["patch"]),
    grants("a role that relabels nodes", escalation, core, ["nodes"], ["patch"]),
    grants("a role that answers for the API server", escalation, ["apiregistration.k8s.io"], ["apiservices"], ["create"]),
    one("a cluster-wide role that creates jobs", escalation, clusterRole({ rules: [{ apiGroups: ["batch"], resources: ["jobs"], verbs: ["create"] }] })),
    one("a role of two rules, each too much", ["rbac-escalation", "rbac-secrets"], role("own", ruleOf("pods/exec", "create"), ruleOf("secrets", "get"))),
    grants("a role that reads secrets", ["rbac-secrets"], core, ["secrets"], ["get"]),
    grants("a role that reads secrets by the empty name", ["rbac-secrets"], core, ["secrets"], ["list"], ""),
    grants("a role that updates secrets", ["rbac-secrets"], core, ["secrets"], ["update"]),
    grants("a role that deletes secrets", ["rbac-secrets"], core, ["secrets"], ["deletecollection"]),
    grants("a role that deletes policies", ["rbac-webhooks"], ["admissionregistration.k8s.io"], ["validatingadmissionpolicies"], ["delete"]),
    grants("a role that deletes bindings of policies", ["rbac-webhooks"], ["admissionregistration.k8s.io"], ["validatingadmissionpolicybindings"], ["delete"]),
    grants("a role that deletes all webhooks", ["rbac-webhooks"], ["admissionregistration.k8s.io"], ["validatingwebhookconfigurations"], ["deletecollection"]),
    grants("a role that deletes one webhook", ["rbac-webhooks"], ["admissionregistration.k8s.io"], ["validatingwebhookconfigurations"], ["delete"], "guard"),
    grants("a role that excepts from Kyverno", ["rbac-webhooks"], ["kyverno.io"], ["policyexceptions"], ["create"]),
    grants("a role that deletes network policies", ["rbac-webhooks"], ["networking.k8s.io"], ["networkpolicies"], ["delete"]),
    grants("a role that looks at workloads", [], ["apps", "batch", ""], ["pods", "deployments", "jobs", "pods/log"], ["get", "list", "watch"]),
    grants("a role that reads one secret", [], core, ["secrets"], ["get"], "tester-key"),
    grants("a role that scales Deployments", [], ["apps"], ["deployments/scale"], ["update"]),
    grants("a role that restarts one Deployment", [], ["apps"], ["deployments"], ["get", "patch"], "web"),
    grants("a role that is granted nothing, since a new pod has no name yet", [], core, ["pods"], ["create"], "web"),
    grants("a role that binds the role view", [], [group], ["clusterroles"], ["bind"], "view"),
    grants("a role that makes tokens of one account", [], core, ["serviceaccounts/token"], ["create"], "web"),
    ...(
        [
            ["", "services", "list"],
            ["", "endpoints", "watch"],
            ["", "persistentvolumeclaims", "create"],
            ["", "persistentvolumes", "get"],
            ["", "nodes", "list"],
            ["", "namespaces", "get"],
            ["", "pods", "delete"],
            ["", "serviceaccounts", "get"],
            ["", "configmaps", "update"],
            ["rbac.authorization.k8s.io", "rolebindings", "list"],
            ["networking.k8s.io", "networkpolicies", "get"],
            ["autoscaling", "horizontalpodautoscalers", "patch"],
            ["policy", "poddisruptionbudgets", "create"],
            ["metrics.k8s.io", "pods", "list"],
            ["certificates.k8s.io", "certificatesigningrequests", "create"],
            ["authentication.k8s.io", "tokenreviews", "create"],
            ["authorization.k8s.io", "subjectaccessreviews", "create"],
            ["admissionregistration.k8s.io", "validatingwebhookconfigurations", "get"],
            ["discovery.k8s.io", "endpointslices", "list"],
            ["external-secrets.io", "externalsecrets", "create"],
            ["nvidia.com", "clusterpolicies", "update"],
        ] as const
    ).map(([own, resource, verb]) => grants(`a role that may ${verb} ${resource} of ${own || "the core"}`, [], [own], [resource], [verb])),
    grants("a role that evicts pods", [], core, ["pods/eviction"], ["create"]),
    grants("a role that writes leases and events", [], ["coordination.k8s.io", ""], ["leases", "events"], ["create", "patch", "update"]),
    grants("a role on another group's secrets", [], ["vault.example.com"], ["secrets"], ["get"]),
    grants("a role that creates Services", [], core, ["services"], ["create"]),
    grants("a role that moves the weights of a route", [], ["gateway.networking.k8s.io"], ["httproutes"], ["get", "patch"], "shop"),
];

const bindings: readonly Case[] = [
    ...["cluster-admin", "admin", "edit", "system:node", "system:kube-controller-manager", "system:controller:job-controller", "system:aggregate-to-admin"].map(
        (name) => one(`a binding of ${name}`, ["rbac-binding"], binding({ name }, web)),
    ),
    ...[
        ["Group", "system:masters"],
        ["Group", "system:authenticated"],
        ["Group", "system:serviceaccounts"],
        ["Group", "system:serviceaccounts:shop"],
        ["Group", "system:nodes"],
        ["User", "system:anonymous"],
        ["User", "system:node:worker-1"],
        ["User", "system:kube-controller-manager"],
        ["User", "system:serviceaccount:kube-system:replicaset-controller"],
        ["User", "system:serviceaccount:shop:default"],
    ].map(([kind, name]) => one(`a binding to the ${kind ?? ""} ${name ?? ""}`, ["rbac-binding"], binding({}, { apiGroup: group, kind, name }))),
    one("a binding to the default account", ["rbac-binding"], binding({}, { kind: "ServiceAccount", name: "default", namespace: "shop" })),
    one("a binding to an account of kube-system", ["rbac-binding"], binding({}, { kind: "ServiceAccount", name: "job-controller", namespace: "kube-system" })),
    one(
        "a binding of a Role that is called like the one of the cluster's administrators",
        ["rbac-binding"],
        binding({ kind: "Role", name: "cluster-admin" }, web),
    ),
    one("a binding of too much to too many", ["rbac-binding x2"], binding({ name: "edit" }, { kind: "Group", name: "system:authenticated" })),
    one("a binding before its role, which is too much", escalation, binding({}, web), clusterRole({ rules: [ruleOf("pods/exec", "create")] })),
    one("a binding after its role, which is too much", escalation, clusterRole({ rules: [ruleOf("pods/exec", "create")] }), binding({}, web)),
    one("a binding of view", [], binding({ name: "view" }, web)),
    one("a binding of the right to check tokens", [], binding({ name: "system:auth-delegator" }, web)),
    one("a binding of the program's own role called admin", [], role("admin", ruleOf("configmaps", "get")), binding({ kind: "Role", name: "admin" }, web)),
    one("a binding to a person and a group of persons", [], binding({}, { kind: "User", name: "mia@example.com" }, { kind: "Group", name: "shop-team" })),
    one("a binding to an account by its user name", [], binding({}, { kind: "User", name: "system:serviceaccount:shop:web" })),
];

const aggregations: readonly Case[] = [
    ...["admin", "edit", "view", "cluster-reader"].map((name) =>
        one(`a role that is added to ${name}`, ["rbac-aggregation"], clusterRole(read, { [`${group}/aggregate-to-${name}`]: "true" })),
    ),
    one("a role that collects all roles", ["rbac-aggregation"], clusterRole({ aggregationRule: { clusterRoleSelectors: [{}] } })),
    one("a role that collects what admin has", ["rbac-aggregation"], clusterRole(collecting({ [`${group}/aggregate-to-admin`]: "true" }))),
    one("a role that collects the default roles", ["rbac-aggregation"], clusterRole(collecting({ "kubernetes.io/bootstrapping": "rbac-defaults" }))),
    one("a role that is not added to view", [], clusterRole(read, { [`${group}/aggregate-to-view`]: "false" })),
    one("a role that collects roles by a label of its own", [], clusterRole(collecting({ "shop.example.com/part-of": "watcher" }))),
];

function ruleOf(resource: string, verb: string): object {
    return { apiGroups: [""], resources: [resource], verbs: [verb] };
}

function collecting(matchLabels: object): object {
    return { aggregationRule: { clusterRoleSelectors: [{ matchLabels }] }, rules: [] };
}

/** Rights: roles, who has them, and how they spread. */
export const accessCases: readonly Case[] = [...wildcards, ...rights, ...bindings, ...aggregations];
