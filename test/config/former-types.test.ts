import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { withFormerTypes } from "../../config/former-types.ts";
import { ProgressiveRollout } from "../../rollout/pulumi/progressive-rollout.ts";
import { SignatureAdmission } from "../../rollout/pulumi/signature-admission.ts";
import { TesterKey } from "../../rollout/pulumi/tester-key.ts";
import { profile } from "../../service/profile.ts";
import { type RegisteredStack, buildStack } from "../helpers/mocks.ts";
import { design, hostDesign, testerKey } from "../rollout/route/route.ts";

/** What the library's components were called up to release 0.1. */
const formerTypes: Readonly<Record<string, string>> = {
    "progressive-rollout:rollout:ProgressiveRollout": "nova:rollout:ProgressiveRollout",
    "progressive-rollout:rollout:RolloutGate": "nova:rollout:RolloutGate",
    "progressive-rollout:rollout:SignatureAdmission": "nova:rollout:SignatureAdmission",
    "progressive-rollout:workload:Revision": "nova:workload:Revision",
    "progressive-rollout:workload:RevisionAutoscaler": "nova:workload:RevisionAutoscaler",
    "progressive-rollout:traffic:TrafficSplit": "nova:traffic:TrafficSplit",
    "progressive-rollout:traffic:TesterKey": "nova:traffic:TesterKey",
    "progressive-rollout:traffic:TestersRoute": "rollout:traffic:TestersRoute",
    "progressive-rollout:config:ApplicationConfig": "nova:config:ApplicationConfig",
};

const revision = (name: string) => ({ name, image: `registry.example.com/api:${name}`, config: {} });

async function build(testersBy: "host" | "header", options: pulumi.ComponentResourceOptions): Promise<RegisteredStack> {
    return buildStack(() => {
        new SignatureAdmission("api-signatures", { namespace: "prod", namespaceName: "prod", service: "api" }, options);
        new TesterKey("api-tester-key", { namespace: "prod", service: "api" }, options);
        new ProgressiveRollout(
            "api",
            {
                namespace: "prod",
                namespaceName: "prod",
                stable: revision("v1"),
                candidate: revision("v2"),
                profile,
                weightPercent: 0,
                ...(testersBy === "host" ? { design: hostDesign } : { design, testerKey: pulumi.secret(testerKey) }),
                serviceAccountName: "api",
                secretFiles: {},
                awaitTimeoutSeconds: 60,
                cluster: {
                    readRoute: () => Promise.resolve({ kind: "absent" }),
                    readyEndpoints: () => Promise.resolve(0),
                    podsMounting: () => Promise.resolve([]),
                },
                seen: { kind: "absent" },
            },
            options,
        );
    });
}

describe("a stack that was deployed while the library's components had other types", () => {
    it.each(["host", "header"] as const)("finds every component of the library under the type that it had then, with testers by %s", async (testersBy) => {
        const components = (await build(testersBy, { transformations: [withFormerTypes] })).resources.filter(({ custom }) => !custom);
        expect(components.length).toBeGreaterThan(8);
        // What is in a component the engine finds by the component: test/engine/former-types.test.ts.
        expect(components.filter(({ type, formerTypes: found }) => !found.includes(formerTypes[type] ?? "unknown")).map(({ type }) => type)).toEqual([]);
    });

    it("would lose every one of them without: the library's types know no past", async () => {
        const { resources } = await build("header", {});
        expect(resources.filter(({ custom, formerTypes: found }) => !custom && found.length > 0)).toEqual([]);
    });

    it("keeps what a component was given, and leaves every other type alone", () => {
        const ask = (type: string, opts: pulumi.ComponentResourceOptions) => withFormerTypes({ type, name: "api", props: { pods: 1 }, opts });
        const given = { protect: true, aliases: [{ name: "old" }] };
        expect(ask("progressive-rollout:traffic:TesterKey", given)).toEqual({
            props: { pods: 1 },
            opts: { protect: true, aliases: [{ name: "old" }, { type: "nova:traffic:TesterKey" }, { type: "rollout:traffic:TesterKey" }] },
        });
        for (const type of ["kubernetes:core/v1:ConfigMap", "nova:kafka:KafkaTopics", "other:progressive-rollout:Thing"]) {
            expect(ask(type, given)).toBeUndefined();
        }
    });
});
