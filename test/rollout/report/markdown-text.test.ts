import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { inline, table } from "../../../rollout/report/markdown-text.ts";

describe("text in Markdown", () => {
    it.each([
        { what: "a heading behind a carriage return", text: "a\r# All 27 criteria pass", shown: "a \\# All 27 criteria pass" },
        { what: "a heading behind a line break", text: "a\n\n### Gate: passed", shown: "a \\#\\#\\# Gate: passed" },
        { what: "a line separator", text: "a\u2028# b", shown: "a \\# b" },
        { what: "a backslash before a bar", text: "a\\| b", shown: "a\\\\\\| b" },
        { what: "a link", text: "[click](http://evil.example)", shown: "\\[click\\]\\(http:\u200B//evil.example\\)" },
        { what: "an image", text: "![x](y)", shown: "\\!\\[x\\]\\(y\\)" },
        { what: "a bare link", text: "see https://evil.example/x", shown: "see https:\u200B//evil.example/x" },
        { what: "a picture by its name", text: "gate: :white_check_mark:", shown: "gate: :\u200Bwhite\\_check\\_mark:" },
        { what: "a picture by a name with a plus", text: ":+1:", shown: ":\u200B\\+1:" },
        { what: "a command of GitLab", text: "/approve", shown: "/\u200Bapprove" },
        { what: "the name of a commit", text: "see 0123456789abcdef0123", shown: "see 0\u200B123456789abcdef0123" },
        { what: "a commit of another repository", text: "a/b@0123456789abcdef", shown: "a/b@\u200B0\u200B123456789abcdef" },
        { what: "a bare host", text: "see www.evil.example", shown: "see www\u200B.evil.example" },
        { what: "an address of mail", text: "mailto:a@b.example", shown: "mailto:\u200Ba@\u200Bb.example" },
        { what: "a mention", text: "@everyone", shown: "@\u200Beveryone" },
        { what: "a reference", text: "Fixes #7", shown: "Fixes \\#\u200B7" },
        { what: "a reference to another repository", text: "Closes owner/repository#7", shown: "Closes owner/repository\\#\u200B7" },
        { what: "a reference by letters", text: "GH-7", shown: "GH-\u200B7" },
        {
            what: "a reference to a merge request, a snippet, a milestone, a label and an epic",
            text: "!7 $7 %7 ~bug &7",
            shown: "\\!\u200B7 \\$\u200B7 %\u200B7 \\~\u200Bbug &amp;\u200B7",
        },
        { what: "HTML", text: "<img src=x onerror=alert(1)><!-- x -->", shown: "&lt;img src=x onerror=alert\\(1\\)&gt;&lt;\\!-- x --&gt;" },
        { what: "code", text: "`code` ~~~ ```", shown: "\\`code\\` \\~\\~\\~ \\`\\`\\`" },
        { what: "emphasis", text: "*a* _b_", shown: "\\*a\\* \\_b\\_" },
        { what: "a list", text: "- a", shown: "\\- a" },
        { what: "a numbered list", text: "1. a", shown: "1\u200B. a" },
        { what: "an underlined heading", text: "a\n===", shown: "a ===" },
        { what: "an entity", text: "&lt;b&gt;", shown: "&amp;lt;b&amp;gt;" },
        { what: "mathematics", text: "$x^2$", shown: "\\$\u200Bx\\^\u200B2\\$" },
        {
            what: "characters that nobody sees",
            text: "a\u202Eb\u200Bc",
            shown: "a[U+202E]b[U+200B]c".replaceAll("[", "\\[").replaceAll("]", "\\]").replaceAll("+", "\\+"),
        },
    ])("is no markup: $what", ({ text, shown }) => {
        expect(inline(text)).toBe(shown);
    });

    it.each(["10:30:45", "2026-11-30T10:30:00Z", "errors 0.62 % of 5,210 requests", "v1-0-0", "sha256:0a0b", "10.244.0.0/16", "a/b:c"])(
        "stays as it is where it can be nothing else: %s",
        (text) => {
            expect(inline(text)).toBe(text);
        },
    );

    it("of any kind is one line, without a character that begins markup and is not escaped", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                const shown = inline(text);
                expect(shown).not.toMatch(/[\r\n\u2028\u2029<>]/);
                expect(shown.replaceAll(/\\[\\`*_{}[\]()#+!|~$^=-]/g, "")).not.toMatch(/[\\`*_{}[\]()#+!|~$^]/);
                expect(shown).not.toMatch(/@\w|#\w|:\/\/|\bwww\./);
            }),
        );
    });

    it("stays in its cell", () => {
        expect(table(["a", "b"], [["x | y", "\\"]])).toBe("| a | b |\n| --- | --- |\n| x \\| y | \\\\ |");
    });
});
