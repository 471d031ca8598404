import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { documentsIn } from "../../../policies/reading/documents.ts";
import { isRecord } from "../../helpers/mocks.ts";
import { oddDocuments } from "./odd-documents.ts";

const read = (text: string) => [...documentsIn(text)];
const values = (text: string) => read(text).map((document) => (document.kind === "value" ? document.value : document));
const problems = (text: string) => read(text).flatMap((document) => (document.kind === "problem" ? [document] : []));
const dataIn = (text: string) => values(text).map((value) => (isRecord(value) ? value.data : value));

describe("what kubectl reads", () => {
    const same = oddDocuments.filter(({ here }) => here !== "refused").map((document) => ({ ...document, wanted: document.here ?? document.kubectl }));

    it.each(same)("is read here too: $title", ({ text, wanted }) => {
        expect(dataIn(text)).toEqual(wanted);
    });

    it.each(oddDocuments.filter(({ here }) => here === "refused"))("is refused where readers differ, and with its line: $title", ({ text }) => {
        const [problem] = problems(text);
        expect(problem).toBeDefined();
        expect(problem?.line).toBeLessThanOrEqual(text.split("\n").length);
    });
});

describe("a document", () => {
    const object = (name: string) => `kind: ${name}\n`;

    it("never vanishes, whatever stands before, between and behind", () => {
        const separator = fc.constantFrom(
            "---\n",
            "--- # c\n",
            "---\n---\n",
            "...\n---\n",
            "\n# c\n---\n\n",
            "---\r\n",
            "... # end\n---\n",
            "---\n%YAML 1.2\n---\n",
            "...\n",
            "---\n\ufeff",
            "--- \n",
        );
        const document = fc.constantFrom(
            ...["one: 1\n", '{"one":1}\n', "{one: 1}\n", "one: |\n  a\n", 'one: "a\n b"\n', "- 1\n", "one: &x 1\n", '{"one":1}\n{"two":2}\n'],
        );
        fc.assert(
            fc.property(fc.array(fc.tuple(document, separator), { minLength: 1, maxLength: 5 }), (parts) => {
                const text = parts.map(([one, between]) => `${one}${between}`).join("") + object("Last");
                const found = read(text);
                const isWhole = found.some((entry) => entry.kind === "problem");
                expect(isWhole || JSON.stringify(found.at(-1)).includes("Last")).toBe(true);
                expect(isWhole || found.length > parts.length).toBe(true);
            }),
            { numRuns: 500 },
        );
    });

    it("is the same in JSON, in YAML, and in YAML with braces", () => {
        const value = fc.dictionary(fc.string({ unit: "grapheme-ascii", minLength: 1 }), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
        fc.assert(
            fc.property(value, fc.boolean(), (one, isFlow) => {
                // What writes the YAML here leaves 0X1F, 0B1, 0O7, -_0 and 1e_3 without quotes, and kubectl reads numbers there: underscores don't count.
                fc.pre(!/"(?:[-+]?0[XBO]|[-+]?[\d._][-+.\w]*_[-+.\w]*"|[-+]_)/.test(JSON.stringify(one)));
                const wanted: unknown = JSON.parse(JSON.stringify(one));
                expect(values(JSON.stringify(one))).toEqual([wanted]);
                expect(values(`---\n${JSON.stringify(one, undefined, 2)}\n---\n`)).toEqual([wanted]);
                const text = stringify(wanted, { version: "1.1", collectionStyle: isFlow ? "flow" : "any" });
                const found = read(text);
                expect(found.some(({ kind }) => kind === "problem") || JSON.stringify(values(text)) === JSON.stringify([wanted])).toBe(true);
            }),
            { numRuns: 300 },
        );
    });

    it("that can't be read leaves the others, each at its line", () => {
        const text = `${object("A")}---\na: [\n---\n\n# c\n${object("B")}---\n${object("C")}kind: D\n---\n{"kind":"E"}`;
        expect(read(text)).toMatchObject([
            { kind: "value", line: 1 },
            { kind: "problem" },
            { kind: "value", line: 7, value: { kind: "B" } },
            { kind: "problem", line: 10, problem: 'the name "kind" stands twice in one mapping: readers take one or the other' },
            { kind: "value", line: 12 },
        ]);
    });

    it.each([
        [
            "a bomb of aliases",
            `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`,
        ],
        ["deep brackets", "[".repeat(50_000)],
        ["deep braces", '{"a":'.repeat(50_000)],
        ["deep lists", "- ".repeat(5_000)],
        ["a merge of itself", "a: &x\n  <<: *x\n"],
    ])("of %s is a problem, without a hang", (_what, text) => {
        expect(problems(text)).toHaveLength(1);
    });

    it("of many quotes with little indent is read in a moment", () => {
        const text = Array.from({ length: 300 }, (_, index) => `  k${String(index)}: "one\ntwo"\n`).join("");
        expect(values(`data:\n${text}`)).toHaveLength(1);
        expect(problems(`data:\n${text}`)).toEqual([]);
    });
});
