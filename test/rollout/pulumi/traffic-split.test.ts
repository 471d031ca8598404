import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { presentOf } from "../../../rollout/kubernetes/cluster-reader.ts";
import { TrafficSplit, type TrafficSplitArgs } from "../../../rollout/pulumi/traffic-split.ts";
import { weightsOf } from "../../../rollout/plan/plan.ts";
import { type RolloutRecord, weightOf } from "../../../rollout/route/record.ts";
import { type RegisteredResource, buildStack, isSecretAt, unwrap, valueAt } from "../../helpers/mocks.ts";
import { rolling, steady } from "../arbitraries.ts";
import { design, testerKey } from "../route/route.ts";
import { labelKeys } from "../../../service/label-keys.ts";
import { plan } from "../../../service/plan.ts";

const weights = weightsOf(plan);

async function build(wanted: RolloutRecord, extra: Partial<TrafficSplitArgs> = {}, key: string | null = testerKey): Promise<RegisteredResource> {
    const stack = await buildStack(() => {
        const guard = new pulumi.ResourceHook("route-guard", () => undefined);
        const given = key === null ? {} : { testerKey: pulumi.secret(key) };
        return new TrafficSplit("traffic", { namespace: "prod", design, keys: labelKeys, wanted, guard, ...given, ...extra });
    });
    return stack.named("traffic-route");
}

/** Weight of each Service in the rule at `index`; the rule of users is the last. */
function backends(route: RegisteredResource, index: number): Readonly<Record<string, unknown>> {
    const references = valueAt(rule(route, index), "backendRefs");
    return Object.fromEntries((Array.isArray(references) ? references : []).map((one: unknown) => [String(valueAt(one, "name")), valueAt(one, "weight")]));
}

function rule(route: RegisteredResource, index: number): unknown {
    const rules = valueAt(route.inputs, "spec.rules");
    return Array.isArray(rules) ? rules.at(index) : undefined;
}

describe("the route", () => {
    it("is an HTTPRoute of the service's name on the gateway, for the host name that users call", async () => {
        const { type, inputs } = await build(steady());
        expect(type).toBe("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute");
        expect(valueAt(inputs, "metadata.name")).toBe("api");
        expect(valueAt(inputs, "metadata.namespace")).toBe("prod");
        expect(valueAt(inputs, "spec.hostnames")).toEqual(["api.example.com"]);
        expect(valueAt(inputs, "spec.parentRefs")).toEqual([{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "edge", namespace: "edge-system" }]);
    });

    it.each([
        { wanted: steady(), users: { "api-v1": 100 } },
        { wanted: rolling(0), users: { "api-v1": 100, "api-v2": 0 } },
        { wanted: rolling(10), users: { "api-v1": 90, "api-v2": 10 } },
        { wanted: rolling(25), users: { "api-v1": 75, "api-v2": 25 } },
        { wanted: rolling(50), users: { "api-v1": 50, "api-v2": 50 } },
        { wanted: rolling(100), users: { "api-v2": 100 } },
    ])("splits users with explicit weights: $users", async ({ wanted, users }) => {
        expect(backends(await build(wanted), -1)).toEqual(users);
    });

    it("reads back as what was written", async () => {
        for (const wanted of [steady(), ...weights.map((weight) => rolling(weight))]) {
            const { inputs } = await build(wanted);
            expect(presentOf(unwrap(inputs), design)).toEqual({ kind: "found", present: { record: wanted, routedPercent: weightOf(wanted) } });
        }
    });

    it.each(weights)("takes testers to the candidate by a secret header, whatever the weights, and takes the header away: at %i %%", async (weight) => {
        const route = await build(rolling(weight));
        expect(valueAt(rule(route, 0), "matches")).toEqual([
            { path: { type: "PathPrefix", value: "/" }, headers: [{ type: "Exact", name: "x-tester-key", value: testerKey }] },
        ]);
        expect(valueAt(rule(route, 0), "filters")).toEqual([
            { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-audience", value: "testers" }], remove: ["x-tester-key"] } },
        ]);
        expect(backends(route, 0)).toEqual({ "api-v2-testers": 100 });
        expect(valueAt(route.inputs, "spec.rules")).toHaveLength(2);
    });

    it("lets no user pass for a tester", async () => {
        for (const wanted of [steady(), rolling(10)]) {
            expect(valueAt(rule(await build(wanted), -1), "filters")).toEqual([
                { type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["x-audience", "x-tester-key"] } },
            ]);
        }
    });

    it("keeps the key secret, and the record beside its digest readable", async () => {
        const { inputs } = await build(rolling(10));
        expect(isSecretAt(inputs, "spec.rules[0].matches[0].headers[0].value")).toBe(true);
        expect(JSON.stringify(valueAt(inputs, "metadata"))).not.toContain(testerKey);
        expect(isSecretAt(inputs, "metadata.annotations[nova.example.com/tester-key]")).toBe(false);
        expect(valueAt(inputs, "metadata.annotations[nova.example.com/rollout-percent]")).toBe("10");
    });

    it.each([
        { case: "there is no candidate", wanted: steady(), key: testerKey },
        { case: "no key is given", wanted: rolling(10), key: null },
    ])("has no rule for testers when $case", async ({ wanted, key }) => {
        const route = await build(wanted, {}, key);
        expect(valueAt(route.inputs, "spec.rules")).toHaveLength(1);
        expect(valueAt(rule(route, 0), "matches")).toEqual([{ path: { type: "PathPrefix", value: "/" } }]);
    });

    it("limits the time of a request, for users and testers alike, and retries nothing unless it is asked to", async () => {
        const retrying = await build(rolling(10), { design: { ...design, gateway: { ...design.gateway, retry: true } } });
        for (const index of [0, 1]) {
            expect(valueAt(rule(await build(rolling(10)), index), "timeouts")).toEqual({ request: "5s", backendRequest: "2s" });
            expect(valueAt(rule(await build(rolling(10)), index), "retry")).toBeUndefined();
            expect(valueAt(rule(retrying, index), "retry")).toEqual({ codes: [503], attempts: 1, backoff: "50ms" });
        }
    });

    it("takes its fields back after a rollback that patched them directly", async () => {
        const { inputs } = await build(rolling(10));
        expect(valueAt(inputs, "metadata.annotations[pulumi.com/patchForce]")).toBe("true");
    });

    it("has the guard before it is created and before it changes", async () => {
        expect((await build(rolling(10))).hooks).toEqual({ beforeCreate: ["route-guard"], beforeUpdate: ["route-guard"] });
    });
});
