import { defined } from "../defined.ts";

/**
 * The Gateway that a route attaches to, in the form of an HTTPRoute's `parentRefs`.
 *
 * The Gateway itself belongs to the team that runs the cluster's edge: this program only refers to it.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#parentreference
 */
export interface GatewayReference {
    readonly group: "gateway.networking.k8s.io";
    readonly kind: "Gateway";
    readonly namespace: string;
    readonly name: string;
    /** Listener of the Gateway. Defaults to every listener that accepts the route's host name. */
    readonly sectionName?: string;
}

/** The reference to a Gateway, or to one listener of it. Group and kind are written out, because the API server fills them in and they would show as drift. */
export function gatewayReference(gateway: { readonly name: string; readonly namespace: string; readonly listener?: string }): GatewayReference {
    const { name, namespace, listener } = gateway;
    return { group: "gateway.networking.k8s.io", kind: "Gateway", namespace, name, ...defined({ sectionName: listener }) };
}
