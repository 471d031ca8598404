import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { rollbackPatch } from "../../../rollout/route/rollback-patch.ts";
import { presentOf } from "../../../rollout/route/route.ts";
import { weightsOf } from "../../../rollout/plan/plan.ts";
import { weightOf } from "../../../rollout/route/record.ts";
import { routeSpec } from "../../../rollout/route/route-spec.ts";
import { type Present, transition } from "../../../rollout/route/transition.ts";
import { revision, rolling, steady } from "../arbitraries.ts";
import { design, routeOf, testerKey } from "../route/route.ts";
import { plan } from "../../../service/plan.ts";

const weights = weightsOf(plan);

/** The route of a candidate at 25 %, with one part of its spec set to another value. `rules[0]` is the testers', `rules[1]` the users'. */
function edited(path: readonly (string | number)[], value: unknown): { readonly metadata: unknown; readonly spec: unknown } {
    const { metadata, spec } = routeOf(rolling(25));
    return { metadata, spec: withValue(spec, path, value) };
}

/** A copy of `object` with another value at `path`. `undefined` takes it away; one past the end of a list adds to it. */
function withValue(object: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
    if (key === undefined) {
        return value;
    }
    if (Array.isArray(object)) {
        const copy = [...(object as readonly unknown[])];
        const changed = withValue(copy[Number(key)], rest, value);
        copy.splice(Number(key), 1, ...(changed === undefined ? [] : [changed]));
        return copy;
    }
    const fields = { ...(object as Readonly<Record<string, unknown>>) };
    const changed = withValue(fields[key], rest, value);
    return Object.fromEntries(Object.entries({ ...fields, [key]: changed }).filter(([, one]) => one !== undefined));
}

function presentIn(route: unknown): Present {
    const found = presentOf(route, design);
    if (found.kind !== "found") {
        throw new Error(`the route is ${found.kind}`);
    }
    return found.present;
}

const path = { type: "PathPrefix", value: "/" };
const toCandidate = [{ group: "", kind: "Service", name: "api-v2", port: 80, weight: 100 }];
const users = routeOf(rolling(25)).spec.rules[1];
const testers = routeOf(rolling(25)).spec.rules[0];
/** Another rule before all others. */
const rulesWith = (rule: object) => edited(["rules"], [rule, testers, users]);

