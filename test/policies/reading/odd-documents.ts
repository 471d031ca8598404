/**
 * A text as people and generators write it, and what kubectl reads in it.
 *
 * Every object in it is a ConfigMap, so only the data is compared.
 */
export interface OddDocument {
    readonly title: string;
    readonly text: string;
    /** Data of the objects that kubectl 1.36 reads. Where it gives up in the middle, those before. */
    readonly kubectl: readonly unknown[];
    /** Whether kubectl gives up with an error. */
    readonly fails?: true;
    /** What the pack reads: the same (default), or nothing that passes, since two readers differ; or more, where kubectl gives up. */
    readonly here?: "refused" | readonly unknown[];
}

const head = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
const yaml = (body: string, name = "a"): string => `${head(name)}${body}${body.endsWith("\n") ? "" : "\n"}`;
const json = (data: string, name = "a"): string => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":${data}}`;

/** How a text is cut into documents. */
const streams: readonly OddDocument[] = [
    { title: "JSON, then YAML", text: `${json('{"k":1}')}\n---\n${yaml("data: {k: 2}", "b")}`, kubectl: [{ k: 1 }, { k: 2 }] },
    { title: "JSON behind JSON, with nothing between", text: json('{"k":1}') + json('{"k":2}', "b"), kubectl: [{ k: 1 }, { k: 2 }] },
    { title: "JSON behind JSON, line by line", text: `${json('{"k":1}')}\n\n ${json('{"k":2}', "b")}\n`, kubectl: [{ k: 1 }, { k: 2 }] },
    {
        title: "two JSON objects, then YAML, where kubectl gives up",
        text: `${json('{"k":1}')}\n${json('{"k":2}', "b")}\n---\n${yaml("data: {k: 3}", "c")}`,
        kubectl: [{ k: 1 }, { k: 2 }],
        fails: true,
        here: [{ k: 1 }, { k: 2 }, { k: 3 }],
    },
    { title: "JSON with a separator on its own line", text: `${json('{"k":1}')}---\n${yaml("data: {k: 2}", "b")}`, kubectl: [{ k: 1 }, { k: 2 }] },
    { title: "JSON, then YAML with no separator", text: `${json('{"k":1}')}\n${yaml("data: {k: 2}", "b")}`, kubectl: [{ k: 1 }, { k: 2 }] },
    { title: "JSON, then a comment and YAML", text: `${json('{"k":1}')} # one\n# two\n---\n${yaml("data: {k: 2}", "b")}`, kubectl: [{ k: 1 }, { k: 2 }] },
    {
        title: "YAML, then two JSON objects with no separator",
        text: `${yaml("data: {k: 1}")}---\n${json('{"k":2}')}\n${json('{"k":3}')}\n`,
        kubectl: [{ k: 1 }, { k: 2 }],
        here: "refused",
    },
    { title: "braces that are no JSON", text: "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: 1}}\n", kubectl: [{ k: 1 }] },
    {
        title: "braces that are no JSON, then YAML",
        text: `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: 1}}\n---\n${yaml("data: {k: 2}")}`,
        kubectl: [{ k: 1 }, { k: 2 }],
    },
    { title: "a comment behind a separator", text: `--- # one\n${yaml("data: {k: 1}")}---# two\n${yaml("data: {k: 2}")}`, kubectl: [{ k: 1 }, { k: 2 }] },
    { title: "content behind a separator", text: `--- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n`, kubectl: [], fails: true, here: "refused" },
    { title: "a separator of four", text: `${yaml("data: {k: 1}")}----\n${yaml("data: {k: 2}")}`, kubectl: [], fails: true, here: "refused" },
    { title: "a separator inside a block, which is none", text: yaml("data:\n  k: |\n    one\n    ---\n    two\n"), kubectl: [{ k: "one\n---\ntwo\n" }] },
    { title: "empty documents", text: `---\n---\n# nothing\n---\n${yaml("data: {k: 1}")}---\n---\n`, kubectl: [{ k: 1 }] },
    { title: "an end of a document", text: `${yaml("data: {k: 1}")}...\n---\n${yaml("data: {k: 2}")}... # end\n`, kubectl: [{ k: 1 }, { k: 2 }] },
    {
        title: "a document behind an end, which kubectl drops",
        text: `${yaml("data: {k: 1}")}...\n${yaml("data: {k: 2}")}`,
        kubectl: [{ k: 1 }],
        here: "refused",
    },
    { title: "a directive", text: `%YAML 1.1\n---\n${yaml("data: {k: 1}")}`, kubectl: [], fails: true, here: [{ k: 1 }] },
    {
        title: "a directive before the second document",
        text: `${yaml("data: {k: 1}")}---\n# c\n%YAML 1.2\n---\n${yaml("data: {k: 2}")}`,
        kubectl: [{ k: 1 }],
        fails: true,
        here: [{ k: 1 }, { k: 2 }],
    },
    { title: "a byte order mark", text: `\ufeff${yaml("data: {k: 1}")}---\n\ufeff${yaml("data: {k: 2}")}`, kubectl: [{ k: 1 }, { k: 2 }] },
    { title: "a byte order mark in the middle", text: yaml("data: {k: 1} # \ufeff"), kubectl: [{ k: 1 }], here: "refused" },
    {
        title: "line breaks of Windows",
        text: `${yaml("data:\n  k: |\n    one\n    two\n")}---\n${yaml("data: {k: 2}")}`.replaceAll("\n", "\r\n"),
        kubectl: [{ k: "one\ntwo\n" }, { k: 2 }],
    },
    { title: "no line break at the end", text: `${head("a")}data:\n  k: |\n    one`, kubectl: [{ k: "one\n" }] },
    { title: "an anchor of another document", text: `${yaml("data: &x {k: 1}")}---\n${yaml("data: *x")}`, kubectl: [{ k: 1 }], fails: true, here: "refused" },
    { title: "a null byte", text: yaml("data: {k: 1}\n\0"), kubectl: [], fails: true, here: "refused" },
];

