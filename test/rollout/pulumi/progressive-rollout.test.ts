import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import { type ClusterReader, type LiveRoute, presentOf } from "../../../rollout/kubernetes/cluster-reader.ts";
import { ProgressiveRollout, type ProgressiveRolloutArgs } from "../../../rollout/pulumi/progressive-rollout.ts";
import type { Weight } from "../../../rollout/plan/plan.ts";
import { type RolloutRecord, decodeRecord, weightOf } from "../../../rollout/route/record.ts";
import { type RevisionSpec, referenceTo } from "../../../rollout/route/revision.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import {
    type BuildOptions,
    type RegisteredResource,
    type RegisteredStack,
    buildStack,
    isRecord,
    misnamedChildren,
    unwrap,
    valueAt,
    withoutSecrets,
} from "../../helpers/mocks.ts";
import { design, hostDesign, testerKey } from "../route/route.ts";
import { profile } from "../../../service/profile.ts";
import { labelKeys } from "../../../service/label-keys.ts";

const v1: RevisionSpec = { name: "v1", image: "registry.example.com/api@sha256:aa", config: { LOG_LEVEL: "info" } };
const v2: RevisionSpec = { name: "v2", image: "registry.example.com/api@sha256:bb", config: { LOG_LEVEL: "debug" } };

const blind: ClusterReader = {
    readRoute: async () => ({ kind: "absent" }),
    readyEndpoints: async () => 0,
    podsMounting: async () => [],
};

interface Wanted {
    readonly stable?: RevisionSpec;
    readonly candidate?: RevisionSpec;
    readonly weightPercent?: Weight;
}

function recordOf({ stable = v1, candidate, weightPercent = 0 }: Wanted): RolloutRecord {
    return candidate === undefined
        ? { kind: "steady", stable: referenceTo(stable) }
        : { kind: "rolling", stable: referenceTo(stable), candidate: referenceTo(candidate), weightPercent };
}

function live(wanted: Wanted): LiveRoute {
    const record = recordOf(wanted);
    return { kind: "found", present: { record, routedPercent: weightOf(record) } };
}

function argsOf(seen: LiveRoute, { stable = v1, candidate, weightPercent = 0 }: Wanted, testersBy: "header" | "host" = "header"): ProgressiveRolloutArgs {
    return {
        namespace: pulumi.output("prod"),
        namespaceName: "prod",
        stable,
        ...defined({ candidate }),
        profile,
        weightPercent,
        ...(testersBy === "host" ? { design: hostDesign } : { design, testerKey: pulumi.secret(testerKey) }),
        serviceAccountName: "api",
        secretFiles: { "postgres-password": "correct-horse" },
        awaitTimeoutSeconds: 60,
        cluster: blind,
        seen,
    };
}

async function build(seen: LiveRoute, wanted: Wanted, options?: BuildOptions): Promise<RegisteredStack<ProgressiveRollout>> {
    return buildStack(() => new ProgressiveRollout("delivery", argsOf(seen, wanted)), options);
}

const absent: LiveRoute = { kind: "absent" };
const at10 = { candidate: v2, weightPercent: 10 } as const;
const at25 = { candidate: v2, weightPercent: 25 } as const;
const at100 = { candidate: v2, weightPercent: 100 } as const;

const route = "delivery-traffic-route";
const gate = "delivery-gate-record";

/** Names of everything that a provider manages, in the order in which the engine heard of it: it starts no work on a resource before that. */
function order(stack: RegisteredStack): readonly string[] {
    return stack.resources.filter(({ custom }) => custom).map(({ name }) => name);
}

/** Names of everything that `component` waits for before its children are registered. */
function waitsFor(stack: RegisteredStack, component: string, type: string): readonly string[] {
    const { dependsOn } = stack.named(component, type);
    return stack.resources.filter(({ urn, custom }) => custom && dependsOn.includes(urn)).map(({ name }) => name);
}

function replicasOf(stack: RegisteredStack): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
        stack.ofType("kubernetes:autoscaling/v2:HorizontalPodAutoscaler").map(({ name, inputs }) => [name, valueAt(inputs, "spec.minReplicas")]),
    );
}

