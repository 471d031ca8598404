import { objectRule } from "../../engine/rule.ts";
import { always, changing, excessesIn, isTooMuchOfARole, roleKinds, writing } from "../../shapes/access.ts";
import { cis, documentation } from "../../shapes/references.ts";

/** What runs pods, in Kubernetes and in the controllers that are most in use. */
const workloads = [
    ...[
        "pods",
        "deployments",
        "daemonsets",
        "statefulsets",
        "replicasets",
        "replicationcontrollers",
        "jobs",
        "cronjobs",
        "rollouts",
        "workflows",
        "cronworkflows",
    ],
    ...["workflowtemplates", "clusterworkflowtemplates", "scaledjobs", "jobsets", "rayclusters", "rayjobs", "rayservices", "sparkapplications", "taskruns"],
    ...["scheduledsparkapplications", "pipelineruns", "clonesets", "advancedcronjobs", "broadcastjobs", "virtualmachines", "virtualmachineinstances"],
    ...["prometheuses", "alertmanagers", "pytorchjobs", "tfjobs", "mpijobs", "notebooks", "helmreleases", "kustomizations", "helmcharts", "applicationsets"],
];

/** Rights that turn into any other right: https://kubernetes.io/docs/concepts/security/rbac-good-practices/ */
export const rbacEscalation = objectRule({
    name: "rbac-escalation",
    title: "No role grants rights that lead to further rights: on roles, identities, tokens, commands in pods, new pods and volumes, nodes, or the way of requests.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.1.4, 5.1.8, 5.1.9, 5.1.10, 5.1.11, 5.1.13"), documentation("concepts/security/rbac-good-practices/#privilege-escalation-risks")],
    kinds: roleKinds,
    check: (role) =>
        excessesIn(role, [
            { resources: ["roles", "clusterroles"], verbs: ["bind"], allows: "granting oneself anything", onNamed: isTooMuchOfARole },
            { resources: ["roles", "clusterroles"], verbs: ["escalate"], allows: "granting oneself anything", onNamed: always },
            {
                resources: ["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
                verbs: changing,
                allows: "changing who may do what",
                onNamed: always,
            },
            {
                groups: "any",
                resources: ["users", "groups", "serviceaccounts", "nodes", "uids", "userextras*"],
                verbs: ["impersonate*"],
                allows: "acting as another user",
                onNamed: always,
            },
            {
                resources: ["pods/exec", "pods/attach", "pods/ephemeralcontainers", "pods/portforward", "pods/proxy", "services/proxy"],
                verbs: [...changing, "get"],
                allows: "running commands in other pods, or reaching their ports past every network policy",
                onNamed: always,
            },
            { resources: ["nodes/proxy", "nodes/exec", "nodes/attach"], verbs: [...changing, "get"], allows: "going round the API server", onNamed: always },
            { resources: ["nodes", "nodes/status"], verbs: changing, allows: "drawing pods to a node, and their secrets with them", onNamed: always },
            { resources: ["serviceaccounts/token"], verbs: ["create"], allows: "making tokens of other accounts" },
            {
                resources: ["certificatesigningrequests/approval", "certificatesigningrequests/status"],
                verbs: ["update", "patch"],
                allows: "signing new identities",
                onNamed: always,
            },
            { resources: ["signers"], verbs: ["approve", "sign", "attest"], allows: "signing new identities", onNamed: always },
            { groups: "any", resources: workloads, verbs: writing, allows: "running anything under any account of the namespace" },
            {
                groups: ["serving.knative.dev"],
                resources: ["services", "configurations"],
                verbs: writing,
                allows: "running anything under any account of the namespace",
            },
            { groups: ["argoproj.io"], resources: ["applications"], verbs: writing, allows: "running anything, anywhere in the cluster" },
            { resources: ["persistentvolumes"], verbs: changing, allows: "mounting any path of a node", onNamed: always },
            { resources: ["namespaces"], verbs: ["update", "patch"], allows: "taking Pod Security away from a namespace", onNamed: always },
            { resources: ["endpoints", "endpointslices"], verbs: changing, allows: "leading the requests of a Service elsewhere" },
            { resources: ["apiservices", "customresourcedefinitions"], verbs: changing, allows: "answering for the API server", onNamed: always },
            {
                groups: ["security.openshift.io"],
                resources: ["securitycontextconstraints"],
                verbs: ["use", ...changing],
                allows: "privileged pods",
                onNamed: always,
            },
        ]),
});
