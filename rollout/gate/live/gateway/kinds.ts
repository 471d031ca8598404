import type { BackendScope } from "../../backend-scope.ts";
import { customSeries } from "./custom.ts";
import { envoySeries } from "./envoy.ts";
import { istioSeries } from "./istio.ts";
import type { GatewaySeries } from "./series.ts";
import type { GatewayStatistics } from "../../../settings/gateway-statistics.ts";

/** A gateway whose statistics can be read. */
export type ReadableGateway = Exclude<GatewayStatistics, { readonly kind: "none" }>;

/** What to read of a revision's backend. */
export function gatewaySeries(gateway: ReadableGateway, scope: BackendScope): GatewaySeries {
    switch (gateway.kind) {
        case "envoy":
            return envoySeries(gateway, scope);
        case "istio":
            return istioSeries(scope);
        case "custom":
            return customSeries(gateway.queries, scope);
    }
}