function recordIn({ inputs }: RegisteredResource): RolloutRecord | undefined {
    const annotations = valueAt(inputs, "metadata.annotations");
    return isRecord(annotations) ? decodeRecord(annotations, labelKeys) : undefined;
}

const trafficSplit = "progressive-rollout:traffic:TrafficSplit";
const rolloutGate = "progressive-rollout:rollout:RolloutGate";
const autoscaler = "progressive-rollout:workload:RevisionAutoscaler";
const revisionType = "progressive-rollout:workload:Revision";

describe("a progressive rollout", () => {
    it("is made of a gate, a route, and for each revision its objects and its autoscaler", async () => {
        const stack = await build(live({ candidate: v2 }), at10);
        expect(
            stack
                .childrenOf(stack.named("delivery"))
                .map(({ type, name }) => `${type} ${name}`)
                .sort(),
        ).toEqual([
            "progressive-rollout:rollout:RolloutGate delivery-gate",
            "progressive-rollout:traffic:TrafficSplit delivery-traffic",
            "progressive-rollout:workload:Revision delivery-v1",
            "progressive-rollout:workload:Revision delivery-v2",
            "progressive-rollout:workload:RevisionAutoscaler delivery-v1",
            "progressive-rollout:workload:RevisionAutoscaler delivery-v2",
        ]);
        expect(misnamedChildren(stack)).toEqual([]);
    });

    it("writes the same record on the gate and on the route, and gives it back", async () => {
        const stack = await build(live({ candidate: v2 }), at10);
        const record = recordOf(at10);
        expect(recordIn(stack.named(gate))).toEqual(record);
        expect(recordIn(stack.named(route))).toEqual(record);
        expect(stack.result.record).toEqual(record);
        expect(stack.named("delivery").outputs).toEqual({ record });
    });

    it("has its guard before every change of the gate and of the route", async () => {
        const stack = await build(live({ candidate: v2 }), at10);
        expect(stack.named(gate).hooks).toMatchObject({ beforeCreate: ["delivery-gate-guard"], beforeUpdate: ["delivery-gate-guard"] });
        expect(stack.named(route).hooks).toMatchObject({ beforeCreate: ["delivery-route-guard"], beforeUpdate: ["delivery-route-guard"] });
    });

    it("tells the journal of each change of the route, after it was made and never before", async () => {
        const stack = await buildStack(() => new ProgressiveRollout("delivery", { ...argsOf(absent, {}), journal: async () => undefined }));
        expect(stack.named(route).hooks).toMatchObject({
            beforeCreate: ["delivery-route-guard"],
            beforeUpdate: ["delivery-route-guard"],
            afterCreate: ["delivery-route-journal"],
            afterUpdate: ["delivery-route-journal"],
        });
        expect(stack.named(gate).hooks).toMatchObject({ beforeCreate: ["delivery-gate-guard"], beforeUpdate: ["delivery-gate-guard"] });
    });

    it("names the same resources in a preview, where most values are unknown", async () => {
        const preview = await build(live({ candidate: v2 }), at10, { preview: true });
        const update = await build(live({ candidate: v2 }), at10);
        expect(preview.resources.map(({ urn }) => urn).sort()).toEqual(update.resources.map(({ urn }) => urn).sort());
    });

    it("shows no secret in plain text, in no input of any component either", async () => {
        const stack = await build(live({ candidate: v2 }), at10);
        const plain = JSON.stringify(stack.resources.map(({ inputs, outputs }) => withoutSecrets({ inputs, outputs })));
        expect(plain).not.toContain("correct-horse");
        expect(plain).toContain("[secret]");
    });

    it("does not wait for credentials with its route: a rollback must not wait for a database", async () => {
        const { inputs } = (await build(live(at25), at10)).named("delivery");
        expect(inputs).not.toHaveProperty("secretFiles");
        expect(inputs).not.toHaveProperty("serviceAccountName");
    });
});

