import { labEnvironment, labLayout, readLabState, startLabService } from "../../lab/api.ts";
import { versions } from "../../lab/toolchain/versions.ts";
import { contourClusterName, envoyGatewayClusterName } from "../../rollout/settings/gateway-statistics.ts";

/** Names of the gateways that a lab has: one from its start on, the other on demand. */
export const gatewayNames = ["contour", "envoy-gateway"] as const;

/** One of {@link gatewayNames}. */
export type GatewayName = (typeof gatewayNames)[number];

/** A gateway of the lab, as tests and a stack's config name it. */
export interface LabGateway {
    readonly title: string;
    /** The Gateway object. Its one listener is called `http`. */
    readonly gateway: { readonly name: string; readonly namespace: string };
    readonly className: string;
    /** Variable of the lab's environment that says where users reach it. */
    readonly urlVariable: string;
    /** Variable that says where its Envoy shows statistics. */
    readonly statsVariable: string;
    /** Job under which the lab's Prometheus scrapes them. */
    readonly job: string;
    /** Name of a backend's cluster in Envoy. */
    readonly clusterName: string;
}

/** The gateways of the lab by name. */
export const labGateways: Readonly<Record<GatewayName, LabGateway>> = {
    contour: {
        title: `Contour ${versions.contour}`,
        gateway: { name: "public", namespace: "gateway-system" },
        className: "lab",
        urlVariable: "NOVA_LAB_GATEWAY_URL",
        statsVariable: "NOVA_LAB_GATEWAY_STATS_URL",
        job: "gateway",
        clusterName: contourClusterName,
    },
    "envoy-gateway": {
        title: `Envoy Gateway ${versions.envoyGateway}`,
        gateway: { name: "public", namespace: "envoy-gateway-system" },
        className: "envoy-gateway",
        urlVariable: "NOVA_LAB_SECOND_GATEWAY_URL",
        statsVariable: "NOVA_LAB_SECOND_GATEWAY_STATS_URL",
        job: "second-gateway",
        clusterName: envoyGatewayClusterName,
    },
};

/** Starts the second gateway of the running lab where it does not run yet. @returns the lab's environment. @throws {Error} where the lab is not up. */
export async function startSecondGateway(): Promise<Readonly<Record<string, string>>> {
    const state = readLabState();
    if (state === undefined) {
        throw new Error("the lab is not up: start it with 'make lab-up'");
    }
    // With real nodes, the pods of its Envoy come with its control plane.
    await startLabService(state.nodes === "real" ? "envoy-gateway" : "envoy-gateway-proxy");
    return labEnvironment(labLayout(), state);
}
