import { describe, expect, it } from "vitest";

import { readConfiguration } from "../../policies/engine/configuration.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { rules } from "../../policies/rules/index.ts";
import { kubernetes } from "./extras.ts";
import { nowMs } from "./judge.ts";
import { analyzeRun, type Diagnostic } from "./runtime.ts";

const good = { reason: "the store writes next to its program", owner: "operations-lead", expires: "2026-12-01" };

function service(waivers: Readonly<Record<string, unknown>>, name = "open") {
    const annotations = Object.fromEntries(
        Object.entries(waivers).map(([rule, waiver]) => [`waiver.nova.example.com/${rule}`, typeof waiver === "string" ? waiver : JSON.stringify(waiver)]),
    );
    return kubernetes("v1", "Service", name, { spec: { type: "LoadBalancer" } }, { annotations });
}

async function judge(resources: Parameters<typeof analyzeRun>[1], configuration: unknown = {}): Promise<readonly Diagnostic[]> {
    return analyzeRun(policiesOf(rules, { environment: "prod", nowMs, configuration: readConfiguration(configuration, rules, "prod") }), resources);
}

/** A topic with one copy: a resource that has no annotations for a waiver. */
const topic = {
    type: "kafka:index/topic:Topic",
    name: "events",
    protect: true,
    properties: { replicationFactor: 1, config: { "retention.ms": "1", "min.insync.replicas": "2" } },
};
const topicWaiver = JSON.stringify({ rule: "kafka-replication", resource: "events", ...good });

describe("a waiver", () => {
    it("lets its violation through until the end of its last day, and is listed", async () => {
        const found = await judge([service({ "service-exposure": good })]);
        expect(found.map(({ policy, level }) => `${level} ${policy}`)).toEqual(["advisory waiver-listed"]);
        expect(found[0]?.message).toContain(
            "Service open is excepted from service-exposure until 2026-12-01 by operations-lead: the store writes next to its program",
        );
    });

    it.each([
        ["it has expired", "service-exposure", { ...good, expires: "2026-11-30" }, "expired on 2026-11-30"],
        ["it runs for ever", "service-exposure", { ...good, expires: "9999-12-31" }, "more than 90 days from now"],
        ["it runs one day too long", "service-exposure", { ...good, expires: "2027-03-02" }, "more than 90 days from now"],
        ["its day is none", "service-exposure", { ...good, expires: "2026-13-01" }, "expires is a day"],
        ["it has no reason", "service-exposure", { ...good, reason: "" }, "give a reason"],
        ["its owner is no role", "service-exposure", { ...good, owner: "Somebody Else" }, "owner is a role"],
        ["it is no JSON", "service-exposure", "because", "it is not JSON"],
    ])("does not hold when %s", async (_why, rule, waiver, problem) => {
        const found = await judge([service({ [rule]: waiver })]);
        expect(found.map(({ policy }) => policy).sort()).toEqual(["service-exposure", "waiver-valid"]);
        expect(found.find(({ policy }) => policy === "waiver-valid")?.message).toContain(problem);
    });

    it.each(["no-such-rule", "waiver-valid", "waiver-register"])("can't be for %s", async (rule) => {
        const found = await judge([service({ [rule]: good, "service-exposure": good })]);
        expect(found.map(({ policy }) => policy)).toContain("waiver-valid");
    });

    it("waives one rule on one object, not the same on another", async () => {
        const found = await judge([service({ "service-exposure": good }), service({}, "other")]);
        expect(found.filter(({ policy }) => policy === "service-exposure").map(({ message }) => message)).toEqual([expect.stringContaining("Service other")]);
    });

    it("lasts 90 days at the most, or as long as the configuration says", async () => {
        const byDay = async (expires: string, configuration: unknown = {}) =>
            (await judge([service({ "service-exposure": { ...good, expires } })], configuration)).map(({ policy }) => policy);
        expect(await byDay("2027-03-01")).toEqual(["waiver-listed"]);
        expect(await byDay("2027-03-02")).toContain("waiver-valid");
        expect(await byDay("2026-12-15", { "waiver-register": { longestDays: 7 } })).toContain("waiver-valid");
    });

    it.each([
        ["nothing is known of the author", { holders: ["operations-lead: jane"] }, "holds"],
        ["another person holds the owner's role", { author: "omar", holders: ["operations-lead: jane"] }, "holds"],
        ["another person holds it too", { author: "jane", holders: ["operations-lead: jane", "operations-lead: omar"] }, "holds"],
        ["the author alone holds it", { author: "Jane", holders: ["operations-lead: @jane"] }, "its owner operations-lead is the author of the change"],
        [
            "the authors alone hold it",
            { author: "jane, omar", holders: ["operations-lead: jane", "operations-lead: omar"] },
            "its owner operations-lead is the author of the change",
        ],
        ["one of two authors holds it, and another person", { author: "jane omar", holders: ["operations-lead: jane", "operations-lead: ann"] }, "holds"],
        ["the author is the owner by name", { author: "@Operations-Lead" }, "its owner operations-lead is the author of the change"],
        ["no person holds it", { holders: ["tech-lead: jane"] }, "no person is listed for the role operations-lead"],
    ])("when %s: %o gives %s", async (_when, register, outcome) => {
        const found = await judge([service({ "service-exposure": good })], { "waiver-register": register });
        const broken = found.find(({ policy }) => policy === "waiver-valid")?.message;
        expect(broken ?? "holds").toContain(outcome);
        expect(found.some(({ policy }) => policy === "service-exposure")).toBe(outcome !== "holds");
    });

    it("knows the author from the pipeline, and the same holds for one that stands in the configuration", async () => {
        const configuration = readConfiguration({ "waiver-register": { waivers: [topicWaiver], holders: ["operations-lead: jane"] } }, rules, "prod");
        const policiesBy = async (author: string | undefined) =>
            (await analyzeRun(policiesOf(rules, { environment: "prod", nowMs, author, configuration }), [topic])).map(({ policy }) => policy);
        expect(await policiesBy("jane")).toEqual(["kafka-replication", "waiver-register"]);
        expect(await policiesBy("omar")).toEqual(["waiver-listed"]);
        expect(await policiesBy("")).toEqual(["waiver-listed"]);
    });

    it("counts against a maximum", async () => {
        const found = await judge([service({ "service-exposure": good }), service({ "service-exposure": good }, "other")], {
            "waiver-register": { maximum: 1 },
        });
        expect(found.filter(({ policy }) => policy === "waiver-register").map(({ message }) => message)).toEqual([
            expect.stringContaining("2 waivers are in force, more than 1"),
        ]);
    });

    it("stands in the configuration for a resource without annotations", async () => {
        expect((await judge([topic])).map(({ policy }) => policy)).toEqual(["kafka-replication"]);
        expect((await judge([topic], { "waiver-register": { waivers: [topicWaiver] } })).map(({ policy }) => policy)).toEqual(["waiver-listed"]);
        expect((await judge([topic], { "waiver-register": { waivers: ["{}"] } })).map(({ policy }) => policy)).toEqual([
            "kafka-replication",
            "waiver-register",
        ]);
    });
});
