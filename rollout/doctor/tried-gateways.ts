/** A gateway whose fields were tried, and what it does not do of what the program writes. */
export interface TriedGateway {
    readonly title: string;
    /** Fields of a rule that it leaves out, by name: users get another behaviour than the route says. */
    readonly ignores: readonly string[];
}

/** Controllers on which the project's own tests try each field of the route, by the name in a GatewayClass: docs/gateways.md has the table. */
const triedGateways: Readonly<Record<string, TriedGateway>> = {
    "projectcontour.io/gateway-controller": { title: "Contour", ignores: ["retry"] },
    "gateway.envoyproxy.io/gatewayclass-controller": { title: "Envoy Gateway", ignores: [] },
};

/** What is known of a controller from tests; undefined where it was not tried. */
export function triedGateway(controllerName: string): TriedGateway | undefined {
    return Object.hasOwn(triedGateways, controllerName) ? triedGateways[controllerName] : undefined;
}
