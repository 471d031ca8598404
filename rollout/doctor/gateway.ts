import type { Problem } from "../preflight/preflight.ts";
import { fields, list } from "../route/fields.ts";
import { conditionsOf, generationOf, unmet } from "./conditions.ts";
import { type DoctorFinding, found } from "./finding.ts";
import { selects } from "./label-selector.ts";

/** A Gateway by name. */
export interface GatewayName {
    readonly namespace: string;
    readonly name: string;
}

/** Which listener is to take users of a route. */
export interface ListenerSearch extends GatewayName {
    /** Its name. If omitted, each that takes the host name. */
    readonly listener?: string;
    readonly hostname: string;
    readonly routeNamespace: string;
    /** Labels of the route's namespace. Undefined where they could not be read. */
    readonly routeNamespaceLabels: Readonly<Record<string, string>> | undefined;
}

/** Whether a controller serves the Gateway: accepted, and its data plane is set up. */
export function judgeGateway(gateway: unknown, { namespace, name }: GatewayName): DoctorFinding {
    const whose = `Gateway ${namespace}/${name}`;
    const { gatewayClassName } = fields(fields(gateway).spec);
    const fix = "see the Gateway's conditions and its controller's log";
    const problems = unmet(conditionsOf(fields(gateway).status), ["Accepted", "Programmed"], generationOf(gateway), whose, fix);
    return found(problems, `${whose} of class ${String(gatewayClassName)} is accepted and programmed`, { class: String(gatewayClassName) });
}

/**
 * Whether the class is one that its controller serves. Some controllers, told to serve one Gateway, say nothing of its class: a Gateway that is programmed shows as much.
 *
 * @param served whether the Gateway is accepted and programmed.
 */
export function judgeGatewayClass(gatewayClass: unknown, name: string, served: boolean): DoctorFinding {
    const controller = String(fields(fields(gatewayClass).spec).controllerName);
    const conditions = conditionsOf(fields(gatewayClass).status);
    const silent = conditions.every(({ type, status }) => type !== "Accepted" || status === "Unknown");
    const problems =
        silent && served
            ? []
            : unmet(conditions, ["Accepted"], generationOf(gatewayClass), `GatewayClass ${name}`, `see that the controller ${controller} runs, and its log`);
    return found(problems, `GatewayClass ${name} is of ${controller}${silent ? ", which says nothing of it and serves the Gateway" : ", which accepts it"}`, {
        controller,
    });
}

/** Whether a listener takes the route's host name and its namespace, and is set up. */
export function judgeListener(gateway: unknown, search: ListenerSearch): DoctorFinding {
    const { namespace, name, listener, hostname } = search;
    const whose = `Gateway ${namespace}/${name}`;
    const all = list(fields(fields(gateway).spec).listeners).map(fields);
    const known = all.map((one) => String(one.name)).join(", ");
    const named = listener === undefined ? all : all.filter((one) => one.name === listener);
    if (named.length === 0) {
        return found(
            [{ text: `${whose} has no listener ${listener ?? "at all"}${known === "" ? "" : `; it has ${known}`}`, fix: "correct gateway.listener" }],
            "",
        );
    }
    const taking = named.filter((one) => takesHost(one.hostname, hostname));
    if (taking.length === 0) {
        const hosts = named.map((one) => String(one.hostname)).join(", ");
        return found(
            [
                {
                    text: `no listener of ${whose} takes the host name ${hostname}: they take ${hosts}`,
                    fix: "correct gateway.hostname, or add a listener for it",
                },
            ],
            "",
        );
    }
    const open = taking.filter((one) => takesNamespace(one, search));
    if (open.length === 0) {
        return found(
            [
                {
                    text: `no listener of ${whose} for ${hostname} takes routes of namespace ${search.routeNamespace}`,
                    fix: "open allowedRoutes.namespaces of the listener for it, by its label or with from: All",
                },
            ],
            "",
        );
    }
    const statuses = list(fields(fields(gateway).status).listeners).map(fields);
    const states = open.map((one) => {
        const status = statuses.find((state) => state.name === one.name);
        const problems: readonly Problem[] = unmet(
            conditionsOf(status),
            ["Accepted", "Programmed", "ResolvedRefs"],
            generationOf(gateway),
            `listener ${String(one.name)} of ${whose}`,
            "see the listener's conditions: a certificate that is missing, or a port that is taken",
        );
        return { name: String(one.name), problems, routes: Number(status?.attachedRoutes ?? 0) };
    });
    const well = states.filter(({ problems }) => problems.length === 0);
    return found(
        well.length === 0 ? states.flatMap(({ problems }) => problems) : [],
        `listener ${well.map((one) => one.name).join(", ")} takes ${hostname} from namespace ${search.routeNamespace}`,
        { listeners: well.map((one) => one.name), attachedRoutes: well.reduce((sum, { routes }) => sum + routes, 0) },
    );
}

/** A listener without a host name takes all; one with a wildcard takes every name below it. @see https://gateway-api.sigs.k8s.io/reference/spec/#hostname */
function takesHost(listener: unknown, hostname: string): boolean {
    if (typeof listener !== "string" || listener === "") {
        return true;
    }
    return listener.startsWith("*.") ? hostname.endsWith(listener.slice(1)) && hostname.length > listener.length - 1 : listener === hostname;
}

function takesNamespace(listener: Readonly<Record<string, unknown>>, { namespace, routeNamespace, routeNamespaceLabels }: ListenerSearch): boolean {
    const { from = "Same", selector } = fields(fields(listener.allowedRoutes).namespaces);
    switch (from) {
        case "All":
            return true;
        case "Same":
            return namespace === routeNamespace;
        case "Selector":
            return routeNamespaceLabels !== undefined && selects(selector, routeNamespaceLabels);
        default:
            return false;
    }
}
