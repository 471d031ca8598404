import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";

import { ambiguousValues } from "../../../rollout/settings/ambiguous.ts";
import { fieldsIn } from "../../../rollout/settings/fields.ts";
import { readWritten } from "../../../rollout/settings/written.ts";

const fields = fieldsIn(
    z.object({
        percent: z.int(),
        scale: z.number(),
        stable: z.object({ name: z.string(), config: z.record(z.string(), z.string()) }),
        networks: z.array(z.string()),
    }),
);

const written = (text: string) => readWritten({ path: "Pulumi.prod.yaml", text, project: "service" });
const problemsOf = (yaml: string) => ambiguousValues(written(`config:\n${yaml}\n`), fields);
const ofValue = (value: string) => problemsOf(`  service:stable:\n    config:\n      KEY: ${value}`);

describe("a value of the stack's file, without quotes,", () => {
    it.each([
        "0755",
        "-017",
        "0o755",
        "08",
        "00",
        "0x1F",
        "0b101",
        "1_000",
        "+5",
        "1.10",
        "10.0",
        "1.",
        ".5",
        "-.5",
        "1e3",
        "12e4567",
        "1234567e8",
        "1E+2",
        "9007199254740993",
        "123456789012345678901234567890",
        "0.1000000000000000055",
        "1:30",
        "12:30:45",
        "2026-01-01",
        "2026-1-1",
        "2026-01-01T00:00:00Z",
        "2026-01-01 00:00:00",
        ".inf",
        "-.INF",
        ".NaN",
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "True",
        "FALSE",
        "~",
        "Null",
        "!!int 5",
        "!!binary aGk=",
        "!mine text",
    ])("is refused where it does not read back as it was written: %s", (value) => {
        const [problem, ...more] = ofValue(value);
        expect(problem).toMatchObject({ key: "stable.config.KEY", fix: expect.stringContaining("in quotes") as string });
        expect(more).toEqual([]);
    });

    it.each([
        "0",
        "5",
        "-3",
        "1.5",
        "-0.25",
        "9007199254740991",
        "true",
        "false",
        "null",
        "",
        "info",
        "v1-0-0",
        "1.2.3",
        "10.244.0.0/16",
        "10.0.0.1",
        "8080:80",
        "5m",
        "100Mi",
        "0xZZ",
        "sha256:00aa",
        "2026",
        "2026-week",
        "none",
        "yesterday",
        "on-call",
        "1,000",
        "https://a.example.com:8443/x",
        '"0755"',
        "'1.10'",
        '"yes"',
        "!!str 0755",
        "|\n        0755",
        ">-\n        1.10",
    ])("is taken as it is: %s", (value) => {
        expect(ofValue(value)).toEqual([]);
    });

    it("may have zeros at its end where a number is declared, and may not where a text is", () => {
        expect(problemsOf("  service:scale: 0.50")).toEqual([]);
        expect(problemsOf("  service:stable:\n    name: 0.50").map(({ key, value }) => [key, value])).toEqual([["stable.name", '"0.50"']]);
    });

    it("is no octal number even where a number is declared", () => {
        expect(problemsOf("  service:percent: 025").map(({ key }) => key)).toEqual(["percent"]);
    });

    it("is found in lists, behind aliases and among names", () => {
        expect(problemsOf("  service:networks: [10.0.0.0/8, 1.10]").map(({ key }) => key)).toEqual(["networks[1]"]);
        expect(problemsOf("  service:stable: &one\n    config: { MODE: 0644 }\n  service:candidate: *one").map(({ key }) => key)).toEqual([
            "stable.config.MODE",
            "candidate.config.MODE",
        ]);
        expect(problemsOf("  service:stable:\n    config: { 0755: a, on: b, 1.10: c, '0644': d, 5: e }").map(({ key }) => key)).toEqual([
            "stable.config.0755",
            "stable.config.on",
            'stable.config["1.10"]',
        ]);
    });

    it("does not merge: some readers do", () => {
        expect(problemsOf("  service:stable: &one { name: a }\n  service:candidate:\n    <<: *one").map(({ problem }) => problem)).toEqual([
            expect.stringContaining("merge"),
        ]);
    });

    it("of another project is none of ours", () => {
        expect(problemsOf("  other:mode: 0755")).toEqual([]);
    });

    it("is never a problem when the writer of YAML wrote it as text", () => {
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+.:_\dxobeTZ]{1,12}$/)), (value) => {
                const text = stringify(
                    { config: { "service:stable": { config: { KEY: value } } } },
                    { version: "1.1", defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" },
                );
                expect(ambiguousValues(written(text), fields)).toEqual([]);
            }),
        );
    });
});
