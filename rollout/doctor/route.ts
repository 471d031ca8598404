import { fields, list } from "../route/fields.ts";
import { conditionsOf, generationOf, unmet } from "./conditions.ts";
import { type DoctorFinding, found } from "./finding.ts";
import type { GatewayName } from "./gateway.ts";

/** Whether the Gateway's controller took the route, with all that it refers to. */
export function judgeRoute(route: unknown, name: string, gateway: GatewayName): DoctorFinding {
    const whose = `HTTPRoute ${name}`;
    const parents = list(fields(fields(route).status).parents)
        .map(fields)
        .filter(({ parentRef }) => refersTo(fields(parentRef), gateway, fields(fields(route).metadata).namespace));
    const fix = "see the route's conditions: a listener that takes the host name, Services that are there";
    if (parents.length === 0) {
        return found(
            [
                {
                    text: `no controller says anything of ${whose} on Gateway ${gateway.namespace}/${gateway.name}`,
                    fix: "see that gateway.name and gateway.namespace name the Gateway, and that its controller runs",
                },
            ],
            "",
        );
    }
    const problems = parents.flatMap((parent) => unmet(conditionsOf(parent), ["Accepted", "ResolvedRefs"], generationOf(route), whose, fix));
    return found(
        problems,
        `${whose} is accepted by ${parents.map(({ controllerName }) => String(controllerName)).join(", ")}, and all that it refers to is there`,
    );
}

/** A parent's namespace defaults to the route's own. */
function refersTo({ name, namespace }: Readonly<Record<string, unknown>>, gateway: GatewayName, own: unknown): boolean {
    return name === gateway.name && (namespace ?? own) === gateway.namespace;
}
