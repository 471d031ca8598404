import fc from "fast-check";
import { SyntaxValidator } from "fast-xml-validator";
import { describe, expect, it } from "vitest";

import { fontSize, widthOf } from "../../../observability/preview/appearance.ts";
import { placed } from "../../../observability/preview/legend.ts";
import { rowPictures } from "../../../observability/preview/picture.ts";
import { ParsedPage, attribute, textOf } from "../../report/document.ts";
import { dashboardOf, measuredBy, series } from "./fixture.ts";

const canary = dashboardOf("canary");
/** Its second row alone: drawing takes its time. */
const requests = { ...canary, rows: canary.rows.slice(1, 2) };
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
        const [picture] = await rowPictures(requests, await measuredBy(requests, () => [series(0.2)]));
        const dashed = new ParsedPage(picture?.svg ?? "").all("line").filter((line) => attribute(line, "stroke-dasharray") === "6,4");
        expect(dashed.map((line) => attribute(line, "stroke"))).toEqual(["#a36f00", "#d1373f"]);
    });

    it("say what to know of a panel to whoever can't see it", async () => {
        const [picture] = await rowPictures(requests, await measuredBy(requests, () => [series(0.2)]));
        const [description] = new ParsedPage(picture?.svg ?? "").all("desc");
        expect(description === undefined ? "" : textOf(description)).toContain("Failed requests: stable (v1-0-0) up to 20 %, 20 % at the end;");
    });

    it("escape what comes from data", async () => {
        const hostile = ["</text><script>alert(1)</script>", "'><svg/onload=alert(1)>", "a & b < c", '"+alert(1)+"'];
        const drawn = async (routes: readonly string[]): Promise<string> => {
            const measured = await measuredBy(requests, () => routes.map((route) => series(0.5, { route })));
            return (await rowPictures(requests, measured)).map(({ svg }) => svg).join("");
        };
        const [svg, harmless] = [await drawn(hostile), await drawn(["a", "b", "c", "d"])];

        expect(() => SyntaxValidator.validate(svg)).not.toThrow();
        expect(new ParsedPage(svg).attributes.map(({ name }) => name)).toEqual(new ParsedPage(harmless).attributes.map(({ name }) => name));
        expect(textsIn(svg)).toEqual(expect.arrayContaining(hostile));
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