/** Characters that end a line, for one reader or the other. */
const breaks: readonly OddDocument[] = ["\u0085", "\u2028", "\u2029", "\r"].flatMap((mark): OddDocument[] => {
    const name = `U+${(mark.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
    return [
        { title: `${name} in a comment`, text: yaml(`data: # one${mark} k: 1\n`), kubectl: [{ k: 1 }], here: "refused" },
        {
            title: `${name} in quotes`,
            text: yaml(`data: {k: "one${mark}two"}\n`),
            kubectl: [{ k: mark === "\r" || mark === "\u0085" ? "one two" : `one${mark}two` }],
            here: "refused",
        },
        ...(mark === "\r" ? [] : [{ title: `${name} in JSON`, text: json(`{"k":"one${mark}two"}`), kubectl: [{ k: `one${mark}two` }] }]),
    ];
});

const plain = (source: string, value: unknown): OddDocument => ({ title: `the value ${source}`, text: yaml(`data: {k: ${source}}`), kubectl: [{ k: value }] });

/** Words and numbers of YAML 1.1, as sigs.k8s.io/yaml reads them. */
const scalars: readonly OddDocument[] = [
    ...["yes", "Yes", "YES", "on", "On", "ON", "y", "Y", "true", "True", "TRUE"].map((source) => plain(source, true)),
    ...["no", "off", "n", "N", "Off", "FALSE"].map((source) => plain(source, false)),
    ...["", "~", "null", "Null", "NULL"].map((source) => plain(source, null)),
    ...["yEs", "tRUE", "nULL", "0x", "0o8", "0b2", "1e400", "2001-01-01", "12:30:45", "+", ".", "0x1FFFFFFFFFFFFFFFFF"].map((source) => plain(source, source)),
    ...Object.entries({ "'yes'": "yes", '"on"': "on", "!!str yes": "yes" }).map(([source, value]) => plain(source, value)),
    ...Object.entries({
        "0o7": 7,
        "0o17": 15,
        "017": 15,
        "08": 8,
        "0x1F": 31,
        "0X1f": 31,
        "0b11": 3,
        "-0b11": -3,
        "0b-1": -1,
        "1__": 1,
        "1_000": 1000,
        "+5": 5,
        "-0": 0,
        "1_0.5_0": 10.5,
        ".5": 0.5,
        ".5_5": 0.55,
        "5.": 5,
        "1e3": 1000,
        "-1.5E+2": -150,
    }).map(([source, value]) => plain(source, value)),
    ...Object.entries({ '!!int "7"': 7, "!!float 7": 7, "!!bool yes": true, '!!null ""': null }).map(([source, value]) => plain(source, value)),
    // JavaScript has the nearest number only.
    plain("9223372036854775807", Number(9223372036854775807n)),
    plain("18446744073709551615", Number(18446744073709551615n)),
    plain("18446744073709551616", Number(18446744073709551616n)),
    { title: "a dash in braces", text: yaml("data: {k: -}"), kubectl: [{ k: "-" }], here: "refused" },
    { title: "infinity", text: yaml("data: {k: .inf}"), kubectl: [], fails: true, here: "refused" },
    { title: "no number", text: yaml("data: {k: .NaN}"), kubectl: [], fails: true, here: "refused" },
    { title: "a tag that does not fit", text: yaml("data: {k: !!int x}"), kubectl: [], fails: true, here: "refused" },
    { title: "a number in JSON that is too large", text: json('{"k":1e400}'), kubectl: [], fails: true, here: "refused" },
    { title: "a tag of its own", text: yaml("data: {k: !secret x}"), kubectl: [{ k: "x" }], here: "refused" },
    { title: "bytes", text: yaml("data: {k: !!binary eA==}"), kubectl: [{ k: "x" }], here: "refused" },
];

