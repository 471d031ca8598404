import { customSeries } from "./custom.ts";
import { envoySeries } from "./envoy.ts";
import { istioSeries } from "./istio.ts";
import type { GatewaySeries } from "./counter.ts";
import type { GatewayStatistics } from "../../settings/gateway-statistics.ts";

/** The series of a stack's gateway; undefined where the stack says that there is none to read. */
export function gatewaySeries(gateway: GatewayStatistics): GatewaySeries | undefined {
    switch (gateway.kind) {
        case "envoy":
            return envoySeries(gateway.clusterName);
        case "istio":
            return istioSeries;
        case "custom":
            return customSeries(gateway.queries);
        case "none":
            return undefined;
    }
}
