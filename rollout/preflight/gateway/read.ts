import { type RouteDefinition, bundleVersionAnnotation, channelAnnotation } from "./gateway-api.ts";
import type { ApiServer } from "../../kubernetes/api-server.ts";
import { fields, list } from "../../route/fields.ts";
import { annotationsOf } from "../../route/route.ts";

/** Reads the installed definition of HTTPRoute. @throws where there is none, or it must not be read. */
export async function routeDefinition(api: ApiServer): Promise<RouteDefinition> {
    const query = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions", name: "httproutes.gateway.networking.k8s.io" };
    const { value } = await api.find<unknown>(({ custom }, options) => custom.getClusterCustomObject(query, options));
    if (value === undefined) {
        throw new Error("the cluster has no definition of HTTPRoute: install the Gateway API");
    }
    return readDefinition(value);
}

/** What a definition says. A version `v1` that it does not have has no fields. */
export function readDefinition(definition: unknown): RouteDefinition {
    const { [bundleVersionAnnotation]: version, [channelAnnotation]: channel } = annotationsOf(definition);
    const served = list(fields(fields(definition).spec).versions)
        .map(fields)
        .find(({ name }) => name === "v1");
    const route = fields(fields(fields(served?.schema).openAPIV3Schema).properties);
    const rules = fields(fields(fields(fields(route.spec).properties).rules).items);
    return {
        version: typeof version === "string" ? version : "unknown",
        channel: typeof channel === "string" ? channel : "unknown",
        ruleFields: Object.keys(fields(rules.properties)),
    };
}
