import { statusOf } from "../../kubernetes/api-error.ts";
import { fields, list } from "../../route/fields.ts";
import { type DoctorFinding, found } from "../finding.ts";
import type { DoctorContext } from "./context.ts";

const fix = "install metrics-server (EKS and kind have none of themselves; GKE has it), and see that its APIService v1beta1.metrics.k8s.io is available";

/** Whether autoscalers get what they ask for: the resource metrics of pods. */
export async function metricsApi({ api, namespace, service }: DoctorContext): Promise<DoctorFinding> {
    const query = { group: "metrics.k8s.io", version: "v1beta1", plural: "pods", namespace };
    try {
        const { value } = await api.find<unknown>(({ custom }, options) => custom.listNamespacedCustomObject(query, options));
        if (value === undefined) {
            return found([{ text: "the API server serves no metrics.k8s.io/v1beta1: no autoscaler knows how busy a pod is", fix }], "");
        }
        const measured = list(fields(value).items).length;
        const selector = { namespace, labelSelector: `app.kubernetes.io/name=${service}` };
        const pods = await api.ask(({ core }, options) => core.listNamespacedPod(selector, options));
        const settled = pods.value.items.filter(({ status }) => status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true);
        return found(
            settled.length > 0 && measured === 0
                ? [
                      {
                          text: `the metrics API knows none of the ${String(settled.length)} ready pods in ${namespace}`,
                          fix: "wait a minute after the first pod; then see metrics-server's log",
                      },
                  ]
                : [],
            settled.length === 0
                ? `the metrics API answers; ${namespace} has no pod to measure yet`
                : `the metrics API measures ${String(measured)} pods in ${namespace}`,
        );
    } catch (error) {
        // The aggregation layer's own word: the API is registered, and nothing answers behind it.
        if (statusOf(error) === 503) {
            return found([{ text: `the metrics API is registered, and nothing answers for it: ${error instanceof Error ? error.message : ""}`, fix }], "");
        }
        throw error;
    }
}
