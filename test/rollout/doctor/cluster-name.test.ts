import { describe, expect, it } from "vitest";

import { clusterNameFor } from "../../../rollout/doctor/cluster-name.ts";

const wanted = { namespace: "shop", service: "api", revision: "v2" };

describe("the name that the doctor proposes for Envoy's cluster", () => {
    it.each([
        { what: "Contour's", names: ["shop_api-v1_80", "shop_api-v2_80"], says: "{namespace}_{service}-{revision}_80" },
        { what: "Envoy Gateway's with mergeBackends", names: ["service/shop/api-v2/80/http"], says: "service/{namespace}/{service}-{revision}/80/http" },
        { what: "Envoy Gateway's without it", names: ["httproute/shop/api/rule/0"], says: "mergeBackends" },
        { what: "another gateway's", names: ["outbound|80||api-v2.shop.svc", "other"], says: "outbound|80||api-v2.shop.svc" },
        { what: "testers' alone", names: ["shop_api-v2-testers_80"], says: "none is named after api-v2" },
        { what: "another service's", names: ["shop_other-v2_80"], says: "none is named after api-v2" },
    ])("is read from those that Envoy has: $what", ({ names, says }) => {
        expect(clusterNameFor(names, wanted)).toContain(says);
    });
});
