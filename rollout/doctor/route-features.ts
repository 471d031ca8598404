import { fields, list } from "../route/fields.ts";
import { type DoctorFinding, found, unknown } from "./finding.ts";
import { triedGateway } from "./tried-gateways.ts";

/** What the program writes on a route beyond what every gateway must know, with the name of the feature in a GatewayClass' status. @see https://gateway-api.sigs.k8s.io/geps/gep-2162/ */
const featureOf = { "timeouts.request": "HTTPRouteRequestTimeout", "timeouts.backendRequest": "HTTPRouteBackendTimeout", retry: "HTTPRouteRetry" } as const;

/**
 * Whether the gateway does what the route says: by what its class lists as supported; where the class lists nothing, by this project's own tests of that controller; where there are none,
 * nothing is known.
 *
 * @param retry whether the route asks for a retry.
 */
export function judgeFeatures(gatewayClass: unknown, retry: boolean): DoctorFinding {
    const { status, spec } = fields(gatewayClass);
    const controller = String(fields(spec).controllerName);
    const listed = list(fields(status).supportedFeatures).map(nameOf);
    const needed = (Object.keys(featureOf) as (keyof typeof featureOf)[]).filter((field) => field !== "retry" || retry);
    if (listed.length > 0) {
        const missing = needed.filter((field) => !listed.includes(featureOf[field]));
        return found(
            missing.map((field) => ({ text: `the class does not list ${featureOf[field]}: ${field} of the route may do nothing`, fix: fixOf(field) })),
            `the class lists ${needed.map((field) => featureOf[field]).join(", ")}`,
            { listed },
        );
    }
    const tried = triedGateway(controller);
    if (tried === undefined) {
        return unknown(
            `the class of ${controller} lists no supported features, and this project has not tried that controller: whether ${needed.join(", ")} of the route do anything is not known`,
            "try each row of docs/gateways.md in a namespace of your own, or ask the gateway's documentation",
        );
    }
    return found(
        needed
            .filter((field) => tried.ignores.includes(field))
            .map((field) => ({ text: `${tried.title} leaves out ${field} of the route`, fix: fixOf(field) })),
        `the class lists no features; ${needed.join(" and ")} were tried on ${tried.title} (docs/gateways.md)`,
    );
}

/** A name, as the standard has it today (an object) and as it had it before (text). */
function nameOf(feature: unknown): string {
    return typeof feature === "string" ? feature : String(fields(feature).name);
}

function fixOf(field: keyof typeof featureOf): string {
    return field === "retry"
        ? "set gateway.retry to false: a failed connection is an error of that revision then, as the gate counts it"
        : "use a gateway that has it: without a time limit of its own, a pod that hangs holds its users for as long as they wait";
}
