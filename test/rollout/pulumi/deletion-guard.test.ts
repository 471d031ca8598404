import * as k8s from "@pulumi/kubernetes";
import * as kafka from "@pulumi/kafka";
import { describe, expect, it } from "vitest";

import type { ClusterReader, LiveRoute } from "../../../rollout/kubernetes/cluster-reader.ts";
import { type CondemnedObject, DeletionGuard, type DeletionGuardArgs } from "../../../rollout/pulumi/deletion-guard.ts";
import { profile } from "../../../service/profile.ts";
import { labelKeys } from "../../../service/label-keys.ts";
import { buildStack } from "../../helpers/mocks.ts";

const v1 = { name: "v1", digest: `sha256:${"1".repeat(64)}` };
const v2 = { name: "v2", digest: `sha256:${"2".repeat(64)}` };
const at25: LiveRoute = { kind: "found", present: { record: { kind: "rolling", stable: v1, candidate: v2, weightPercent: 25 }, routedPercent: 25 } };
const withdrawn: LiveRoute = { kind: "found", present: { record: { kind: "steady", stable: v1 }, routedPercent: 0 } };

type Cluster = Partial<Pick<ClusterReader, "podsMounting">> & { readonly live: LiveRoute };

function guardOn({ live, podsMounting }: Cluster, more: Pick<DeletionGuardArgs, "aside" | "clusterIdentifier"> = {}): DeletionGuard {
    const cluster = { readRoute: async () => Promise.resolve(live), podsMounting: podsMounting ?? (async () => Promise.resolve([])) };
    return new DeletionGuard({ namespaceName: "prod", design: { service: "api" }, profile, cluster, ...more });
}

/** An object of revision `revision`, or of the service. */
function object(kind: string, labels: Record<string, string>, more: Partial<CondemnedObject> = {}): CondemnedObject {
    return { type: `kubernetes:${kind}`, id: "prod/api", inputs: { metadata: { labels } }, declared: true, ...more };
}

const deployment = (revision: string) => object("apps/v1:Deployment", { [labelKeys.revision]: revision });
const file = (revision: string) =>
    object(
        "core/v1:Secret",
        {},
        {
            id: "prod/api-connections-1a2b",
            inputs: { metadata: { labels: { [labelKeys.revision]: revision }, annotations: { "pulumi.com/autonamed": "true" } } },
        },
    );

const refused = /^rollout refused: .* can't be deleted or replaced: .*What to do: /;

