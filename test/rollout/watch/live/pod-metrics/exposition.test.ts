import fc from "fast-check";
import { Gauge, Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";

import { type ExpositionFormat, formatOf, readExposition } from "../../../../../rollout/watch/live/pod-metrics/exposition.ts";

const text: ExpositionFormat = { kind: "text", quotedNames: false };
const openMetrics: ExpositionFormat = { kind: "openmetrics", quotedNames: false };

describe("a page of metrics", () => {
    it.each([
        { page: "a 1\n", sample: { name: "a", labels: {}, value: 1 } },
        { page: "a{} 1\n", sample: { name: "a", labels: {}, value: 1 } },
        { page: 'a{b="c",d="e"} 1.5e3 1700000000000\n', sample: { name: "a", labels: { b: "c", d: "e" }, value: 1_500 } },
        { page: 'a{b="c",} 1\n', sample: { name: "a", labels: { b: "c" }, value: 1 } },
        {
            page: 'a{b="quote \\" slash \\\\ line \\n brace } comma ,"} 0\n',
            sample: { name: "a", labels: { b: 'quote " slash \\ line \n brace } comma ,' }, value: 0 },
        },
        { page: 'a{b="\r\u2028"} 1\n', sample: { name: "a", labels: { b: "\r\u2028" }, value: 1 } },
        { page: 'a:b_total{le="+Inf"}\t7\n', sample: { name: "a:b_total", labels: { le: "+Inf" }, value: 7 } },
        { page: "a +Inf\n", sample: { name: "a", labels: {}, value: Infinity } },
        { page: "a -Inf\n", sample: { name: "a", labels: {}, value: -Infinity } },
        { page: "a NaN\n", sample: { name: "a", labels: {}, value: NaN } },
        { page: "# HELP a Words, {braces} 1\n# TYPE a counter\n\na 1\n", sample: { name: "a", labels: {}, value: 1 } },
        { page: 'a_bucket{le="0.5"} 7 # {trace_id="a"} 0.04 1.7e9\n', sample: { name: "a_bucket", labels: { le: "0.5" }, value: 7 } },
        { page: 'a_total 7 # {trace_id="a} # {",span="\\""} 1\n', sample: { name: "a_total", labels: {}, value: 7 } },
        { page: "a 7 1700000000000 # {} 0.5\n", sample: { name: "a", labels: {}, value: 7 } },
        { page: '# HELP a He said "no" \\n {x="1"} 5\na 1\n', sample: { name: "a", labels: {}, value: 1 } },
        { page: 'a{b="} 5 # {"} 1\n', sample: { name: "a", labels: { b: "} 5 # {" }, value: 1 } },
    ])("holds the sample in $page", ({ page, sample }) => {
        expect(readExposition(page, text)).toEqual([sample]);
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
        { text: "a 1\r\n", reason: /is no sample/ },
        { text: "a 1\na{} 2\n", reason: /line 2 of the metrics shows a series for the second time/ },
        { text: 'a{b="1",c="2"} 1\na{c="2",b="1"} 1\n', reason: /second time/ },
        { text: "a 1 1.5\n", reason: /is no sample/ },
        { text: "a 1 # {} \n", reason: /is no sample/ },
        { text: "a 1 # 0.04\n", reason: /is no sample/ },
        { text: 'a 1 # {trace_id="a" 0.04\n', reason: /is no sample/ },
        { text: "a 1 # {trace_id=a} 0.04\n", reason: /labels that can't be read/ },
        { text: "a 1 # {} many\n", reason: /no number/ },
        { text: '{"a.b"} 1\n', reason: /labels that can't be read/ },
        { text: '{a="b"} 1\n', reason: /is no sample/ },
    ])("is refused as a whole for $text", ({ text: page, reason }) => {
        expect(() => readExposition(page, text)).toThrow(reason);
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
                const samples = readExposition(`${(await registry.metrics()).trimEnd()}\n`, text);
                // The text has no negative zero.
                expect(samples).toEqual(all.map(({ one, other, value }) => ({ name: "some_gauge", labels: { one, other }, value: value === 0 ? 0 : value })));
            }),
        );
    });

    it("gives a histogram's buckets with their bounds", async () => {
        const registry = new Registry();
        new Histogram({ name: "h", help: "H.", buckets: [0.5, 1], registers: [registry] }).observe(0.7);

        expect(readExposition(await registry.metrics(), text).map(({ name, labels, value }) => [name, labels.le, value])).toEqual([
            ["h_bucket", "0.5", 0],
            ["h_bucket", "1", 1],
            ["h_bucket", "+Inf", 1],
            ["h_sum", undefined, 0.7],
            ["h_count", undefined, 1],
        ]);
    });
});