describe("forward, pods come before weight", () => {
    it.each([
        { change: "a start", seen: absent, wanted: {} },
        { change: "a candidate in the dark", seen: live({}), wanted: { candidate: v2 } },
        { change: "a step", seen: live(at10), wanted: at25 },
        { change: "no change", seen: live(at25), wanted: at25 },
    ])("in $change: the gate first, the route last", async ({ seen, wanted }) => {
        const stack = await build(seen, wanted);
        expect(order(stack)[0]).toBe(gate);
        expect(order(stack).at(-1)).toBe(route);
    });

    it("the route waits for the gate, for every object of both revisions, and for both autoscalers", async () => {
        const stack = await build(live(at10), at25);
        const rest = order(stack).filter((name) => name !== route);
        expect([...waitsFor(stack, "delivery-traffic", trafficSplit)].sort()).toEqual([...rest].sort());
    });

    it("revisions and autoscalers wait for the gate, so that a refused step changes nothing", async () => {
        const stack = await build(live(at10), at25);
        for (const name of ["delivery-v1", "delivery-v2"]) {
            expect(waitsFor(stack, name, revisionType)).toEqual([gate]);
            expect(waitsFor(stack, name, autoscaler)).toContain(gate);
        }
        expect(waitsFor(stack, "delivery-gate", rolloutGate)).toEqual([]);
    });
});

describe("back, the route comes before everything else", () => {
    it.each([
        { change: "a rollback", seen: live(at100), wanted: { candidate: v2 } },
        { change: "a step back", seen: live(at25), wanted: at10 },
        { change: "a withdrawal", seen: live(at25), wanted: {} },
        { change: "a finish", seen: live(at100), wanted: { stable: v2 } },
        { change: "a route that can't be read", seen: { kind: "unreachable", reason: "down" } as const, wanted: { candidate: v2 } },
    ])("in $change: the route first, the gate after it", async ({ seen, wanted }) => {
        const stack = await build(seen, wanted);
        expect(order(stack).slice(0, 2)).toEqual([route, gate]);
    });

    it("the route waits for nothing: not for the gate, nor for the pods of a candidate that may never be ready", async () => {
        const stack = await build(live(at25), at10);
        expect(waitsFor(stack, "delivery-traffic", trafficSplit)).toEqual([]);
        expect(stack.named(route).dependsOn).toEqual([]);
    });

    it("the gate waits for the route, and pods shrink after the gate", async () => {
        const stack = await build(live(at25), at10);
        expect(waitsFor(stack, "delivery-gate", rolloutGate)).toEqual([route]);
        for (const name of ["delivery-v1", "delivery-v2"]) {
            expect(waitsFor(stack, name, autoscaler)).toContain(gate);
            expect(waitsFor(stack, name, revisionType)).toEqual([gate]);
        }
    });
});

describe("pods", () => {
    it.each([
        { wanted: {}, seen: absent, replicas: { "delivery-v1-autoscaler": 3 } },
        { wanted: { candidate: v2 }, seen: live({}), replicas: { "delivery-v1-autoscaler": 6, "delivery-v2-autoscaler": 1 } },
        { wanted: at10, seen: live({ candidate: v2 }), replicas: { "delivery-v1-autoscaler": 6, "delivery-v2-autoscaler": 2 } },
        { wanted: at25, seen: live(at10), replicas: { "delivery-v1-autoscaler": 6, "delivery-v2-autoscaler": 3 } },
        { wanted: { candidate: v2, weightPercent: 50 }, seen: live(at25), replicas: { "delivery-v1-autoscaler": 6, "delivery-v2-autoscaler": 5 } },
        {
            wanted: at100,
            seen: live({ candidate: v2, weightPercent: 50 }),
            replicas: { "delivery-v1-autoscaler": 6, "delivery-v2-autoscaler": 6 },
        },
        { wanted: { stable: v2 }, seen: live(at100), replicas: { "delivery-v2-autoscaler": 3 } },
    ] as const)("are at least $replicas", async ({ wanted, seen, replicas }) => {
        expect(replicasOf(await build(seen, wanted))).toEqual(replicas);
    });
});

describe("finishing a rollout", () => {
    it("keeps every object of the candidate as it is, so that no pod is replaced", async () => {
        const [before, after] = [await build(live({ candidate: v2, weightPercent: 50 }), at100), await build(live(at100), { stable: v2 })];
        const objects = (stack: RegisteredStack) =>
            stack.resources
                .filter(({ custom, name }) => custom && name.startsWith("delivery-v2-") && name !== "delivery-v2-autoscaler")
                .map(({ urn, inputs }) => ({ urn, inputs: withoutSecrets(inputs) }))
                .sort((left, right) => (left.urn < right.urn ? -1 : 1));
        expect(objects(after)).toEqual(objects(before));
        expect(objects(after).length).toBeGreaterThan(3);
    });

    it("leaves nothing of the revision that was stable", async () => {
        const stack = await build(live(at100), { stable: v2 });
        expect(stack.resources.filter(({ name }) => name.startsWith("delivery-v1"))).toEqual([]);
    });
});