const edits: readonly { readonly what: string; readonly route: unknown; readonly named: string }[] = [
    {
        what: "a rule that matches everybody by a regular expression on a header",
        route: rulesWith({ matches: [{ path, headers: [{ type: "RegularExpression", name: "user-agent", value: ".*" }] }], backendRefs: toCandidate }),
        named: "spec.rules[0] was added",
    },
    {
        what: "a rule for a header that is not the program's",
        route: rulesWith({ matches: [{ path, headers: [{ type: "Exact", name: "x-revision", value: "v2" }] }], backendRefs: toCandidate }),
        named: "spec.rules[0] was added",
    },
    {
        what: "the testers' rule for a key that the program did not write",
        route: edited(["rules", 0, "matches", 0, "headers", 0, "value"], "guess"),
        named: "spec.rules[0].matches[0].headers[0].value is another one",
    },
    {
        what: "the testers' rule by a regular expression",
        route: edited(["rules", 0, "matches", 0, "headers", 0, "type"], "RegularExpression"),
        named: 'spec.rules[0].matches[0].headers[0].type is "RegularExpression" in place of "Exact"',
    },
    {
        what: "the testers' rule without its header",
        route: edited(["rules", 0, "matches", 0, "headers"], undefined),
        named: "spec.rules[0].matches[0].headers is missing",
    },
    {
        what: "one more match of the testers' rule, for everybody",
        route: edited(["rules", 0, "matches", 1], { path }),
        named: "spec.rules[0].matches[1] was added",
    },
    {
        what: "the testers' rule to the Service of users",
        route: edited(["rules", 0, "backendRefs", 0, "name"], "api-v2"),
        named: 'spec.rules[0].backendRefs[0].name is "api-v2" in place of "api-v2-testers"',
    },
    {
        what: "the testers' rule that no longer says who asks",
        route: edited(["rules", 0, "filters", 0, "requestHeaderModifier", "set"], undefined),
        named: "spec.rules[0].filters[0].requestHeaderModifier.set is missing",
    },
    { what: "no rule for testers", route: edited(["rules", 0], undefined), named: "spec.rules[0]" },
    {
        what: "the stable revision's name in another namespace",
        route: edited(["rules", 1, "backendRefs", 0, "namespace"], "elsewhere"),
        named: 'spec.rules[1].backendRefs[0].namespace was added: "elsewhere"',
    },
    {
        what: "a backend of another kind",
        route: edited(["rules", 1, "backendRefs", 1, "kind"], "ServiceImport"),
        named: 'spec.rules[1].backendRefs[1].kind is "ServiceImport" in place of "Service"',
    },
    {
        what: "a backend of another group",
        route: edited(["rules", 1, "backendRefs", 1, "group"], "multicluster.x-k8s.io"),
        named: "spec.rules[1].backendRefs[1].group",
    },
    {
        what: "a backend at another port",
        route: edited(["rules", 1, "backendRefs", 1, "port"], 9090),
        named: "spec.rules[1].backendRefs[1].port is 9090 in place of 80",
    },
    {
        what: "a backend that is no part of the rollout",
        route: edited(["rules", 1, "backendRefs", 2], { group: "", kind: "Service", name: "api-v9", port: 80, weight: 10 }),
        named: "spec.rules[1].backendRefs[2] was added",
    },
    {
        what: "a backend that is no part of the rollout, without a share yet",
        route: edited(["rules", 1, "backendRefs", 2], { group: "", kind: "Service", name: "by-hand", port: 80, weight: 0 }),
        named: "spec.rules[1].backendRefs[2] was added",
    },
    {
        what: "filters of a backend",
        route: edited(["rules", 1, "backendRefs", 0, "filters"], [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: ["authorization"] } }]),
        named: "spec.rules[1].backendRefs[0].filters was added",
    },
    {
        what: "a mirror of users' requests",
        route: edited(["rules", 1, "filters", 1], { type: "RequestMirror", requestMirror: { backendRef: { name: "spy", port: 80 } } }),
        named: 'spec.rules[1].filters[1] was added: "RequestMirror"',
    },
    {
        what: "a header filter that the program did not write",
        route: edited(["rules", 1, "filters", 1], { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-admin", value: "yes" }] } }),
        named: 'spec.rules[1].filters[1] was added: "RequestHeaderModifier"',
    },
    {
        what: "the program's header filter changed, so that users pass for testers",
        route: edited(["rules", 1, "filters", 0, "requestHeaderModifier", "remove"], ["x-tester-key"]),
        named: "spec.rules[1].filters[0].requestHeaderModifier.remove[0]",
    },
    {
        what: "a header that the program's filter sets besides",
        route: edited(["rules", 1, "filters", 0, "requestHeaderModifier", "set"], [{ name: "x-audience", value: "testers" }]),
        named: "spec.rules[1].filters[0].requestHeaderModifier.set was added",
    },
    { what: "no filter for users", route: edited(["rules", 1, "filters"], undefined), named: "spec.rules[1].filters is missing" },
    {
        what: "another URL",
        route: edited(["rules", 1, "filters", 1], { type: "URLRewrite", urlRewrite: { hostname: "other.example.com" } }),
        named: 'spec.rules[1].filters[1] was added: "URLRewrite"',
    },
    {
        what: "a redirect",
        route: edited(["rules", 1, "filters", 1], { type: "RequestRedirect", requestRedirect: { hostname: "other.example.com" } }),
        named: 'spec.rules[1].filters[1] was added: "RequestRedirect"',
    },
    {
        what: "another time limit",
        route: edited(["rules", 1, "timeouts", "backendRequest"], "30s"),
        named: 'spec.rules[1].timeouts.backendRequest is "30s" in place of "2s"',
    },
    { what: "no time limit", route: edited(["rules", 1, "timeouts"], undefined), named: "spec.rules[1].timeouts is missing" },
    { what: "a retry", route: edited(["rules", 1, "retry"], { codes: [500], attempts: 5 }), named: "spec.rules[1].retry was added" },
    {
        what: "sessions that stay with a revision",
        route: edited(["rules", 1, "sessionPersistence"], { type: "Cookie" }),
        named: 'spec.rules[1].sessionPersistence was added: "Cookie"',
    },
    {
        what: "another path match",
        route: edited(["rules", 1, "matches", 1], { path: { type: "Exact", value: "/admin" } }),
        named: "spec.rules[1].matches[1] was added",
    },
    {
        what: "a narrower path",
        route: edited(["rules", 1, "matches", 0, "path", "value"], "/api"),
        named: "spec.rules[1].matches[0].path.value is another one",
    },
    { what: "one method alone", route: edited(["rules", 1, "matches", 0, "method"], "GET"), named: 'spec.rules[1].matches[0].method was added: "GET"' },
    { what: "another rule for users behind the first", route: edited(["rules", 2], { ...users, backendRefs: toCandidate }), named: "spec.rules[2] was added" },
    { what: "no rule for users", route: edited(["rules", 1], undefined), named: "spec.rules[1] is missing" },
    {
        what: "another host name",
        route: edited(["hostnames", 0], "other.example.com"),
        named: 'spec.hostnames[0] is "other.example.com" in place of "api.example.com"',
    },
    { what: "a further host name", route: edited(["hostnames", 1], "*.example.com"), named: 'spec.hostnames[1] was added: "*.example.com"' },
    { what: "another gateway", route: edited(["parentRefs", 0, "name"], "internal"), named: 'spec.parentRefs[0].name is "internal" in place of "edge"' },
    { what: "a further gateway", route: edited(["parentRefs", 1], { name: "internal" }), named: 'spec.parentRefs[1] was added: "internal"' },
    { what: "one listener alone", route: edited(["parentRefs", 0, "sectionName"], "http"), named: 'spec.parentRefs[0].sectionName was added: "http"' },
];

describe("a route that was edited by hand", () => {
    it.each(edits)("is found, named, and held before a step forward: $what", ({ route, named }) => {
        const present = presentIn(route);
        expect(present.tampering).toContain(named);
        expect(transition(plan, present, rolling(50))).toMatchObject({ kind: "refused", problem: expect.stringContaining(named) as unknown });
    });

    it.each(edits)("goes with the rollback, down to what the program writes for the stable revision alone: $what", ({ route }) => {
        const patch = rollbackPatch(route, { stable: revision("v1"), candidate: revision("v2"), reason: "errors", design });
        expect(patch).toMatchObject({
            kind: "patch",
            operations: expect.arrayContaining([{ op: "replace", path: "/spec", value: routeSpec(rolling(0), design) }]) as unknown,
        });
    });

    it("gives users the candidate for certain by a rule that is not exactly the testers' one", () => {
        for (const { route, what } of edits.filter((edit) => /testers' rule (?:by|without its header|for a key)/.test(edit.what))) {
            expect(presentIn(route).routedPercent, what).toBe(100);
        }
    });

    it("never tells the testers' key", () => {
        for (const { route } of edits) {
            expect(JSON.stringify(presentIn(route))).not.toContain(testerKey);
        }
    });

    it("is found whichever single part of the spec is changed, added or taken away", () => {
        for (const record of [steady(), ...weights.map((weight) => rolling(weight))]) {
            const route = routeOf(record);
            const places = placesIn(route.spec).filter((place) => place.at(-1) !== "weight");
            // At 0 % the rule for testers may be missing: after a mark was taken away, until the next 'up'.
            const mayBeShut = record.kind === "rolling" && record.weightPercent === 0;
            fc.assert(
                fc.property(fc.constantFrom(...places), fc.constantFrom("gone", "other", "more"), (place, how) => {
                    const old = valueIn(route.spec, place);
                    const value = how === "gone" ? undefined : how === "other" ? "another" : added(old);
                    const spec = withValue(route.spec, place, value);
                    const { tampering, routedPercent } = presentIn({ ...route, spec });
                    const allowed = mayBeShut && how === "gone" && place.join(".") === "rules.0";
                    expect(tampering !== undefined || routedPercent !== weightOf(record)).toBe(!allowed);
                }),
                { numRuns: 300 },
            );
        }
    });

    it("is found by its share where only the weights changed, and is not where they keep their proportion", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 1_000 }), (stable, candidate) => {
                const route = edited(
                    ["rules", 1, "backendRefs"],
                    [
                        { ...users?.backendRefs[0], weight: stable },
                        { ...users?.backendRefs[1], weight: candidate },
                    ],
                );
                const { tampering, routedPercent } = presentIn(route);
                const total = stable + candidate;
                expect(tampering).toBe(total === 0 ? "its weights are all 0" : undefined);
                expect(routedPercent).toBeCloseTo(total === 0 ? 100 : (100 * candidate) / total);
            }),
        );
    });
});

