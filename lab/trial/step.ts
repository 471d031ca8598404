import * as kubernetes from "@kubernetes/client-node";
import { z } from "zod";

import { type RolloutRecord, encodeRecord, recordAnnotations } from "../../rollout/record.ts";
import { rolledBackAnnotation } from "../../rollout/rolled-back.ts";
import { backendsOf } from "../../rollout/traffic.ts";
import type { LiveService } from "./live.ts";

/**
 * Writes a step of a rollout on the live route without the engine: weights and record in one patch, as the program would leave them, and no mark of a rollback.
 *
 * For trials alone, which need many steps in little time. It asks for no gate, so nothing but a trial may do it. The step's clock begins anew, also where the
 * route was at this weight already.
 *
 * @throws {Error} where there is no route, or somebody changed it in the meantime.
 */
export async function enterStep(live: LiveService, record: RolloutRecord & { readonly kind: "rolling" }): Promise<void> {
    const query = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace: live.namespace, name: live.service };
    const api = live.client(kubernetes.CustomObjectsApi);
    const read = async () => routeSchema.parse(await api.getNamespacedCustomObject(query));
    const write = async (wanted: typeof record): Promise<void> => {
        const { metadata, spec } = await read();
        const annotations = { ...metadata.annotations, ...encodeRecord(wanted) };
        Reflect.deleteProperty(annotations, rolledBackAnnotation);
        const template = spec.rules.at(-1)?.backendRefs?.[0] ?? {};
        const backendRefs = backendsOf(wanted).map(({ revision, weightPercent }) => ({
            ...template,
            name: `${live.service}-${revision}`,
            weight: weightPercent,
        }));
        const body = [
            // A gateway's report in the status changes no rule, and so can't be in the way.
            { op: "test", path: "/spec/rules", value: spec.rules },
            { op: "add", path: "/metadata/annotations", value: annotations },
            { op: "replace", path: `/spec/rules/${String(spec.rules.length - 1)}/backendRefs`, value: backendRefs },
        ];
        await api.patchNamespacedCustomObject({ ...query, body, fieldManager: "trial" });
    };
    // The API server notes a time only for a write that changes something.
    if ((await read()).metadata.annotations[recordAnnotations.weightPercent] === String(record.weightPercent)) {
        await write({ ...record, weightPercent: 0 });
    }
    await write(record);
}

const routeSchema = z.object({
    metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
    spec: z.object({ rules: z.array(z.looseObject({ backendRefs: z.array(z.record(z.string(), z.unknown())).optional() })) }),
});