describe("testers", () => {
    const rules = (stack: RegisteredStack) => valueAt(stack.named(route).inputs, "spec.rules");
    const marked = (marks: NonNullable<(LiveRoute & { readonly kind: "found" })["present"]["rolledBack"]>): LiveRoute => {
        const found = live({ candidate: v2 });
        return found.kind === "found" ? { ...found, present: { ...found.present, rolledBack: marks } } : found;
    };

    it.each<{ case: string; seen: LiveRoute; rules: number }>([
        { case: "reach a candidate in the dark", seen: live({ candidate: v2 }), rules: 2 },
        { case: "don't reach one that was rolled back", seen: marked([{ revision: referenceTo(v2), reason: "errors" }]), rules: 1 },
        {
            case: "don't reach one whose content was rolled back under another name",
            seen: marked([{ revision: { ...referenceTo(v2), name: "v9" }, reason: "errors" }]),
            rules: 1,
        },
        { case: "reach one beside another that was rolled back", seen: marked([{ revision: referenceTo(v1), reason: "errors" }]), rules: 2 },
        { case: "don't reach one while the marks can't be read", seen: marked("unreadable"), rules: 1 },
        { case: "don't reach one while the route can't be read", seen: { kind: "unreachable", reason: "down" }, rules: 1 },
    ])("$case", async ({ seen, rules: count }) => {
        expect(rules(await build(seen, { candidate: v2 }))).toHaveLength(count);
    });

    it("get a key that is made here, where the program passes none", async () => {
        const { testerKey: passed, ...args } = argsOf(live({ candidate: v2 }), { candidate: v2 });
        expect(passed).toBeDefined();
        const stack = await buildStack(() => new ProgressiveRollout("delivery", args));
        expect(stack.ofType("progressive-rollout:traffic:TesterKey").map(({ name }) => name)).toEqual(["delivery-tester-key"]);
        expect(rules(stack)).toHaveLength(2);
        expect((await build(live({ candidate: v2 }), { candidate: v2 })).ofType("progressive-rollout:traffic:TesterKey")).toEqual([]);
    });

    const byHost = async (seen: LiveRoute, wanted: Wanted) => buildStack(() => new ProgressiveRollout("delivery", argsOf(seen, wanted, "host")));
    const own = "delivery-testers-route";

    it.each<{ case: string; seen: LiveRoute; wanted: Wanted; routes: number }>([
        { case: "reach a candidate in the dark", seen: live({ candidate: v2 }), wanted: { candidate: v2 }, routes: 1 },
        { case: "reach one that goes forward", seen: live(at10), wanted: at25, routes: 1 },
        { case: "reach one that goes a step back", seen: live(at25), wanted: at10, routes: 1 },
        { case: "reach nothing where there is no candidate", seen: live({}), wanted: {}, routes: 0 },
        { case: "reach nothing once the rollout is finished", seen: live(at100), wanted: { stable: v2 }, routes: 0 },
        { case: "don't reach one that was rolled back", seen: marked([{ revision: referenceTo(v2), reason: "errors" }]), wanted: { candidate: v2 }, routes: 0 },
        { case: "don't reach one while the marks can't be read", seen: marked("unreadable"), wanted: { candidate: v2 }, routes: 0 },
        { case: "don't reach one while the route can't be read", seen: { kind: "unreachable", reason: "down" }, wanted: { candidate: v2 }, routes: 0 },
    ])("by a host name of their own $case, and never by the users' route", async ({ seen, wanted, routes }) => {
        const stack = await byHost(seen, wanted);
        expect(stack.resources.filter(({ name }) => name === own)).toHaveLength(routes);
        expect(rules(stack)).toHaveLength(1);
        expect(misnamedChildren(stack)).toEqual([]);
    });

    it.each([
        { way: "forward", seen: live(at10), wanted: at25 },
        { way: "back", seen: live(at25), wanted: at10 },
    ])("have their route written after the users' one and after the pods, on the way $way", async ({ seen, wanted }) => {
        const stack = await byHost(seen, wanted);
        expect(waitsFor(stack, "delivery-testers", "progressive-rollout:traffic:TestersRoute")).toEqual(
            expect.arrayContaining([route, "delivery-v2-deployment"]),
        );
    });

    it("reach nothing any more once the rollout is finished", async () => {
        expect(rules(await build(live(at100), { stable: v2 }))).toHaveLength(1);
    });
});

