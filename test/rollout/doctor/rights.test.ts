import { describe, expect, it } from "vitest";

import { rolloutKinds } from "../../../rollout/doctor/needs.ts";
import { deployerRights, missingRights, rulesOf } from "../../../rollout/doctor/rights.ts";

const needs = { kinds: [...rolloutKinds("shop"), { apiVersion: "v1", kind: "Namespace", plural: "namespaces", name: "shop" }] };

describe("the rights of a deployer", () => {
    it("are those on every kind that the program declares, each where its objects are", () => {
        const rights = deployerRights(needs, "shop");
        expect(rights).toContainEqual({ group: "gateway.networking.k8s.io", resource: "httproutes", verb: "patch", namespace: "shop" });
        expect(rights).toContainEqual({ group: "", resource: "namespaces", verb: "get", name: "shop" });
        // The namespace is there before its deployer is: no other one may be made.
        expect(rights.some(({ verb, resource }) => verb === "create" && resource === "namespaces")).toBe(false);
        expect(rights.some(({ verb, resource }) => verb === "*" || resource === "*")).toBe(false);
    });

    it("are the same rules in whatever order they come, with no right lost", () => {
        const rights = deployerRights(needs, "shop");
        const rules = rulesOf(rights);
        expect(rulesOf(rights.toReversed())).toEqual(rules);
        const again = rules.flatMap(({ apiGroups, resources, verbs }) =>
            apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`))),
        );
        expect(again.toSorted()).toEqual([...new Set(rights.map(({ group, resource, verb }) => `${group} ${resource} ${verb}`))].toSorted());
    });

    it("that are missing are told a line a resource, with all of its verbs", () => {
        const missing = deployerRights(needs, "shop").filter(({ resource, verb }) => resource === "httproutes" && ["patch", "delete"].includes(verb));
        expect(missingRights(missing, "ci", "give them")).toEqual([
            { text: "ci may not patch, delete httproutes.gateway.networking.k8s.io in shop", fix: "give them" },
        ]);
    });
});
