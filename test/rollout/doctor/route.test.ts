import { describe, expect, it } from "vitest";

import { judgeRoute } from "../../../rollout/doctor/route.ts";

const gateway = { namespace: "edge", name: "public" };
const condition = (type: string, status = "True") => ({ type, status, reason: "Reason", message: "", observedGeneration: 2 });
const route = (...parents: readonly object[]) => ({ metadata: { generation: 2, namespace: "shop" }, status: { parents } });
const well = {
    parentRef: { name: "public", namespace: "edge" },
    controllerName: "example.com/any",
    conditions: [condition("Accepted"), condition("ResolvedRefs")],
};

describe("the doctor's look at a route", () => {
    it("is content with one that its Gateway's controller took", () => {
        expect(judgeRoute(route(well), "shop/api", gateway)).toMatchObject({ state: "ok", text: expect.stringContaining("example.com/any") as string });
    });

    it.each([
        { what: "no controller says anything", parents: [], says: "no controller says anything" },
        { what: "another Gateway's controller does", parents: [{ ...well, parentRef: { name: "public" } }], says: "no controller says anything" },
        { what: "it is refused", parents: [{ ...well, conditions: [condition("Accepted", "False"), condition("ResolvedRefs")] }], says: "Accepted=False" },
        {
            what: "a Service is missing",
            parents: [{ ...well, conditions: [condition("Accepted"), condition("ResolvedRefs", "False")] }],
            says: "ResolvedRefs=False",
        },
        { what: "one of two controllers refuses it", parents: [well, { ...well, conditions: [] }], says: "has no condition Accepted" },
    ])("finds a problem where $what", ({ parents, says }) => {
        expect(judgeRoute(route(...parents), "shop/api", gateway)).toMatchObject({ state: "problem", text: expect.stringContaining(says) as string });
    });
});