describe("what a step says of itself", () => {
    const annotationsOf = (stack: RegisteredStack, name: string) => valueAt(stack.named(name).inputs, "metadata.annotations");

    it.each([
        { change: "a start", seen: absent, wanted: {}, from: "0" },
        { change: "a step", seen: live(at10), wanted: at25, from: "10" },
        { change: "a step back", seen: live(at25), wanted: at10, from: "25" },
        { change: "a finish", seen: live(at100), wanted: { stable: v2 }, from: "100" },
    ])("is, on the route, where it was reached from, and a second run changes nothing: $change", async ({ seen, wanted, from }) => {
        const first = await build(seen, wanted);
        expect(annotationsOf(first, route)).toMatchObject({ "nova.example.com/previous-percent": from });
        const second = await build(presentOf(unwrap(first.named(route).inputs), design), wanted);
        expect(second.named(route).inputs).toEqual(first.named(route).inputs);
        expect(second.named(gate).inputs).toEqual(first.named(gate).inputs);
    });

    it("is nothing of where it was reached from, where the route can't be read", async () => {
        const stack = await build({ kind: "unreachable", reason: "down" }, { candidate: v2 });
        expect(annotationsOf(stack, route)).not.toHaveProperty("nova.example.com/previous-percent");
    });

    it("is, on the gate, what its conditions ask, and that is nothing where there are none", async () => {
        const enforcement = { kind: "full", schedule: scheduleFor(profile.plan, { timeScale: 1, environment: "prod" }) } as const;
        const at50 = { candidate: v2, weightPercent: 50 } as const;
        const asking = await buildStack(() => new ProgressiveRollout("delivery", { ...argsOf(live(at25), at50), enforcement }));
        expect(annotationsOf(asking, gate)).toMatchObject({
            "nova.example.com/soak-minutes": "30",
            "nova.example.com/required-approvals": "tech-lead,operations-lead",
        });
        expect(annotationsOf(await build(live(at25), at50), gate)).toMatchObject({
            "nova.example.com/soak-minutes": "0",
            "nova.example.com/required-approvals": "none",
        });
    });
});

describe("what can't be right is refused before anything is made", () => {
    it.each([
        {
            case: "a weight with no candidate",
            seen: absent,
            wanted: { weightPercent: 10 as const },
            message: "weightPercent is 10 and there is no candidate: declare the candidate, or set 0",
        },
        {
            case: "a candidate with the name of the stable revision",
            seen: absent,
            wanted: { candidate: { ...v2, name: "v1" } },
            message: "candidate and stable are both named v1: a revision is immutable, so give the candidate a name of its own",
        },
        {
            case: "a jump, even where the engine's record shows no change, since no hook would run",
            seen: live(at10),
            wanted: at100,
            message:
                "rollout refused: the rollout is at 10 %, and 100 % is not the next step. What to do: set rolloutPercent to 25, or to a lower step to roll back.",
        },
        { case: "a start at 10", seen: absent, wanted: at10, message: "rollout refused: a stack starts at 0 %, and the config has 10 %." },
    ])("$case", async ({ seen, wanted, message }) => {
        const stack = await buildStack(() => {
            expect(() => new ProgressiveRollout("delivery", argsOf(seen, wanted))).toThrow(message);
        });
        expect(stack.resources.filter(({ custom }) => custom)).toEqual([]);
    });
});

describe("components", () => {
    it("don't know which service they deliver", async () => {
        const root = join(import.meta.dirname, "../../../components");
        const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith(".ts"));
        const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(join(root, file), "utf8") })));
        expect(texts.filter(({ text }) => /video.?ranking/i.test(text)).map(({ file }) => file)).toEqual([]);
        expect(files).toContain("redis-cluster.ts");
    });
});
