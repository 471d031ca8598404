import { fields, list } from "../../route/fields.ts";
import { type DoctorFinding, notTried } from "../finding.ts";
import { judgeMonitors } from "../monitors.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";

/** Whether Prometheus' operator takes the monitors and rules that the program declares. */
export async function monitors({ api, needs, namespace }: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    if (needs.monitorLabels === undefined) {
        return notTried("the program declares no monitors and rules: whoever runs Prometheus has them");
    }
    const query = { group: "monitoring.coreos.com", version: "v1", plural: "prometheuses" };
    const [{ value }, labels] = await Promise.all([
        api.find<unknown>(({ custom }, options) => custom.listClusterCustomObject(query, options)),
        objects.namespaceLabels(),
    ]);
    return judgeMonitors(list(fields(value).items), needs.monitorLabels, { name: namespace, labels: labels ?? {} });
}
