import * as kubernetes from "@kubernetes/client-node";
import { z } from "zod";

import { type RolloutRecord, encodeRecord } from "../../rollout/route/record.ts";
import { labelKeys } from "../../service/label-keys.ts";
import { type RouteDesign, routeSpec } from "../../rollout/route/route-spec.ts";
import type { LiveService } from "./live.ts";

/**
 * Writes a step of a rollout on the live route without the engine: weights and record in one patch, as the program would leave them with testers where there is a key for them, and no mark of a rollback.
 *
 * For trials alone, which need many steps in little time. It asks for no gate, so nothing but a trial may do it. The step's clock begins anew, also where the
 * route was at this weight already.
 *
 * @throws {Error} where there is no route, or it was changed in the meantime.
 */
export async function enterStep(live: LiveService, record: RolloutRecord & { readonly kind: "rolling" }): Promise<void> {
    const query = { group: "gateway.networking.k8s.io", version: "v1", plural: "httproutes", namespace: live.namespace, name: live.service };
    const api = live.client(kubernetes.CustomObjectsApi);
    const read = async () => routeSchema.parse(await api.getNamespacedCustomObject(query));
    const write = async (wanted: typeof record): Promise<void> => {
        const { metadata, spec } = await read();
        const [gateway] = spec.parentRefs;
        const design: RouteDesign = { service: live.service, hostname: spec.hostnames[0], gateway: { ...gateway, retry: false, testers: { kind: "header" } } };
        const annotations = { ...metadata.annotations, ...encodeRecord(wanted, labelKeys) };
        Reflect.deleteProperty(annotations, labelKeys.rolledBack);
        const body = [
            // A gateway's report in the status changes no spec, and so can't be in the way.
            { op: "test", path: "/spec", value: spec },
            { op: "add", path: "/metadata/annotations", value: annotations },
            { op: "replace", path: "/spec", value: routeSpec(wanted, design, await live.testerKey()) },
        ];
        await api.patchNamespacedCustomObject({ ...query, body, fieldManager: "trial" });
    };
    // The API server notes a time only for a write that changes something.
    if ((await read()).metadata.annotations[labelKeys.record.weightPercent] === String(record.weightPercent)) {
        await write({ ...record, weightPercent: 0 });
    }
    await write(record);
}

const routeSchema = z.object({
    metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
    spec: z.looseObject({ hostnames: z.tuple([z.string()]), parentRefs: z.tuple([z.looseObject({ name: z.string(), namespace: z.string() })]) }),
});
