import type { DoctorContext } from "../../../rollout/doctor/live/context.ts";
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
        ...change,
    };
}
