import { describe, expect, it } from "vitest";

import type { LiveRoute } from "../../../rollout/kubernetes/cluster-reader.ts";
import { TestersRoute, type TestersRouteArgs, shutOut } from "../../../rollout/pulumi/testers-route.ts";
import { testersRouteSpec } from "../../../rollout/route/route-spec.ts";
import { buildStack, misnamedChildren, unwrap, valueAt } from "../../helpers/mocks.ts";
import { revision, rolling } from "../arbitraries.ts";
import { design, hostDesign } from "../route/route.ts";

const found = (rolledBack?: (LiveRoute & { readonly kind: "found" })["present"]["rolledBack"]): LiveRoute => ({
    kind: "found",
    present: { record: rolling(0), routedPercent: 0, ...(rolledBack === undefined ? {} : { rolledBack }) },
});

const build = async (args: Partial<TestersRouteArgs> = {}) =>
    buildStack(
        () =>
            new TestersRoute("api-testers", {
                namespace: "prod",
                design: hostDesign,
                candidate: revision("v2"),
                readRoute: () => Promise.resolve(found()),
                ...args,
            }),
    );

describe("a rollback that came while the program ran", () => {
    const mark = { revision: revision("v2"), reason: "errors" };

    it.each<{ case: string; live: LiveRoute; why: RegExp | undefined }>([
        { case: "lets them where there was none", live: found(), why: undefined },
        { case: "lets them where another revision was rolled back", live: found([{ ...mark, revision: revision("v3") }]), why: undefined },
        { case: "shuts them out", live: found([mark]), why: /it was rolled back while the program ran/ },
        { case: "shuts them out as long as marks can't be read", live: found("unreadable"), why: /marks of rollbacks can't be read/ },
        { case: "shuts them out as long as there is no route for users", live: { kind: "absent" }, why: /there is no users' route/ },
        { case: "shuts them out as long as nothing can be read", live: { kind: "unreachable", reason: "down" }, why: /can't be judged: down/ },
        {
            case: "shuts them out while the record is damaged",
            live: { kind: "damaged", reason: "no record", revisions: [] },
            why: /can't be judged: no record/,
        },
    ])("$case", ({ live, why }) => {
        const found = shutOut(live, revision("v2"));
        expect(found === undefined).toBe(why === undefined);
        expect(found ?? "").toMatch(why ?? /^$/);
    });
});

describe("the route of testers", () => {
    it("is an HTTPRoute beside the users' one, as the one function for it says, with no secret in it", async () => {
        const stack = await build();
        const { type, inputs } = stack.named("api-testers-route");
        expect(type).toBe("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute");
        expect(valueAt(inputs, "metadata.name")).toBe("api-testers");
        expect(valueAt(unwrap(inputs), "spec")).toEqual(testersRouteSpec("v2", hostDesign));
        expect(misnamedChildren(stack)).toEqual([]);
    });

    it("carries no record of the rollout, takes its fields back after an edit by hand, and asks for marks before it is written", async () => {
        const { inputs, hooks } = (await build()).named("api-testers-route");
        expect(valueAt(inputs, "metadata.annotations")).toEqual({ "pulumi.com/patchForce": "true" });
        expect(hooks).toEqual({ beforeCreate: ["api-testers-admission"], beforeUpdate: ["api-testers-admission"] });
    });

    it("is refused where testers have no host name of their own", async () => {
        await expect(build({ design })).rejects.toThrow("gateway.testers.kind is header: a route for testers needs kind host");
    });
});
