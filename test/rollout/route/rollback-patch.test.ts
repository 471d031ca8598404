import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type PatchOperation, type RollbackOf, clearPatch, rollbackPatch } from "../../../rollout/route/rollback-patch.ts";
import { presentOf } from "../../../rollout/route/route.ts";
import { type Weight, weightsOf } from "../../../rollout/plan/plan.ts";
import { type RolloutRecord } from "../../../rollout/route/record.ts";
import { addMark } from "../../../rollout/route/rolled-back.ts";
import { anyWeight, revision, rolling, steady } from "../arbitraries.ts";
import { type Route, design, routeOf } from "./route.ts";
import { plan } from "../../../service/plan.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const weights = weightsOf(plan);

type Rule = Route["spec"]["rules"][number];

const backend = (name: string, weight: number) => ({ group: "", kind: "Service", name, port: 80, weight }) as const;
const users = (...backendRefs: Rule["backendRefs"]): Rule => ({ ...lastRule(routeOf(steady())), backendRefs });

function lastRule({ spec }: Route): Rule {
    const rule = spec.rules.at(-1);
    if (rule === undefined) {
        throw new Error("the route has no rule");
    }
    return rule;
}

/** A route as the program writes it, or with other rules for users. */
function route(record: RolloutRecord, forUsers?: readonly Rule[], annotations: Readonly<Record<string, string>> = {}): Route {
    const written = routeOf(record, annotations);
    return forUsers === undefined ? written : { ...written, spec: { ...written.spec, rules: [...written.spec.rules.slice(0, -1), ...forUsers] } };
}

const of: RollbackOf = { stable: revision("v1"), candidate: revision("v2"), reason: "errors", design };

