import { type BackendScope, filledIn } from "../gate/backend-scope.ts";
import { contourClusterName, envoyGatewayClusterName } from "../settings/gateway-statistics.ts";

/** What to set so that the counts of a revision are found, by the names that Envoy has for its clusters. */
export function clusterNameFor(names: readonly string[], scope: BackendScope): string {
    const { namespace, service, revision } = scope;
    const preset = [contourClusterName, envoyGatewayClusterName].find((template) => names.includes(filledIn(template, scope)));
    if (preset !== undefined) {
        return `set metrics.gateway.clusterName to ${preset}`;
    }
    // Envoy Gateway without mergeBackends: one cluster for a rule, with all of its backends.
    const ofRule = names.find((name) => name.startsWith(`httproute/${namespace}/${service}/rule/`));
    if (ofRule !== undefined) {
        return `Envoy Gateway has both revisions in one cluster, ${ofRule}: set spec.mergeBackends of its EnvoyProxy (1.9 and later), and metrics.gateway.clusterName to ${envoyGatewayClusterName}`;
    }
    const alike = names.filter((name) => name.includes(`${service}-${revision}`) && !name.includes("-testers"));
    return alike.length === 0
        ? `Envoy has ${String(names.length)} clusters, and none is named after ${service}-${revision}: see that the route is on that gateway, and that Prometheus scrapes every replica`
        : `set metrics.gateway.clusterName by what Envoy has: ${alike.slice(0, 3).join(", ")}`;
}
