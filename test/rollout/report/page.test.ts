import { createHash } from "node:crypto";

import { beforeAll, describe, expect, it } from "vitest";

import { reportMarkdown } from "../../../rollout/report/markdown.ts";
import { reportPage } from "../../../rollout/report/page.ts";
import { type RolloutReport, buildReport } from "../../../rollout/report/rollout-report.ts";
import { palette } from "../../../rollout/report/style.ts";
import { checklist } from "../../../service/checklist/checklist.ts";
import { scheduleFor } from "../../../rollout/plan/schedule.ts";
import { summaryOf } from "../../../rollout/checklist/state.ts";
import { ParsedPage, attribute, elementsIn, textOf } from "./document.ts";
import { Story, failedRelease, goodRelease, overriddenRelease, releaseFullOf, revision } from "./fixture.ts";
import { reportOf, sourcesOf } from "./reports.ts";
import { plan } from "../../../service/plan.ts";

describe.each([
    { what: "a good release", story: goodRelease },
    { what: "a release that was rolled back", story: failedRelease },
    { what: "a release with an override", story: overriddenRelease },
])("the page of $what", ({ story }) => {
    let page: ParsedPage;
    let text: string;

    beforeAll(async () => {
        text = await reportPage(reportOf(story()));
        page = new ParsedPage(text);
    });

    it("is HTML without a fault, in a language, with a title", () => {
        expect(page.errors).toEqual([]);
        expect(page.all("html").map((element) => attribute(element, "lang"))).toEqual(["en"]);
        expect(page.all("title").map(textOf)).toEqual(["Rollout of v1-1-0, video-ranking in nova-prod"]);
    });

    it("needs nothing from the network, and runs nothing", () => {
        expect(page.all("script", "link", "iframe", "img", "object", "embed", "form", "base")).toEqual([]);
        const addresses = page.attributes.filter(({ name }) => ["src", "href", "action", "xlink:href"].includes(name)).map(({ value }) => value);
        expect(addresses.filter((address) => !address.startsWith("#"))).toEqual([]);
        expect(page.attributes.filter(({ name }) => name.startsWith("on") || name === "style")).toEqual([]);
    });

    it("lets in its own style sheet alone", () => {
        const [policy] = page.all("meta").filter((meta) => attribute(meta, "http-equiv") === "Content-Security-Policy");
        const [sheet] = page.all("style");
        const [content] = sheet?.childNodes ?? [];
        const hash = createHash("sha256")
            .update(content !== undefined && "value" in content ? content.value : "")
            .digest("base64");
        expect(policy === undefined ? "" : attribute(policy, "content")).toBe(
            `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
        );
    });

    it("has headings in order, one landmark for what it is about, and a way past the rest", () => {
        const levels = page.all("h1", "h2", "h3").map(({ tagName }) => Number(tagName.slice(1)));
        expect(levels.filter((level) => level === 1)).toHaveLength(1);
        expect(levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
        expect(page.all("main")).toHaveLength(1);
        const links = page.all("a").map((link) => attribute(link, "href")?.slice(1) ?? "");
        expect(links[0]).toBe("main");
        expect(links.map((id) => page.byId(id)).length).toBe(11);
    });

    it("has tables that a screen reader can tell, and that scroll by keyboard", () => {
        for (const element of page.all("table")) {
            const below = elementsIn(element);
            expect(below.filter(({ tagName }) => tagName === "caption")).toHaveLength(1);
            expect(below.filter((one) => one.tagName === "th" && !["col", "row"].includes(attribute(one, "scope") ?? ""))).toEqual([]);
        }
        const regions = page.all("div").filter((element) => attribute(element, "class") === "scroll");
        expect(regions.length).toBe(page.all("table").length);
        expect(regions.filter((region) => attribute(region, "tabindex") !== "0" || attribute(region, "aria-label") === undefined)).toEqual([]);
    });

    it("tells each curve in words", () => {
        const pictures = page.all("div").filter((element) => attribute(element, "role") === "img");
        expect(pictures).toHaveLength(8);
        expect(pictures.filter((picture) => (attribute(picture, "aria-label") ?? "").length < 40)).toEqual([]);
    });

    it("gives no id twice", () => {
        const ids = page.all().flatMap((element) => attribute(element, "id") ?? []);
        expect(new Set(ids).size).toBe(ids.length);
    });
});

/** A good release that passed these reviews. */
function reviewed(...hours: readonly (24 | 48)[]): Story {
    const story = goodRelease();
    const { judgement, rollout, actor } = story.records.find((record) => record.kind === "finished") ?? {};
    if (judgement === undefined || rollout === undefined || actor === undefined) {
        throw new Error("the fixture's release is finished on a judgement");
    }
    for (const after of hours) {
        story.wait(24 * 60).add({ kind: "checkpoint", hours: after, judgement, rollout, actor, text: `reviewed after ${String(after)} h` });
    }
    return story;
}

describe("the page of a report", () => {
    it("says on its first lines how it went", async () => {
        const page = new ParsedPage(await reportPage(reportOf(failedRelease())));
        const [headline] = page.all("div").filter((element) => attribute(element, "class") === "headline bad");
        expect(headline === undefined ? "" : textOf(headline)).toBe(
            [
                "Rolled back at quarter (25 %)",
                "uptime-at-once: unavailable 3.03 % of 7,200 requests, bound 1 %",
                "error-ratio-at-once: errors 12 % of 1,800 requests, bound 5 %",
                "Users met it for 32 min, at up to 25 %; rolled back once; nothing was overridden.",
            ].join(" "),
        );
    });

    it("has the metrics that the checklist asks for, for both revisions of each step", async () => {
        const page = new ParsedPage(await reportPage(reportOf(goodRelease())));
        const [, ...rows] = elementsIn(page.byId("figures"))
            .filter(({ tagName }) => tagName === "tr")
            .map(textOf);
        expect(rows).toHaveLength(10);
        expect(rows[3]).toBe("canary (10 %): v1-1-0 (candidate) 15 min 0.037 % 0 % 151.9 ms not known 151.9 ms 0.037 % 96.5 % not known 32 % 180 Mi 12 req/s");
    });

    it("says why it was rolled back where a watcher's own count said so before a judgement could", async () => {
        const story = new Story().declare(revision("v1-1-0")).wait(5).forward(10).wait(1);
        const { judgement, evidence } = story.judged({});
        const { actor, rollout } = story.records.at(-1) ?? {};
        if (actor === undefined || rollout === undefined) {
            throw new Error("the story has a step");
        }
        const text = "17 of the last 31 requests failed: more than 5 %";
        story.add({ kind: "rolled-back", judgement, evidence: { kind: "whole", evidence }, actor, rollout: { ...rollout, from: 10, to: 0 }, text });
        const report = reportOf(story);
        const page = new ParsedPage(await reportPage(report));
        expect(judgement.verdict).toBe("pass");
        expect(report.rollback?.because).toEqual([text]);
        expect(textOf(page.byId("verdicts"))).toContain(`10 % 4 (rolled-back) rollback Rolled back: ${text}`);
        expect(textOf(page.byId("figures"))).toContain("What rolled it back stands under 'Verdicts'");
        // What was seen before says 'errors 0.04 %', and is not why users went back.
        const canary = report.steps.find(({ name }) => name === "canary");
        expect(canary?.figures).toMatchObject({
            value: {
                revisions: [
                    { role: "stable", values: { "error-ratio": { kind: "observed" } } },
                    { role: "candidate", values: { "error-ratio": { kind: "missing", reason: expect.stringContaining(text) as string } } },
                ],
            },
        });
        expect(textOf(page.byId("verdicts"))).toContain("All criteria of the last look before the rollback, which did not decide it");
        expect(reportMarkdown(report)).toContain(`| rollback | rolled back: ${text}`);
    });

    it("says why a figure is not known", async () => {
        const page = new ParsedPage(await reportPage(reportOf(goodRelease())));
        expect(textOf(page.byId("figures"))).toContain(
            "canary (10 %), v1-1-0, Average latency: the ledger keeps buckets, which hold no mean: Prometheus was not asked",
        );
    });

    it("tells the soaks of the stack's own schedule, and that its times are scaled", async () => {
        const scaled = reportOf(goodRelease(), { schedule: scheduleFor(plan, { timeScale: 0.025, environment: "lab" }) });
        const steps = textOf(new ParsedPage(await reportPage(scaled)).byId("steps"));
        expect(steps).toContain("a minute of the plan lasts 1.5 s");
        expect(steps).toContain("canary (10 %) 2025-10-26 07:00:00 UTC 2025-10-26 07:15:00 UTC 15 min 23 s");
        expect(textOf(new ParsedPage(await reportPage(reportOf(goodRelease()))).byId("steps"))).not.toContain("scaled");
    });

    it.each([
        { what: "a release that was finished", story: goodRelease, next: "The review 24 hours after the finish: 'rollout checkpoint 24h'." },
        { what: "a release that was reviewed after a day", story: () => reviewed(24), next: "The review 48 hours after the finish: 'rollout checkpoint 48h'." },
        { what: "a release that was reviewed twice", story: () => reviewed(24, 48), next: "Nothing: it passed the reviews after 24 and 48 hours." },
        {
            what: "a release that was rolled back",
            story: failedRelease,
            next: "Fix it and declare a new revision: this one goes no step forward.",
        },
        { what: "a release under way", story: overriddenRelease, next: "When the gate passes: v1-1-0 from 25 % to 50 %." },
    ])("says what happens next: $what", async ({ story, next }) => {
        expect(textOf(new ParsedPage(await reportPage(reportOf(story()))).byId("next"))).toBe(next);
    });

    it("has every box of the checklist with its state, or says why not", async () => {
        const boxes = checklist.map((box) => ({ box, state: "open" as const, text: "nobody looked" }));
        const known = reportOf(goodRelease(), { checklist: { kind: "observed", value: boxes } });
        const page = new ParsedPage(await reportPage(known));
        const rows = elementsIn(page.byId("checklist")).filter((element) => element.tagName === "th" && attribute(element, "scope") === "row");
        expect(rows.map(textOf)).toEqual(boxes.map(({ box }) => box.text.replaceAll(/\s+/g, " ")));
        expect(known.checklist).toMatchObject({ value: { summary: summaryOf(boxes) } });
        expect(await reportPage(reportOf(goodRelease()))).toContain("The state of the checklist is not known: nobody looked.");
    });

    it("has no part about a checklist where the profile has none, in any of its forms", async () => {
        const { checklist: unknown, ...sources } = sourcesOf(goodRelease());
        expect(unknown?.kind).toBe("missing");
        const outcome = buildReport(sources);
        if (outcome.kind === "nothing") {
            throw new Error(outcome.why);
        }
        expect(outcome.report).not.toHaveProperty("checklist");
        expect(await reportPage(outcome.report)).not.toMatch(/checklist/i);
        expect(reportMarkdown(outcome.report)).not.toMatch(/checklist/i);
    });

    it("says first of all where the ledger is not whole", async () => {
        const report = reportOf(goodRelease());
        const damaged = { ...report, ledger: { ...report.ledger, intact: false } };
        expect(await reportPage(damaged)).toContain("The ledger is not whole");
    });
});

const attacks = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "</title></svg><script>alert(1)</script>",
    "javascript:alert(1)",
    "${alert(1)}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "--><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "onerror=alert(1) ` \\ /",
];

/** The report of a release with `text` in everything that comes from outside. */
function reportFullOf(text: string): RolloutReport {
    const boxes = checklist
        .slice(0, 3)
        .map((box) => ({ box, state: "failed" as const, text: `it failed${text}`, evidence: { kind: "alert", alert: `Down${text}` } as const }));
    const story = releaseFullOf(text);
    const { ledger } = sourcesOf(story);
    const finding = { kind: "unreadable", sequence: 2, text: `record 2 is no record${text}` } as const;
    return reportOf(story, {
        ledger: { ...ledger, records: story.records, findings: [finding] },
        environment: `prod${text}`,
        namespace: `nova-prod${text}`,
        service: `video-ranking${text}`,
        measurements: { curves: { kind: "missing", reason: `no answer${text}` }, means: new Map() },
        checklist: { kind: "observed", value: boxes },
    });
}

describe("text from outside", () => {
    let harmless: readonly string[];

    beforeAll(async () => {
        harmless = new ParsedPage(await reportPage(reportFullOf(""))).all().map(({ tagName }) => tagName);
    });

    it.each(attacks)("is text in the page and in the Markdown, and nothing else: %s", async (attack) => {
        const report = reportFullOf(attack);
        const page = new ParsedPage(await reportPage(report));
        expect(page.errors).toEqual([]);
        expect(page.all("script", "img", "iframe", "link", "object")).toEqual([]);
        expect(page.attributes.filter(({ name, value }) => name.startsWith("on") || /^\s*javascript:/i.test(value))).toEqual([]);
        expect(page.all().map(({ tagName }) => tagName)).toEqual(harmless);
        expect(page.all("h1").map(textOf)).toEqual([`Rollout of v1-1-0${attack}, video-ranking${attack} in nova-prod${attack}`]);
        const text = reportMarkdown(report);
        expect(text).not.toContain("<");
        expect(text).not.toMatch(/(?<!\\)\]\(/);
    });
});

describe("characters that nobody sees", () => {
    it.each([
        { what: "a right-to-left override", character: "\u202e", shown: "[U+202E]" },
        { what: "an isolate", character: "\u2066", shown: "[U+2066]" },
        { what: "a zero-width space", character: "\u200b", shown: "[U+200B]" },
        { what: "an escape of a terminal", character: "\u001b", shown: "[U+001B]" },
    ])("are shown by their number, since they could make a text read as another: $what", async ({ character, shown }) => {
        const report = reportFullOf(`${character}ko si gnihtyreve`);
        const page = new ParsedPage(await reportPage(report));
        expect(page.all("h1").map(textOf).join("")).toContain(`v1-1-0${shown}ko si gnihtyreve, video-ranking`);
        expect(await reportPage(report)).not.toContain(character);
        expect(reportMarkdown(report)).not.toContain(`v1-1-0${character}`);
    });
});

describe("the Markdown of a report", () => {
    it("says what the page says", () => {
        const text = reportMarkdown(reportOf(failedRelease()));
        expect(text).toContain("# Rollout of v1-1-0, video-ranking in nova-prod\n");
        expect(text).toContain("**Rolled back at quarter \\(25 %\\).** uptime-at-once: unavailable 3.03 % of 7,200 requests, bound 1 %.");
        expect(text).toContain("Users met it for 32 min, at up to 25 %; rolled back once");
        expect(text).toContain("error-ratio-at-once: errors 12 % of 1,800 requests, bound 5 %");
        expect(text).toContain("- not known: canary \\(10 %\\), v1-1-0, Average latency: the ledger keeps buckets");
    });

    it("has rows with as many cells as their table has columns, whatever is in them", () => {
        const report = reportFullOf("| a | b\n| c |");
        const tables = reportMarkdown(report)
            .split("\n\n")
            .filter((part) => part.startsWith("|"));
        expect(tables.length).toBeGreaterThan(4);
        for (const rows of tables.map((part) => part.split("\n"))) {
            expect(new Set(rows.map((row) => row.split(/(?<!\\)\|/).length)).size).toBe(1);
        }
    });
});

describe("colours", () => {
    const texts = ["text", "muted", "good", "wait", "bad", "link"] as const;
    it.each(
        (["light", "dark"] as const).flatMap((theme) => texts.flatMap((text) => (["ground", "raised"] as const).map((ground) => ({ theme, text, ground })))),
    )("keep a contrast of 4.5 : 1: $text on $ground, $theme", ({ theme, text, ground }) => {
        expect(contrast(palette[theme][text], palette[theme][ground])).toBeGreaterThanOrEqual(4.5);
    });
});

/** Contrast of two colours, by WCAG 2.2. */
function contrast(left: string, right: string): number {
    const luminance = (colour: string): number => {
        const [red = 0, green = 0, blue = 0] = [1, 3, 5]
            .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const [dark = 0, light = 0] = [luminance(left), luminance(right)].toSorted((one, other) => one - other);
    return (light + 0.05) / (dark + 0.05);
}