describe("a page of OpenMetrics", () => {
    const page = [
        "# HELP a_seconds Time.",
        "# TYPE a_seconds histogram",
        "# UNIT a_seconds seconds",
        'a_seconds_bucket{le="0.5"} 7 # {trace_id="a"} 0.04 1.7e9',
        'a_seconds_bucket{le="+Inf"} 8 1700000000.123 # {trace_id="b"} 0.7',
        "a_seconds_count 8",
        "a_seconds_sum 1.5",
        "a_seconds_created 1700000000.5",
        "# EOF",
    ];

    it.each([{ end: "\n" }, { end: "" }])("holds its samples, with exemplars, units, times and beginnings", ({ end }) => {
        expect(readExposition(page.join("\n") + end, openMetrics).map(({ name, labels, value }) => [name, labels.le, value])).toEqual([
            ["a_seconds_bucket", "0.5", 7],
            ["a_seconds_bucket", "+Inf", 8],
            ["a_seconds_count", undefined, 8],
            ["a_seconds_sum", undefined, 1.5],
            ["a_seconds_created", undefined, 1_700_000_000.5],
        ]);
    });

    it.each([
        { what: "has no end", lines: page.slice(0, -1), reason: /don't end in # EOF/ },
        { what: "goes on after its end", lines: [...page, "a 1"], reason: /don't end in # EOF/ },
        { what: "ends in the middle of its end", lines: [...page.slice(0, -1), "# EO"], reason: /don't end in # EOF/ },
        { what: "ends twice", lines: [...page, "# EOF"], reason: /line 9 of the metrics is no comment of OpenMetrics/ },
        { what: "has an empty line", lines: ["", ...page], reason: /line 1 of the metrics is no sample/ },
        { what: "has a comment of another kind", lines: ["# by hand", ...page], reason: /is no comment of OpenMetrics/ },
        { what: "has lines that end as on Windows", lines: page.map((line) => `${line}\r`), reason: /./ },
    ])("is refused when it $what", ({ lines, reason }) => {
        expect(() => readExposition(`${lines.join("\n")}\n`, openMetrics)).toThrow(reason);
    });
});

describe("names in quotes", () => {
    it("are read where the content type says so", () => {
        const format = formatOf("text/plain; version=1.0.0; escaping=allow-utf-8");
        expect(readExposition('{"http.requests",code="200","a b"="c\\"d"} 7\n', format)).toEqual([
            { name: "http.requests", labels: { code: "200", "a b": 'c"d' }, value: 7 },
        ]);
    });

    it.each(['{"a","b"} 1\n', 'a{"b"} 1\n', '{x="1","a"} 1\n', '{x="1"} 1\n'])("are refused in %s", (page) => {
        expect(() => readExposition(page, { kind: "text", quotedNames: true })).toThrow();
    });
});

describe("the content type", () => {
    it.each([
        { type: "text/plain", format: { kind: "text", quotedNames: false } },
        { type: "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", format: { kind: "text", quotedNames: false } },
        { type: "text/plain;version=1.0.0;escaping=allow-utf-8", format: { kind: "text", quotedNames: true } },
        { type: "Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", format: { kind: "openmetrics", quotedNames: false } },
        { type: "application/openmetrics-text", format: { kind: "openmetrics", quotedNames: false } },
    ])("$type is read", ({ type, format }) => {
        expect(formatOf(type)).toEqual(format);
    });

    it.each([
        undefined,
        "",
        "text/html",
        "application/json",
        "text/plain; version=2.0.0",
        "application/openmetrics-text; version=2.0.0",
        "application/vnd.google.protobuf",
    ])("%s is refused, with what it must be", (type) => {
        expect(() => formatOf(type)).toThrow("the answer must say text/plain; version=0.0.4");
    });
});
