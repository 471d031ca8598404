import { describe, expect, it } from "vitest";

import { judgeFeatures } from "../../../rollout/doctor/route-features.ts";

const limits = ["HTTPRouteRequestTimeout", "HTTPRouteBackendTimeout"];
const gatewayClass = (controllerName: string, supportedFeatures?: readonly unknown[]) => ({ spec: { controllerName }, status: { supportedFeatures } });

describe("the doctor's look at what a gateway supports", () => {
    it.each([
        { what: "objects, as the standard has them", features: limits.map((name) => ({ name })) },
        { what: "text, as it had them before", features: limits },
    ])("reads the class' list: $what", ({ features }) => {
        expect(judgeFeatures(gatewayClass("example.com/any", features), false).state).toBe("ok");
    });

    it.each([
        { what: "time limits", features: ["HTTPRouteRequestMirror"], retry: false, says: "timeouts.request" },
        { what: "a time limit for one try", features: ["HTTPRouteRequestTimeout"], retry: false, says: "timeouts.backendRequest" },
        { what: "retries that the route asks for", features: limits, retry: true, says: "HTTPRouteRetry" },
    ])("names what the list lacks: $what", ({ features, retry, says }) => {
        expect(judgeFeatures(gatewayClass("example.com/any", features), retry)).toMatchObject({
            state: "problem",
            text: expect.stringContaining(says) as string,
        });
    });

    it("knows the gateways that were tried, though their classes list nothing", () => {
        expect(judgeFeatures(gatewayClass("projectcontour.io/gateway-controller"), false).state).toBe("ok");
        expect(judgeFeatures(gatewayClass("gateway.envoyproxy.io/gatewayclass-controller"), true).state).toBe("ok");
        expect(judgeFeatures(gatewayClass("projectcontour.io/gateway-controller"), true)).toMatchObject({
            state: "problem",
            text: expect.stringContaining("Contour leaves out retry") as string,
        });
    });

    it.each(["example.com/any", "toString", ""])("knows nothing of another controller whose class lists nothing: %j", (controller) => {
        expect(judgeFeatures(gatewayClass(controller), false).state).toBe("unknown");
        expect(judgeFeatures(gatewayClass(controller, []), false).state).toBe("unknown");
    });
});
