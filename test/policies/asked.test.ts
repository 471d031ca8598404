import { describe, expect, it } from "vitest";

import { readConfiguration } from "../../policies/engine/configuration.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { goodTemplate, kubernetes } from "./extras.ts";
import { asked, nowMs } from "./judge.ts";
import { type AnalyzedResource, analyzeStack } from "./runtime.ts";

const signed = { "nova.example.com/image-signer": "release-pipeline", "nova.example.com/image-sbom": "registry.example.com/api:sbom" };
const ranked = { priorityClassName: "production-services" };

/** A workload with these annotations on its pods, and these fields in their spec. */
function workload(kind: string, name: string, annotations: object, spec: object): AnalyzedResource {
    const template = { metadata: { ...goodTemplate.metadata, annotations }, spec: { ...goodTemplate.spec, ...spec } };
    const body = kind === "CronJob" ? { spec: { jobTemplate: { spec: { template } } } } : { spec: { replicas: 3, template } };
    return kubernetes(kind === "CronJob" ? "batch/v1" : "apps/v1", kind, name, body);
}

/** What the rule says of a stack, through the real policy runtime. */
async function said(rule: string, stack: readonly AnalyzedResource[], configuration: unknown = {}): Promise<readonly string[]> {
    const policies = policiesOf(rules, { environment: "prod", nowMs, configuration: readConfiguration(configuration, rules, "prod") });
    const found = await analyzeStack(policies, stack);
    return found.filter(({ policy }) => policy === rule).map(({ level, message }) => `${level}: ${message.split("\n").at(-1) ?? ""}`);
}

describe("image-signature", () => {
    it("is content with pods that name signer and bill of materials, on the template or on the workload", async () => {
        const onWorkload = kubernetes("apps/v1", "Deployment", "other", { spec: { template: goodTemplate } }, { annotations: signed });
        expect(await said("image-signature", [workload("Deployment", "api", signed, {}), workload("CronJob", "night", signed, {}), onWorkload])).toEqual([]);
    });

    it.each([
        { what: "one of them names neither", annotations: {} },
        { what: "one of them names no bill of materials", annotations: { "nova.example.com/image-signer": "release-pipeline" } },
        { what: "one of them names an empty signer", annotations: { ...signed, "nova.example.com/image-signer": "" } },
    ])("advises, once a stack, when $what", async ({ annotations }) => {
        const stack = [
            workload("Deployment", "api", signed, {}),
            workload("StatefulSet", "store", annotations, {}),
            workload("CronJob", "night", annotations, {}),
        ];
        const found = await said("image-signature", stack);
        expect(found).toEqual([expect.stringMatching(/^advisory: StatefulSet store: 2 of 3 pod templates lack .*To fix: /)]);
    });

    it("asks for the annotations that are configured", async () => {
        const stack = [workload("Deployment", "api", { "example.org/signer": "us" }, {})];
        expect(await said("image-signature", stack, { "image-signature": { annotations: ["example.org/signer"] } })).toEqual([]);
        expect(await said("image-signature", stack, { "image-signature": { annotations: ["example.org/bill"] } })).toHaveLength(1);
    });
});

describe("priority-class", () => {
    it("is content with workloads that have a priority, and asks none of jobs", async () => {
        const stack = [workload("Deployment", "api", {}, ranked), workload("StatefulSet", "store", {}, ranked), workload("CronJob", "night", {}, {})];
        expect(await said("priority-class", stack)).toEqual([]);
    });

    it.each([
        { what: "a Deployment has none", stack: [workload("Deployment", "api", {}, {})], says: /^advisory: Deployment api: 1 of 1 workloads have no priority/ },
        {
            what: "a StatefulSet has none beside a Deployment that has one",
            stack: [workload("Deployment", "api", {}, ranked), workload("StatefulSet", "store", {}, { priorityClassName: null })],
            says: /^advisory: StatefulSet store: 1 of 2 workloads have no priority/,
        },
    ])("advises, once a stack, when $what", async ({ stack, says }) => {
        expect(await said("priority-class", stack)).toEqual([expect.stringMatching(says)]);
    });

    it("blocks where the configuration makes it mandatory", async () => {
        const found = await said("priority-class", [workload("Deployment", "api", {}, {})], { "priority-class": "mandatory" });
        expect(found).toEqual([expect.stringMatching(/^mandatory: /)]);
    });
});

describe("rules that ask this project for what it has not decided to have", () => {
    it("are advisory", () => {
        expect(rules.filter(({ name, level }) => asked.has(name) && level === "mandatory")).toEqual([]);
        expect(rules.filter(({ name }) => asked.has(name))).toHaveLength(asked.size);
    });
});
