import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import Ajv from "ajv";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";

import { check } from "../../policies/cli/check.ts";
import { type Manifest, manifestsIn } from "../../policies/cli/manifests.ts";
import { asSarif } from "../../policies/cli/sarif-report.ts";
import { readConfiguration } from "../../policies/engine/configuration.ts";
import { rules } from "../../policies/rules/index.ts";
import { configMap, deployment, object } from "./corpus/small.ts";
import { nowMs } from "./judge.ts";

const require = createRequire(import.meta.url);

/** The official schema, as Microsoft's SDK for SARIF carries it. */
const schema: unknown = require("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const draft: unknown = require("ajv/lib/refs/json-schema-draft-04.json");
const validate = new Ajv({ allErrors: true, schemaId: "auto" }).addMetaSchema(z.looseObject({}).parse(draft)).compile(z.looseObject({}).parse(schema));

const page = "https://docs.example.com/policies.md";
const location = z.object({ physicalLocation: z.object({ artifactLocation: z.object({ uri: z.string() }) }) });
const report = z.object({
    runs: z.tuple([
        z.object({
            tool: z.object({ driver: z.object({ rules: z.array(z.object({ id: z.string(), helpUri: z.string() })) }) }),
            invocations: z.tuple([
                z.object({ executionSuccessful: z.boolean(), toolExecutionNotifications: z.array(z.object({ locations: z.array(location) })) }),
            ]),
            results: z.array(
                z.object({
                    ruleId: z.string(),
                    ruleIndex: z.number(),
                    partialFingerprints: z.record(z.string(), z.string()),
                    suppressions: z.array(z.object({ kind: z.string(), status: z.string(), justification: z.string() })).optional(),
                    locations: z.array(location),
                }),
            ),
        }),
    ]),
});

function sarif(text: string, file = "a.yaml", configuration: unknown = {}) {
    const read = [...manifestsIn(text, file)];
    const manifests = read.filter((entry): entry is Manifest => "resource" in entry);
    const unreadable = read.flatMap((entry) => ("problem" in entry ? [entry] : []));
    const result = check(manifests, {
        rules,
        environment: "prod",
        configuration: readConfiguration(configuration, rules, "prod"),
        nowMs,
        kubernetesMinor: undefined,
    });
    const log: unknown = JSON.parse(asSarif(result, unreadable, { rules, version: "1.2.3", page, folder: "/work/shop" }));
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    return report.parse(log).runs[0];
}

const privileged = { securityContext: { privileged: true } };
const waiver = { reason: "the store writes next to its program", owner: "operations-lead", expires: "2026-12-31" };
const waived = object(
    "v1",
    "Service",
    "edge",
    { spec: { type: "NodePort" } },
    { annotations: { "waiver.nova.example.com/service-exposure": JSON.stringify(waiver) } },
);

describe("SARIF", () => {
    it.each([
        ["of nothing found", stringify(configMap("a", {}))],
        [
            "of many findings",
            [deployment("api", { hostNetwork: true, containers: [privileged, privileged] }), waived].map((one) => stringify(one)).join("---\n"),
        ],
        ["of a text that can't be read", "a: [\n"],
    ])("%s is valid by the official schema", (_what, text) => {
        sarif(text);
    });

    it("has a fingerprint of its own for each finding, the same in each run", () => {
        const twice = [
            deployment("api", { hostNetwork: true }),
            deployment("api", { hostNetwork: true }),
            { apiVersion: "v1", kind: "Pod" },
            { apiVersion: "v1", kind: "Pod" },
        ];
        const text = twice.map((one) => stringify(one)).join("---\n");
        const fingerprints = sarif(text).results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints));
        expect(fingerprints.length).toBeGreaterThan(10);
        expect(new Set(fingerprints).size).toBe(fingerprints.length);
        expect(sarif(text).results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints))).toEqual(fingerprints);
    });

    it.each([
        ["deploy/a.yaml", "deploy/a.yaml"],
        ["./deploy/../a b#1?.yaml", "a%20b%231%3F.yaml"],
        ["c:d.yaml", "c%3Ad.yaml"],
        ["100%.yaml", "100%25.yaml"],
        ["Übersicht.yaml", "%C3%9Cbersicht.yaml"],
        ["/work/shop/in/a.yaml", "in/a.yaml"],
        ["/etc/other file.yaml", "file:///etc/other%20file.yaml"],
        ["../a.yaml", "file:///work/a.yaml"],
        ["..yaml", "..yaml"],
        ["-", "stdin"],
    ])("names the file %s as %s", (file, uri) => {
        const { results, invocations } = sarif(`${stringify(waived)}---\nkind: none\n`, file);
        const places = [...results, ...invocations[0].toolExecutionNotifications].flatMap(({ locations }) => locations);
        expect(new Set(places.map(({ physicalLocation }) => physicalLocation.artifactLocation.uri))).toEqual(new Set([uri]));
    });

    it("keeps waived findings, as accepted suppressions with their reason", () => {
        const configured = { rule: "service-exposure", resource: "edge", ...waiver };
        const bare = object("v1", "Service", "edge", { spec: { type: "NodePort" } });
        const justification = "the store writes next to its program (operations-lead, until 2026-12-31)";
        const suppressionsIn = ({ results }: ReturnType<typeof sarif>) =>
            results.filter(({ ruleId }) => ruleId === "service-exposure").map(({ suppressions }) => suppressions);
        expect(suppressionsIn(sarif(stringify(waived)))).toEqual([[{ kind: "inSource", status: "accepted", justification }]]);
        expect(suppressionsIn(sarif(stringify(bare), "a.yaml", { "waiver-register": { waivers: [JSON.stringify(configured)] } }))).toEqual([
            [{ kind: "external", status: "accepted", justification }],
        ]);
        expect(suppressionsIn(sarif(stringify(bare)))).toEqual([undefined]);
    });

    it("links each rule to its row in the page about the rules", () => {
        const written = readFileSync(new URL("../../docs/policies.md", import.meta.url), "utf8");
        const { rules: described } = sarif(stringify(waived)).tool.driver;
        expect(described).toHaveLength(rules.length);
        for (const { id, helpUri } of described) {
            expect(helpUri).toBe(`${page}#${id}`);
            expect(written).toContain(`| <a id="${id}"></a>\`${id}\` |`);
        }
    });

    it("says that the run was not clean when a part could not be read", () => {
        expect(sarif("kind: none\n").invocations[0].executionSuccessful).toBe(false);
        expect(sarif(stringify(waived)).invocations[0].executionSuccessful).toBe(true);
    });
});
