import fc from "fast-check";
import { SyntaxValidator } from "fast-xml-validator";
import { describe, expect, it } from "vitest";

import { fontSize, widthOf } from "../../../observability/preview/appearance.ts";
import { placed } from "../../../observability/preview/legend.ts";
import { rowPictures } from "../../../observability/preview/picture.ts";
import { ParsedPage, attribute, textOf } from "../../report/document.ts";
import { dashboardOf, measuredBy, series } from "./fixture.ts";

const canary = dashboardOf("canary");
const titles = canary.rows.flatMap(({ panels }) => panels.map(({ title }) => title));

/** Texts that are shown, title and description left out. */
function textsIn(svg: string): readonly string[] {
    return new ParsedPage(svg).all("text").map((text) => textOf(text).trim());
}

describe("the pictures of a dashboard", () => {
    it("are one for each row, and hold every panel once", async () => {
        const pictures = await rowPictures(canary, await measuredBy(canary, () => [series(0.5)]));

        expect(pictures.map(({ name }) => name)).toEqual(["where-it-stands", "requests", "time-to-answer", "stores", "pods", "log"]);
        for (const [index, { svg }] of pictures.entries()) {
            const { panels = [], title } = canary.rows[index] ?? {};
            const shown = textsIn(svg);
            expect(shown[0]).toBe(title);
            expect(panels.map((panel) => shown.slice(1).filter((text) => text === panel.title).length)).toEqual(panels.map(() => 1));
        }
    });

    it("say of each panel without data that it has none", async () => {
        const pictures = await rowPictures(canary, await measuredBy(canary, () => []));
        const said = pictures.flatMap(({ svg }) => textsIn(svg)).filter((text) => text === "no data");
        expect(said.length).toBe(titles.length);
    });

    it("draw the plan's lines, and no other", async () => {
        const [, requests] = await rowPictures(canary, await measuredBy(canary, () => [series(0.2)]));
        const dashed = new ParsedPage(requests?.svg ?? "").all("line").filter((line) => attribute(line, "stroke-dasharray") === "6,4");
        expect(dashed.map((line) => attribute(line, "stroke"))).toEqual(["#a36f00", "#d1373f"]);
    });

    it("say what to know of a panel to whoever can't see it", async () => {
        const [, requests] = await rowPictures(canary, await measuredBy(canary, () => [series(0.2)]));
        const [description] = new ParsedPage(requests?.svg ?? "").all("desc");
        expect(description === undefined ? "" : textOf(description)).toContain("Failed requests: stable (v1-0-0) up to 20 %, 20 % at the end;");
    });

    it.each(["</text><script>alert(1)</script>", "'><svg/onload=alert(1)>", "a & b < c", '"+alert(1)+"'])("escape what comes from data: %s", async (route) => {
        const harmless = await rowPictures(canary, await measuredBy(canary, () => [series(0.5, { route: "feed" })]));
        const pictures = await rowPictures(canary, await measuredBy(canary, () => [series(0.5, { route })]));

        for (const [index, { svg }] of pictures.entries()) {
            expect(() => SyntaxValidator.validate(svg)).not.toThrow();
            const [with_, without] = [new ParsedPage(svg), new ParsedPage(harmless[index]?.svg ?? "")];
            expect(with_.attributes.map(({ name }) => name)).toEqual(without.attributes.map(({ name }) => name));
        }
        expect(pictures.flatMap(({ svg }) => textsIn(svg))).toContain(route);
    });
});

describe("a legend", () => {
    it("never leaves its panel, and no entry lies on another", () => {
        const stroke = { color: "red", dash: [1], width: 1 };
        fc.assert(
            fc.property(fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 8 }), (texts) => {
                const entries = placed(
                    texts.map((text) => ({ text, stroke })),
                    300,
                );
                for (const [index, { x, row, text }] of entries.entries()) {
                    const end = x + widthOf(text, fontSize.text);
                    const next = entries[index + 1];
                    expect(end).toBeLessThan(300);
                    expect(next === undefined || next.row > row || next.x > end).toBe(true);
                }
            }),
        );
    });
});
