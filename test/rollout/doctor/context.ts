import type { DoctorContext } from "../../../rollout/doctor/live/context.ts";
import { rolloutKinds } from "../../../rollout/doctor/needs.ts";
import { apiServer } from "../../../rollout/kubernetes/cluster-reader.ts";

/** What a doctor looks at where there is no cluster: everything that is asked fails. */
export function contextOf(change: Partial<DoctorContext> = {}): DoctorContext {
    const noAnswer = () => Promise.reject(new Error("this test has no answer to that"));
    return {
        namespace: "shop",
        service: "api",
        hostname: "api.example.com",
        gateway: { name: "public", namespace: "edge", retry: false, testers: { kind: "header" } },
        metrics: undefined,
        path: "/",
        api: apiServer({ kubeContext: "none" }),
        testers: noAnswer,
        prometheus: undefined,
        readStep: noAnswer,
        pods: noAnswer,
        environment: "prod",
        needs: {
            kinds: [...rolloutKinds("shop"), { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", plural: "networkpolicies", namespace: "shop" }],
            issuers: ["public"],
            volumes: {},
            podNetworks: ["10.244.0.0/16"],
            monitorLabels: { release: "prometheus" },
        },
        serviceMetrics: undefined,
        people: { deployers: ["system:serviceaccount:ci:deployer"], operators: [], approvers: ["lead@example.com"] },
        watchdogImage: `registry.example.com/shop/watchdog:1.0.0@sha256:${"a".repeat(64)}`,
        registryLogin: noAnswer,
        gatesKind: "full",
        outlook: noAnswer,
        ...change,
    };
}
