import { describe } from "vitest";

import { hubAddress } from "../../../lab/nodes/plan.ts";
import { testRouteFields } from "../../lab/route-fields.ts";

describe("the route's fields, with Envoy Gateway's Envoy in pods of real nodes", () => {
    testRouteFields(hubAddress);
});
