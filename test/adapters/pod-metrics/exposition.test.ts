import fc from "fast-check";
import { Gauge, Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";

import { readExposition } from "../../../adapters/pod-metrics/exposition.ts";

describe("a page of metrics", () => {
    it.each([
        { text: "a 1\n", sample: { name: "a", labels: {}, value: 1 } },
        { text: "a{} 1\n", sample: { name: "a", labels: {}, value: 1 } },
        { text: 'a{b="c",d="e"} 1.5e3 1700000000000\n', sample: { name: "a", labels: { b: "c", d: "e" }, value: 1_500 } },
        { text: 'a{b="c",} 1\n', sample: { name: "a", labels: { b: "c" }, value: 1 } },
        {
            text: 'a{b="quote \\" slash \\\\ line \\n brace } comma ,"} 0\n',
            sample: { name: "a", labels: { b: 'quote " slash \\ line \n brace } comma ,' }, value: 0 },
        },
        { text: 'a{b="\r\u2028"} 1\n', sample: { name: "a", labels: { b: "\r\u2028" }, value: 1 } },
        { text: 'a:b_total{le="+Inf"}\t7\n', sample: { name: "a:b_total", labels: { le: "+Inf" }, value: 7 } },
        { text: "a +Inf\n", sample: { name: "a", labels: {}, value: Infinity } },
        { text: "a -Inf\n", sample: { name: "a", labels: {}, value: -Infinity } },
        { text: "a NaN\n", sample: { name: "a", labels: {}, value: NaN } },
        { text: "# HELP a Words, {braces} 1\n# TYPE a counter\n\na 1\n", sample: { name: "a", labels: {}, value: 1 } },
    ])("holds the sample in $text", ({ text, sample }) => {
        expect(readExposition(text)).toEqual([sample]);
    });

    it.each([
        { text: "a 1", reason: /end in the middle of a line/ },
        { text: "", reason: /end in the middle of a line/ },
        { text: "a 1\nb\n", reason: /line 2 of the metrics is no sample: b/ },
        { text: "<html>\n", reason: /is no sample/ },
        { text: 'a{b="c" 1\n', reason: /is no sample/ },
        { text: "a{b=c} 1\n", reason: /labels that can't be read/ },
        { text: 'a{b="c"d="e"} 1\n', reason: /labels that can't be read/ },
        { text: 'a{b="c",b="d"} 1\n', reason: /labels that can't be read/ },
        { text: 'a{b="\\x"} 1\n', reason: /labels that can't be read/ },
        { text: "a one\n", reason: /value one, which is no number/ },
        { text: "a 0x1F\n", reason: /no number/ },
        { text: "a 1 2 3\n", reason: /is no sample/ },
        { text: "9a 1\n", reason: /is no sample/ },
    ])("is refused as a whole for $text", ({ text, reason }) => {
        expect(() => readExposition(text)).toThrow(reason);
    });

    it("is read as the client library wrote it, whatever the labels hold", async () => {
        const awkward = fc.string({ unit: fc.constantFrom('"', "\\", "\n", "\r", "\u2028", "{", "}", ",", "=", " ", "n", "ü") });
        const series = fc.uniqueArray(fc.record({ one: awkward, other: fc.string(), value: fc.double() }), {
            selector: ({ one, other }) => JSON.stringify([one, other]),
            maxLength: 10,
        });
        await fc.assert(
            fc.asyncProperty(series, async (all) => {
                const registry = new Registry();
                const gauge = new Gauge({ name: "some_gauge", help: "Something.", labelNames: ["one", "other"], registers: [registry] });
                for (const { one, other, value } of all) {
                    gauge.set({ one, other }, value);
                }
                const samples = readExposition(`${(await registry.metrics()).trimEnd()}\n`);
                // The text has no negative zero.
                expect(samples).toEqual(all.map(({ one, other, value }) => ({ name: "some_gauge", labels: { one, other }, value: value === 0 ? 0 : value })));
            }),
        );
    });

    it("gives a histogram's buckets with their bounds", async () => {
        const registry = new Registry();
        new Histogram({ name: "h", help: "H.", buckets: [0.5, 1], registers: [registry] }).observe(0.7);

        expect(readExposition(await registry.metrics()).map(({ name, labels, value }) => [name, labels.le, value])).toEqual([
            ["h_bucket", "0.5", 0],
            ["h_bucket", "1", 1],
            ["h_bucket", "+Inf", 1],
            ["h_sum", undefined, 0.7],
            ["h_count", undefined, 1],
        ]);
    });
});
