import { differenceIn } from "../route/difference.ts";
import { type RouteDesign, testersRouteSpec } from "../route/route-spec.ts";
import { admitsTesters, testersRouteName } from "../route/testers.ts";
import type { Present } from "../route/transition.ts";
import { type ApiServer, reasonOf } from "./api-server.ts";
import { fields } from "../route/fields.ts";
import { routeQuery } from "../route/route.ts";

/** What a look at the testers' HTTPRoute found. Where it is not there, `spec` is undefined. */
export type TestersLook = { readonly spec: unknown } | { readonly unread: string };

/** Looks at the HTTPRoute of testers, where they have a host name of their own. Never throws: the users' route is read whatever comes of this one. */
export async function testersLook(api: ApiServer, namespace: string, { service, gateway }: RouteDesign): Promise<TestersLook> {
    if (gateway.testers.kind !== "host") {
        return { spec: undefined };
    }
    const query = routeQuery(namespace, testersRouteName(service));
    try {
        const { value } = await api.find<unknown>(({ custom }, options) => custom.getNamespacedCustomObject(query, options));
        return { spec: fields(value).spec };
    } catch (error) {
        return { unread: reasonOf(error) };
    }
}

/**
 * The first thing on the testers' HTTPRoute that the program did not write, as a clause.
 *
 * One that is not there leads to no revision: it comes after the users' route. One that is left when testers may reach no candidate is taken away after it. Neither is an edit.
 */
export function testersTampering({ record, rolledBack }: Present, look: TestersLook, design: RouteDesign): string | undefined {
    const wanted = record.kind === "rolling" && admitsTesters(rolledBack, record.candidate) ? testersRouteSpec(record.candidate.name, design) : undefined;
    if (wanted === undefined) {
        return undefined;
    }
    const found = "unread" in look ? `it can't be read: ${look.unread}` : look.spec === undefined ? undefined : differenceIn(wanted, look.spec, "spec");
    return found === undefined ? undefined : `HTTPRoute ${testersRouteName(design.service)}: ${found}`;
}

/**
 * Deletes the HTTPRoute of testers. One that is not there is as good as deleted.
 *
 * @throws {ApiServerError} where the API server refuses it. @throws {Error} where there is no answer.
 */
export async function deleteTestersRoute(api: ApiServer, namespace: string, { service }: RouteDesign, { dryRun = false } = {}): Promise<void> {
    const query = { ...routeQuery(namespace, testersRouteName(service)), ...(dryRun ? { dryRun: "All" } : {}) };
    await api.find<unknown>(({ custom }, options) => custom.deleteNamespacedCustomObject(query, options));
}