/** Names in mappings, merge keys, anchors. */
const mappings: readonly OddDocument[] = [
    {
        title: "a mapping merged in",
        text: yaml("data:\n  a: &x {k: 1, l: 2}\n  b:\n    <<: *x\n    l: 3\n"),
        kubectl: [{ a: { k: 1, l: 2 }, b: { k: 1, l: 3 } }],
    },
    {
        title: "several merged in, of which the first wins",
        text: yaml("data:\n  a: &x {k: 1}\n  b: &y {k: 2, l: 3}\n  c: {<<: [*x, *y]}\n"),
        kubectl: [{ a: { k: 1 }, b: { k: 2, l: 3 }, c: { k: 1, l: 3 } }],
    },
    {
        title: "a merge of a merge",
        text: yaml("data:\n  a: &x {k: 1}\n  b: &y {<<: *x, l: 2}\n  c: {<<: *y}\n"),
        kubectl: [{ a: { k: 1 }, b: { k: 1, l: 2 }, c: { k: 1, l: 2 } }],
    },
    { title: "a mapping written behind <<", text: yaml("data: {<<: {k: 1}, l: 2}\n"), kubectl: [{ k: 1, l: 2 }] },
    { title: "a merge that takes a name back, for kubectl alone", text: yaml("data:\n  k: 1\n  <<: {k: 2}\n"), kubectl: [{ k: 2 }], here: "refused" },
    { title: "two merges", text: yaml("data:\n  <<: {k: 1}\n  <<: {k: 2}\n"), kubectl: [{ k: 2 }], here: "refused" },
    { title: "<< in quotes, which is a name", text: yaml('data: {"<<": {k: 1}}\n'), kubectl: [{ "<<": { k: 1 } }] },
    { title: "a merge of text", text: yaml("data: {<<: k}\n"), kubectl: [], fails: true, here: "refused" },
    { title: "a name twice", text: yaml("data: {k: 1, k: 2}\n"), kubectl: [{ k: 2 }], here: "refused" },
    { title: "a name twice, once in quotes", text: yaml('data:\n  k: 1\n  "k": 2\n'), kubectl: [{ k: 2 }], here: "refused" },
    { title: "a name twice, as number and text", text: yaml('data: {1: a, "1": a}\n'), kubectl: [{ 1: "a" }], here: "refused" },
    { title: "a name twice in JSON", text: json('{"k":1,"k":2}'), kubectl: [{ k: 2 }], here: "refused" },
    { title: "a name twice in JSON, once escaped", text: json('{"k":1,"\\u006b":2}'), kubectl: [{ k: 2 }], here: "refused" },
    {
        title: "the same name in two objects of JSON",
        text: json('{"a":{"k":1},"b":{"k":2},"c":[{"k":3},{"k":4}]}'),
        kubectl: [{ a: { k: 1 }, b: { k: 2 }, c: [{ k: 3 }, { k: 4 }] }],
    },
    { title: "words and numbers as names", text: yaml("data: {on: 1, no: 2, 0x10: 3}\n"), kubectl: [{ true: 1, false: 2, 16: 3 }] },
    { title: "a number with a point as a name", text: yaml("data: {1.10: a}\n"), kubectl: [{ "1.1": "a" }], here: "refused" },
    { title: "no name", text: yaml("data:\n  : a\n"), kubectl: [], fails: true, here: "refused" },
    { title: "a list as a name", text: yaml("data: {? [a] : b}\n"), kubectl: [], fails: true, here: "refused" },
    { title: "a name behind a question mark", text: yaml("data:\n  ? k\n  : 1\n"), kubectl: [{ k: 1 }] },
    { title: "an anchor that is set again", text: yaml("data:\n  a: &x 1\n  b: *x\n  c: &x 2\n  d: *x\n"), kubectl: [{ a: 1, b: 1, c: 2, d: 2 }] },
    {
        title: "an anchor inside what an alias repeats",
        text: yaml("data:\n  a: &x {b: &y 1}\n  c: &y 2\n  d: *x\n  e: *y\n"),
        kubectl: [{ a: { b: 1 }, c: 2, d: { b: 1 }, e: 2 }],
    },
    { title: "an alias as a name", text: yaml("data:\n  a: &x k\n  *x : 1\n"), kubectl: [{ a: "k", k: 1 }] },
    { title: "an anchor that contains itself", text: yaml("data: &x {k: *x}\n"), kubectl: [], fails: true, here: "refused" },
    { title: "an unknown anchor", text: yaml("data: {k: *x}\n"), kubectl: [], fails: true, here: "refused" },
    {
        title: "the prototype of an object as a name",
        text: yaml("data: {__proto__: {k: 1}, constructor: 2}\n"),
        kubectl: [JSON.parse('{"__proto__":{"k":1},"constructor":2}')],
    },
];

