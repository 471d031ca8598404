import { type DoctorFinding, found, notTried } from "../finding.ts";
import { judgeGateway, judgeGatewayClass, judgeListener } from "../gateway.ts";
import { judgeFeatures } from "../route-features.ts";
import { judgeRoute } from "../route.ts";
import { type DoctorContext, type DoctorObjects, classNameOf } from "./context.ts";

/** Whether a controller serves the Gateway. */
export async function gateway(context: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    const live = await objects.gateway();
    return live === undefined ? noGateway(context) : judgeGateway(live, context.gateway);
}

/** Which controller that is. */
export async function gatewayClass(context: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    const live = await objects.gateway();
    if (live === undefined) {
        return noGateway(context);
    }
    const name = classNameOf(live) ?? "-";
    const itsClass = await objects.gatewayClass();
    return itsClass === undefined ? noClass(name) : judgeGatewayClass(itsClass, name, judgeGateway(live, context.gateway).state === "ok");
}

/** Whether a listener takes users of the route. */
export async function listener(context: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    const live = await objects.gateway();
    if (live === undefined) {
        return noGateway(context);
    }
    const { namespace, hostname } = context;
    return judgeListener(live, { ...context.gateway, hostname, routeNamespace: namespace, routeNamespaceLabels: await objects.namespaceLabels() });
}

/** Whether the gateway does what the route's fields say. */
export async function features(context: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    const live = await objects.gateway();
    if (live === undefined) {
        return noGateway(context);
    }
    const itsClass = await objects.gatewayClass();
    return itsClass === undefined ? noClass(classNameOf(live) ?? "-") : judgeFeatures(itsClass, context.gateway.retry);
}

/** Whether the route is in force. */
export async function route({ api, namespace, service, gateway: reference }: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    const live = await objects.route();
    const name = `${namespace}/${service}`;
    if (live !== undefined) {
        return judgeRoute(live, name, reference);
    }
    const selector = { namespace, labelSelector: `app.kubernetes.io/name=${service}` };
    const { value } = await api.ask(({ apps }, options) => apps.listNamespacedDeployment(selector, options));
    return value.items.length === 0
        ? notTried(`there is no HTTPRoute ${name}, and nothing else of the service: it is not deployed yet`)
        : found([{ text: `there is no HTTPRoute ${name}, though the service has Deployments: no user reaches it`, fix: "run 'pulumi up'" }], "");
}

function noGateway({ gateway: { namespace, name } }: DoctorContext): DoctorFinding {
    return found([{ text: `there is no Gateway ${namespace}/${name}`, fix: "correct gateway.name and gateway.namespace, or have the Gateway made" }], "");
}

function noClass(name: string): DoctorFinding {
    return found(
        [{ text: `there is no GatewayClass ${name}`, fix: "install the gateway's controller with its class, or correct the Gateway's gatewayClassName" }],
        "",
    );
}