describe("a route as the program writes it", () => {
    it.each([steady(), ...weights.map((weight) => rolling(weight))])("shows no edit", (record) => {
        expect(presentIn(routeOf(record))).toEqual({ record, routedPercent: weightOf(record) });
    });

    it("may have no rule for testers in the dark, as after a mark was taken away, and not with users", () => {
        expect(presentIn(routeOf(rolling(0), {}, null)).tampering).toBeUndefined();
        expect(presentIn(routeOf(rolling(10), {}, null)).tampering).toContain("spec.rules[0]");
    });

    it("has no rule for testers where the config leads them nowhere", () => {
        const shut = { ...design, gateway: { ...design.gateway, testers: { kind: "none" as const } } };
        expect(presentOf({ ...routeOf(rolling(10)), spec: routeSpec(rolling(10), shut) }, shut)).toMatchObject({ present: { routedPercent: 10 } });
        expect(presentOf(routeOf(rolling(10)), shut)).toMatchObject({ present: { tampering: expect.stringContaining("spec.rules[0] was added") as unknown } });
    });
});

/** Every place in a value: of its objects' fields and of its lists' entries. */
function placesIn(value: unknown): readonly (readonly (string | number)[])[] {
    const entries = Array.isArray(value)
        ? value.map((one: unknown, index) => [index, one] as const)
        : typeof value === "object" && value !== null
          ? Object.entries(value)
          : [];
    return entries.flatMap(([key, one]) => [[key], ...placesIn(one).map((place) => [key, ...place])]);
}

function valueIn(object: unknown, place: readonly (string | number)[]): unknown {
    return place.reduce((value: unknown, key) => (value as Readonly<Record<string | number, unknown>>)[key], object);
}

/** `value` with something more in it. */
function added(value: unknown): unknown {
    return Array.isArray(value)
        ? [...(value as readonly unknown[]), { added: "by hand" }]
        : typeof value === "object" && value !== null
          ? { ...value, added: "by hand" }
          : `${String(value)}-more`;
}