/** Text over several lines, and brackets. */
const layout: readonly OddDocument[] = [
    { title: "quotes with little indent", text: yaml('data:\n  k: "one\n two\nthree"\n  l: 2\n'), kubectl: [{ k: "one two three", l: 2 }] },
    {
        title: "single quotes with little indent and an empty line",
        text: yaml("data:\n  k:\n    l: 'one\n\n  it''s\n\ntwo'\n  m: 2\n"),
        kubectl: [{ k: { l: "one\nit's\ntwo" }, m: 2 }],
    },
    { title: "quotes with little indent that end with a backslash", text: yaml('data:\n  k: "one\\\n two\\\nthree"\n'), kubectl: [{ k: "onetwothree" }] },
    { title: "an empty line behind a backslash", text: yaml('data:\n  k: "one\\\n\n    two"\n'), kubectl: [{ k: "one\ntwo" }], here: "refused" },
    { title: "plain text over lines", text: yaml("data:\n  k: one\n    two\n\n    three\n"), kubectl: [{ k: "one two\nthree" }] },
    {
        title: "folded blocks",
        text: yaml("data:\n  k: >\n    one\n    two\n\n      three\n    four\n  l: >-\n    five\n\n"),
        kubectl: [{ k: "one two\n\n  three\nfour\n", l: "five" }],
    },
    { title: "blocks that keep their end", text: yaml("data:\n  k: |+\n    one\n\n  l: |2\n      two\n"), kubectl: [{ k: "one\n\n", l: "  two\n" }] },
    {
        title: "a block that ends with spaces",
        text: yaml("data:\n  k: |2\n      one\n        \n  l: 1\n"),
        kubectl: [{ k: "  one\n    \n", l: 1 }],
        here: "refused",
    },
    { title: "a block of spaces", text: yaml("data:\n  k: |2\n        \n  l: 1\n"), kubectl: [{ k: "    \n", l: 1 }], here: "refused" },
    { title: "a tab behind a colon", text: yaml("data:\n  k:\tone\n"), kubectl: [{ k: "one" }] },
    { title: "a tab as indent", text: yaml("data:\n\tk: one\n"), kubectl: [], fails: true, here: "refused" },
    { title: "a hash inside a word", text: yaml("data: {k: a#b, l: c #d\n  }\n"), kubectl: [{ k: "a#b", l: "c" }] },
    { title: "a colon without a space in braces", text: yaml("data: {k:1, l: {m:}}\n"), kubectl: [{ "k:1": null, l: { "m:": null } }], here: "refused" },
    { title: "a colon behind a space at the end of braces", text: yaml("data: {k: [{l :}]}\n"), kubectl: [{ k: [{ "l :": null }] }], here: "refused" },
    { title: "an address in brackets", text: yaml("data: {k: [http://a:80/b, c]}\n"), kubectl: [{ k: ["http://a:80/b", "c"] }] },
    { title: "quotes and a colon without a space in braces", text: yaml('data: {"k":1}\n'), kubectl: [{ k: 1 }] },
    { title: "a question mark in brackets", text: yaml("data: {k: [?a, b]}\n"), kubectl: [{ k: [{ a: null }, "b"] }], here: "refused" },
    { title: "a list as deep as its name", text: yaml("data:\n  k:\n  - 1\n  - l: 2\n    m: 3\n"), kubectl: [{ k: [1, { l: 2, m: 3 }] }] },
    { title: "brackets over lines", text: yaml("data:\n  k: [\n    a,\n    {b: c},\n  ]\n"), kubectl: [{ k: ["a", { b: "c" }] }] },
    { title: "an invisible space before a name", text: yaml("data:\n  \u00a0k: 1\n"), kubectl: [{ "\u00a0k": 1 }], here: "refused" },
    { title: "half a character", text: yaml('data: {k: "\\ud83d"}\n'), kubectl: [], fails: true, here: "refused" },
    { title: "half a character in JSON", text: json('{"k":"\\ud83d"}'), kubectl: [{ k: "\ufffd" }], here: "refused" },
    { title: "a character in two halves in JSON", text: json('{"k":"\\ud83d\\ude00"}'), kubectl: [{ k: "😀" }] },
    { title: "characters by number", text: yaml('data: {"\\x6b": "\\u00e9\\U0001F600\\t"}\n'), kubectl: [{ k: "é😀\t" }] },
    { title: "an anchor with a colon", text: yaml("data:\n  a: &x:y 1\n"), kubectl: [{ a: ":y 1" }], here: "refused" },
];

/** Every odd document. */
export const oddDocuments: readonly OddDocument[] = [...streams, ...breaks, ...scalars, ...mappings, ...layout];
