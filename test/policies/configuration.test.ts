import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { documentation } from "../../policies/cli/documentation.ts";
import { readConfiguration } from "../../policies/engine/configuration.ts";
import { environmentOf } from "../../policies/engine/environment.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { levelIn, settingsOf } from "../../policies/engine/rule.ts";
import { rules } from "../../policies/rules/index.ts";
import { planApprovals, planFullReplicas, planReplicas, planSoaks, planSteps } from "../../policies/shapes/plan.ts";
import { stepAt, weightsOf } from "../../rollout/plan/plan.ts";
import { kubernetes } from "./extras.ts";
import { nowMs } from "./judge.ts";
import { analyze, analyzeStack } from "./runtime.ts";
import { plan } from "../../service/plan.ts";

const { fullReplicas } = plan;

const weights = weightsOf(plan);

const exposed = kubernetes("v1", "Service", "edge", { spec: { type: "LoadBalancer" } });
const pack = (configuration: unknown) => policiesOf(rules, { environment: "prod", nowMs, configuration: readConfiguration(configuration, rules, "prod") });

describe("configuration", () => {
    it.each([
        [{}, ["mandatory"]],
        [{ "service-exposure": "advisory" }, ["advisory"]],
        [{ all: "advisory" }, ["advisory"]],
        [{ all: "advisory", "service-exposure": { enforcementLevel: "mandatory" } }, ["mandatory"]],
        [{ "service-exposure": "disabled" }, []],
        [{ all: "disabled" }, []],
        [{ "service-exposure": { exposed: ["edge"] } }, []],
    ])("%j gives an exposed Service the levels %j", async (configuration, levels) => {
        expect((await analyze(pack(configuration), exposed)).map(({ level }) => level)).toEqual(levels);
    });

    it.each([
        [{ "no-such-rule": "advisory" }, 'there is no rule "no-such-rule"'],
        [{ "service-exposure": "loud" }, "service-exposure is not a level"],
        [{ "service-exposure": { exposed: "edge" } }, 'service-exposure.exposed is "edge", but should be a list of strings'],
        [{ "replica-minimum": { minimum: -1 } }, "replica-minimum.minimum is -1, but should be a integer of at least 0"],
        [{ "run-as-non-root": { kubernetesMinor: 99 } }, "run-as-non-root.kubernetesMinor is 99, but should be a integer from 0 to 37"],
        [{ "image-tag": { tags: [] } }, 'image-tag has no setting "tags"'],
    ])("%j is refused with a clear error", (configuration, message) => {
        expect(() => readConfiguration(configuration, rules, "prod")).toThrow(message);
    });

    it("of the lab names rules and settings that exist", () => {
        const file: unknown = JSON.parse(readFileSync(new URL("../../policies/config/lab.json", import.meta.url), "utf8"));
        expect(() => readConfiguration(file, rules, "lab")).not.toThrow();
    });
});

describe("an environment", () => {
    it.each([
        [{ NOVA_POLICY_ENVIRONMENT: "staging", PULUMI_NODEJS_STACK: "prod" }, "staging"],
        [{ PULUMI_NODEJS_STACK: "lab" }, "lab"],
        [{ PULUMI_NODEJS_STACK: "feature-1" }, "prod"],
        [{}, "prod"],
    ])("is read from %j as %s", (variables, environment) => {
        expect(environmentOf(variables)).toBe(environment);
    });

    it("that does not exist is refused", () => {
        expect(() => environmentOf({ NOVA_POLICY_ENVIRONMENT: "production" })).toThrow("use one of prod, staging, lab");
    });

    it("staging softens a short list of rules, the lab none", () => {
        const softer = rules.filter((rule) => levelIn(rule, "staging") !== rule.level).map(({ name }) => name);
        expect(softer.sort()).toEqual(["image-digest", "rollout-approval", "spread"]);
        expect(rules.filter((rule) => levelIn(rule, "lab") !== levelIn(rule, "prod"))).toEqual([]);
    });
});

describe("the rules", () => {
    it("have unique names that Pulumi and annotations accept", () => {
        const names = rules.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => !/^[a-z][a-z-]{1,50}[a-z]$/.test(name))).toEqual([]);
    });

    it("have defaults that their own schema accepts", () => {
        for (const rule of rules) {
            const defaults = Object.fromEntries(Object.entries(rule.settings ?? {}).map(([key, setting]) => [key, setting.default]));
            expect(settingsOf(rule, defaults)).toEqual(settingsOf(rule, {}));
        }
    });

    it("know the project's own plan", () => {
        expect(planSteps.steps.default).toEqual([...weights]);
        expect(planReplicas.candidateReplicas.default).toEqual(plan.steps.map(({ candidateReplicas }) => candidateReplicas));
        expect(planSoaks.soakMinutes.default).toEqual(plan.steps.map(({ soakMinutes }) => soakMinutes));
        expect([...planApprovals.roles.default]).toEqual(stepAt(plan, 50).approvals);
        expect([...planApprovals.roles.default]).toEqual(stepAt(plan, 100).approvals);
        expect(planFullReplicas.fullReplicas.default).toBe(fullReplicas);
    });

    it("are documented: docs/policies.md is current", () => {
        expect(readFileSync(new URL("../../docs/policies.md", import.meta.url), "utf8")).toBe(documentation());
    });
});

describe("policies copied out of their list, as a runtime might do", () => {
    it("each judge by themselves, request after request", async () => {
        const policies = Array.from({ length: rules.length }, (_, index) => pack({}).at(index)).filter((policy) => policy !== undefined);
        for (const resource of [exposed, kubernetes("v1", "Service", "inside", { spec: { type: "ClusterIP" } }), exposed]) {
            const wanted = (await analyze(pack({}), resource)).map(({ policy }) => policy);
            expect((await analyze(policies, resource)).map(({ policy }) => policy)).toEqual(wanted);
        }
        expect(await analyzeStack(policies, [])).toEqual([]);
    });
});