describe("the guard before a deletion", () => {
    it.each([
        deployment("v1"),
        deployment("v2"),
        object("core/v1:Service", { [labelKeys.revision]: "v2" }),
        // An autoscaler has no label of its own for the revision.
        object("autoscaling/v2:HorizontalPodAutoscaler", { "app.kubernetes.io/component": "api", "app.kubernetes.io/version": "v1" }),
        object("gateway.networking.k8s.io/v1:HTTPRoute", {}),
        object("core/v1:Namespace", { "app.kubernetes.io/component": "namespace" }),
        object("apps/v1:StatefulSet", { "app.kubernetes.io/component": "redis" }, { declared: false }),
        object("example.com/v1:UnknownKind", {}, { declared: false }),
        { type: "kafka:index/topic:Topic", id: "api.events", inputs: {}, declared: false },
        { type: "pulumi:providers:kubernetes", id: "1a2b", inputs: {}, declared: true },
    ])("refuses $type while users are there, in a preview too", async (condemned) => {
        for (const preview of [true, false]) {
            await expect(guardOn({ live: at25 }).checkDeletion(condemned, preview)).rejects.toThrow(refused);
            await expect(guardOn({ live: { kind: "unreachable", reason: "timeout" } }).checkDeletion(condemned, preview)).rejects.toThrow(
                /can't be judged: timeout/,
            );
            await expect(guardOn({ live: { kind: "absent" } }).checkDeletion(condemned, preview)).resolves.toBeUndefined();
        }
    });

    it("lets a candidate go that was withdrawn, and an old stable revision after the finish", async () => {
        await expect(guardOn({ live: withdrawn }).checkDeletion(deployment("v2"), false)).resolves.toBeUndefined();
    });

    it("forecasts in a preview from the route that the same run will write, and asks the live one in the run itself", async () => {
        const guard = guardOn({ live: at25 });
        guard.expectRoute({ kind: "steady", stable: v1 });
        await expect(guard.checkDeletion(deployment("v2"), true)).resolves.toBeUndefined();
        await expect(guard.checkDeletion(deployment("v1"), true)).rejects.toThrow(refused);
        await expect(guard.checkDeletion(deployment("v2"), false)).rejects.toThrow(refused);
    });

    it("keeps a file with a generated name while a pod has it mounted", async () => {
        const mounted = { live: at25, podsMounting: async () => Promise.resolve(["api-v1-x"]) };
        await expect(guardOn(mounted).checkDeletion(file("v1"), false)).rejects.toThrow(/pods have it mounted.*: api-v1-x/);
        await expect(guardOn({ live: at25 }).checkDeletion(file("v1"), false)).resolves.toBeUndefined();
        // Pods are replaced between a preview and the deletion.
        await expect(guardOn(mounted).checkDeletion(file("v1"), true)).resolves.toBeUndefined();
        const blind = { live: at25, podsMounting: async () => Promise.reject(new Error("forbidden")) };
        await expect(guardOn(blind).checkDeletion(file("v1"), false)).rejects.toThrow(/can't be read: forbidden/);
    });

    it("lets the program drop an access entry, and does not let it be replaced", async () => {
        const entry: CondemnedObject = { type: "kafka:index/acl:Acl", id: "acl", inputs: {}, declared: false };
        await expect(guardOn({ live: at25 }).checkDeletion(entry, false)).resolves.toBeUndefined();
        await expect(guardOn({ live: at25 }).checkDeletion({ ...entry, declared: true }, false)).rejects.toThrow(refused);
    });

    it.each(["backup", "tester-key", "testers-route"])("lets the program drop what belongs to %s, and does not let it be replaced", async (component) => {
        const guard = guardOn({ live: at25 }, { aside: ["backup"] });
        const secret = object("core/v1:Secret", { "app.kubernetes.io/component": component });
        await expect(guard.checkDeletion({ ...secret, declared: false }, false)).resolves.toBeUndefined();
        await expect(guard.checkDeletion(secret, false)).rejects.toThrow(refused);
    });
});

describe("the guard before an autoscaler changes", () => {
    const autoscaler = (minReplicas: number, maxReplicas = 10) => ({
        metadata: { labels: { "app.kubernetes.io/component": "api", "app.kubernetes.io/version": "v1" } },
        spec: { minReplicas, maxReplicas },
    });

    it("refuses bounds that are too few for the live route, in a preview too", async () => {
        for (const preview of [true, false]) {
            await expect(guardOn({ live: at25 }).checkShrinking(autoscaler(6), autoscaler(3), preview)).rejects.toThrow(
                /the autoscaler of v1 can't go from 6-10 to 3-10 pods: the live route leads 75 % of the users to it, which takes 6 pods or more\. What to do: /,
            );
            await expect(guardOn({ live: at25 }).checkShrinking(autoscaler(6), autoscaler(6, 5), preview)).rejects.toThrow(/6-10 to 6-5/);
            await expect(guardOn({ live: { kind: "unreachable", reason: "timeout" } }).checkShrinking(autoscaler(6), autoscaler(3), preview)).rejects.toThrow(
                /timeout/,
            );
        }
    });

    it("lets it grow whatever the route says, and shrink when the route has changed", async () => {
        await expect(
            guardOn({ live: { kind: "unreachable", reason: "timeout" } }).checkShrinking(autoscaler(3), autoscaler(6), false),
        ).resolves.toBeUndefined();
        await expect(guardOn({ live: withdrawn }).checkShrinking(autoscaler(6), autoscaler(3), false)).resolves.toBeUndefined();
        const forecast = guardOn({ live: at25 });
        forecast.expectRoute({ kind: "steady", stable: v1 });
        await expect(forecast.checkShrinking(autoscaler(6), autoscaler(3), true)).resolves.toBeUndefined();
    });

    it("takes bounds that it can't read for fewer", async () => {
        await expect(guardOn({ live: at25 }).checkShrinking(autoscaler(6), { spec: {} }, false)).rejects.toThrow(/to 1-0 pods/);
    });
});

describe("the guard, on a program's objects", () => {
    const declare = async (guard: DeletionGuard) =>
        buildStack(() => {
            const options = { transformations: [guard.transformation] };
            const labels = (component: string) => ({ "app.kubernetes.io/component": component });
            new k8s.core.v1.Secret("named", { metadata: { name: "named", labels: labels("route") } }, options);
            new k8s.core.v1.Secret("generated", { metadata: { labels: labels("redis") } }, options);
            new k8s.core.v1.Secret("aside", { metadata: { labels: labels("backup") } }, options);
            new k8s.batch.v1.Job("job", { metadata: { name: "job" } }, options);
            new k8s.autoscaling.v2.HorizontalPodAutoscaler(
                "scaler",
                { metadata: { name: "scaler" }, spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "x" } } },
                options,
            );
            new kafka.Quota("quota", { entityType: "user", entityName: "x", config: {} }, options);
            new kafka.Topic(
                "topic",
                { name: "topic", partitions: 1, replicationFactor: 1 },
                { ...options, transformations: [guard.transformation, guard.transformation] },
            );
        });

    it("is a hook under a name that says whose users, in which cluster", async () => {
        const stack = await declare(guardOn({ live: at25 }, { aside: ["backup"], clusterIdentifier: "eu-1" }));
        const hook = "users of prod/api in eu-1";
        expect(Object.fromEntries(stack.resources.flatMap(({ name, hooks }) => (Object.keys(hooks).length === 0 ? [] : [[name, hooks]])))).toEqual({
            named: { beforeDelete: [hook] },
            generated: { beforeDelete: [hook] },
            scaler: { beforeDelete: [hook], beforeUpdate: [`pods for ${hook}`] },
            topic: { beforeDelete: [hook] },
        });
    });

    it("deletes what has a fixed name before it makes it anew", async () => {
        const stack = await declare(guardOn({ live: at25 }));
        const first = stack.resources.filter(({ deleteBeforeReplace }) => deleteBeforeReplace === true).map(({ name }) => name);
        expect(first.toSorted()).toEqual(["job", "named", "quota", "scaler", "topic"]);
    });
});
