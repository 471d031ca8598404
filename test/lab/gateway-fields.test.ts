import { describe } from "vitest";

import { testRouteFields } from "./route-fields.ts";

describe("the route's fields", () => {
    testRouteFields("10.244.250.3");
});
