import { referenceTo, type RevisionSpec } from "../../route/revision.ts";
import { type PreflightFinding, findingOf } from "../preflight.ts";
import type { LabelledRoute } from "../../route/route-spec.ts";
import type { ApiServer } from "../../kubernetes/api-server.ts";
import { rollbackPatch } from "../../route/rollback-patch.ts";
import { routeQuery } from "../../route/route.ts";
import { routeWriterName } from "../../route/live/writer.ts";
import { deleteTestersRoute } from "../../kubernetes/testers-route.ts";

/** Which rollback to rehearse. */
export interface RehearsalArgs {
    readonly namespace: string;
    readonly design: LabelledRoute;
    readonly stable: RevisionSpec;
    readonly candidate: RevisionSpec;
}

/**
 * Has the API server try the exact patch that a rollback would send, and the end of the testers' route where there is one, and throw the outcome away: validation, admission and rights are those of the real one.
 *
 * @throws what the API server refuses it with.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function rehearseRollback(api: ApiServer, { namespace, design, stable, candidate }: RehearsalArgs): Promise<PreflightFinding> {
    const { service } = design;
    const query = routeQuery(namespace, service);
    const { value: route } = await api.find<unknown>(({ custom }, options) => custom.getNamespacedCustomObject(query, options));
    const deploy = "run 'pulumi up' with the candidate and rolloutPercent 0: then there is something to roll back";
    if (route === undefined) {
        return findingOf([{ text: `there is no HTTPRoute ${namespace}/${service}`, fix: deploy }], "");
    }
    const wanted = rollbackPatch(route, {
        stable: referenceTo(stable),
        candidate: referenceTo(candidate),
        reason: "rehearsal: nothing is changed",
        design,
    });
    if (wanted.kind === "already") {
        return findingOf(
            [{ text: `${candidate.name} was rolled back, and is marked`, fix: "declare a new candidate, or clear the mark with 'rollout retry'" }],
            "",
        );
    }
    if (wanted.kind === "overtaken") {
        return findingOf([{ text: wanted.reason, fix: deploy }], "");
    }
    await api.ask<unknown>(({ custom }, options) =>
        custom.patchNamespacedCustomObject({ ...query, body: wanted.operations, fieldManager: routeWriterName, dryRun: "All" }, options),
    );
    if (design.gateway.testers.kind === "host") {
        await deleteTestersRoute(api, namespace, design, { dryRun: true });
    }
    return findingOf(
        [],
        `the API server accepts the patch that gives ${stable.name} all traffic, in a dry run (${String(wanted.operations.length)} operations)`,
        {
            operations: wanted.operations.map(({ op, path }) => `${op} ${path}`),
        },
    );
}
