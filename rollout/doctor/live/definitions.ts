import { missingRouteFields } from "../../preflight/gateway/gateway-api.ts";
import { routeDefinition } from "../../preflight/gateway/read.ts";
import { type DoctorFinding, found } from "../finding.ts";
import type { DoctorContext } from "./context.ts";

/** Whether the Gateway API is there, as the program writes its route. */
export async function definitions({ api, gateway }: DoctorContext): Promise<DoctorFinding> {
    const definition = await routeDefinition(api);
    const { version, channel } = definition;
    return found(missingRouteFields(definition, gateway.retry), `Gateway API ${version}, channel ${channel}`, { version, channel });
}