/** What the API server makes of a patch: only the paths that are used here. @throws when a test fails. */
function applied(live: Route, operations: readonly PatchOperation[]): Route {
    let annotations = { ...live.metadata.annotations };
    let spec: unknown = live.spec;
    for (const operation of operations) {
        const key = /^\/metadata\/annotations\/(.*)$/.exec(operation.path)?.[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
        if (operation.op === "test") {
            expect(key === undefined ? spec : annotations[key]).toEqual(operation.value);
        } else if (operation.op === "remove") {
            annotations = Object.fromEntries(Object.entries(annotations).filter(([name]) => name !== key));
        } else if (key !== undefined) {
            annotations = { ...annotations, [key]: String(operation.value) };
        } else if (operation.path === "/spec") {
            spec = operation.value;
        } else {
            expect(operation).toEqual({ op: "add", path: "/metadata/annotations", value: {} });
        }
    }
    return { metadata: { annotations }, spec: spec as Route["spec"] };
}

function rolledBack(live: Route): Route {
    const wanted = rollbackPatch(live, of);
    return wanted.kind === "patch" ? applied(live, wanted.operations) : live;
}

const marked = { [labelKeys.rolledBack]: addMark(undefined, { revision: of.candidate, reason: of.reason }) };
const back = { kind: "found", present: { record: rolling(0), routedPercent: 0, rolledBack: [{ revision: of.candidate, reason: of.reason }] } };

/** Rules for users as a hand may have left them. */
const anyRules = fc.array(
    fc
        .array(fc.tuple(fc.constantFrom("api-v1", "api-v2", "by-hand"), fc.integer({ min: 0, max: 1_000 })).map(([name, weight]) => backend(name, weight)))
        .map((refs) => users(...refs)),
    { maxLength: 3 },
);

describe("the patch that takes a rollout back", () => {
    it.each(weights)("leaves the route as the program writes it at 0, with the mark, from %i percent", (weight) => {
        const live = rolledBack(route(rolling(weight)));
        const previous = weight === 0 ? {} : { [labelKeys.previousPercent]: String(weight) };
        expect(live).toEqual(routeOf(rolling(0), { ...marked, ...previous }, null));
        expect(rollbackPatch(live, of)).toEqual({ kind: "already" });
    });

    it("gives all users to the stable revision whatever a hand did to the rules, and has nothing left to do", () => {
        fc.assert(
            fc.property(anyWeight, anyRules, (weight, rules) => {
                const live = rolledBack(route(rolling(weight), rules));
                const found = presentOf(live, design);
                expect(found).toMatchObject({ kind: "found", present: { record: rolling(0), routedPercent: 0 } });
                expect(live.spec).toEqual(routeOf(rolling(0), {}, null).spec);
                expect(rollbackPatch(live, of)).toEqual({ kind: "already" });
            }),
        );
    });

    it("takes the testers' way to the candidate away, also where the users' one is back already", () => {
        expect(rolledBack(route(rolling(50))).spec.rules).toEqual([users(backend("api-v1", 100), backend("api-v2", 0))]);
        const stillTested = route(rolling(0), undefined, marked);
        expect(rollbackPatch(stillTested, of)).toMatchObject({ kind: "patch" });
        expect(rolledBack(stillTested)).toEqual(routeOf(rolling(0), marked, null));
    });

    it.each(weights.filter((weight) => weight > 0))(
        "tests everything it was made from, so that it can't hit a route that has moved from %i percent",
        (weight) => {
            const wanted = rollbackPatch(route(rolling(weight)), of);
            const operations = wanted.kind === "patch" ? wanted.operations : [];
            const others = [
                ...weights.filter((other) => other !== weight).map((other) => route(rolling(other))),
                route(rolling(weight, "v3")),
                route(steady("v2")),
            ];
            for (const moved of others) {
                expect(() => applied(moved, operations)).toThrow();
            }
            const firstWrite = operations.findIndex(({ op }) => op !== "test");
            expect(operations.slice(firstWrite).map(({ op }) => op)).not.toContain("test");
        },
    );

    it("says from where: the larger of what the record and the weights say", () => {
        const from = (live: Route): number | undefined => {
            const wanted = rollbackPatch(live, of);
            return wanted.kind === "patch" ? wanted.fromPercent : undefined;
        };
        expect(from(route(rolling(25)))).toBe(25);
        expect(from(route(rolling(25), [users(backend("api-v1", 60), backend("api-v2", 40))]))).toBe(40);
        expect(from(route(rolling(25), [users(backend("api-v1", 100))]))).toBe(25);
    });

    it("only marks a candidate that runs dark", () => {
        const live = route(rolling(0));
        expect(rollbackPatch(live, of)).toMatchObject({ kind: "patch", fromPercent: 0 });
        expect(rolledBack(live)).toEqual(routeOf(rolling(0), marked, null));
        expect(rollbackPatch(rolledBack(live), of)).toEqual({ kind: "already" });
    });

    it("keeps the marks of others", () => {
        const others = addMark(undefined, { revision: revision("v0"), reason: "slow" });
        const live = rolledBack(route(rolling(10), undefined, { [labelKeys.rolledBack]: others }));
        expect(presentOf(live, design)).toMatchObject({ present: { rolledBack: [{ revision: revision("v0") }, { revision: revision("v2") }] } });
    });

    it.each<{ what: string; live: Route; reason: string }>([
        { what: "is finished", live: route(steady("v2")), reason: "v2 is the stable revision now: the rollout is finished, and the way on is a new candidate" },
        {
            what: "is finished, with another one under way",
            live: route(rolling(50, "v3", "v2")),
            reason: "v2 is the stable revision now: the rollout is finished, and the way on is a new candidate",
        },
        { what: "was withdrawn", live: route(steady()), reason: "v2 is no candidate any more: it was withdrawn" },
        { what: "gave way to another", live: route(rolling(10, "v3")), reason: "the candidate is v3 now, not v2" },
        { what: "has another stable revision", live: route(rolling(10, "v2", "v0")), reason: "the stable revision is v0 now, not v1" },
        {
            what: "can't be recognised",
            live: { metadata: { annotations: {} }, spec: { ...routeOf(steady("v2")).spec } },
            reason: "its record can't be read, and nothing on it shows that v1 is still the stable revision",
        },
        {
            what: "is another one, as far as its damaged record shows",
            live: route(rolling(10, "v3"), undefined, { [labelKeys.record.weightPercent]: "101" }),
            reason: "its record can't be read as a whole, and nova.example.com/candidate is v3, not v2",
        },
    ])("is none when the rollout $what", ({ live, reason }) => {
        expect(rollbackPatch(live, of)).toEqual({ kind: "overtaken", reason });
    });

    it.each<{ what: string; live: Route }>([
        { what: "no annotations", live: { ...route(rolling(25)), metadata: { annotations: {} } } },
        { what: "a weight above 100", live: route(rolling(25), undefined, { [labelKeys.record.weightPercent]: "101" }) },
        { what: "a candidate cut short", live: route(rolling(25), undefined, { [labelKeys.record.candidate]: "v2@sha" }) },
        { what: "only the candidate for users, while testers still reach it", live: { ...route(rolling(100)), metadata: { annotations: {} } } },
    ])("writes a damaged record anew: $what", ({ live }) => {
        expect(presentOf(rolledBack(live), design)).toEqual(back);
    });
});

describe("the patch that takes a mark away", () => {
    it("leaves the marks of others", () => {
        const text = addMark(addMark(undefined, { revision: revision("v2"), reason: "errors" }), { revision: revision("v3"), reason: "slow" });
        const live = route(rolling(0), undefined, { [labelKeys.rolledBack]: text });
        const operations = clearPatch(live, revision("v2"), labelKeys) ?? [];
        expect(presentOf(applied(live, operations), design)).toMatchObject({ present: { rolledBack: [{ revision: revision("v3") }] } });
    });

    it("takes the annotation away with the last one", () => {
        const live = route(rolling(0), undefined, marked);
        expect(applied(live, clearPatch(live, revision("v2"), labelKeys) ?? [])).toEqual(route(rolling(0)));
    });

    it("does not fit marks that somebody changed in between", () => {
        const operations = clearPatch(route(rolling(0), undefined, marked), revision("v2"), labelKeys) ?? [];
        const more = addMark(marked[labelKeys.rolledBack], { revision: revision("v3"), reason: "slow" });
        expect(() => applied(route(rolling(0), undefined, { [labelKeys.rolledBack]: more }), operations)).toThrow();
    });

    it("is none where there is no mark", () => {
        const weight: Weight = 10;
        expect(clearPatch(route(rolling(weight)), revision("v2"), labelKeys)).toBeUndefined();
        expect(clearPatch(route(rolling(weight), undefined, marked), revision("v3"), labelKeys)).toBeUndefined();
    });
});
