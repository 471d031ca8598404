import { readFileSync, readdirSync, statSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { axisOf } from "../../../observability/preview/plot.ts";
import { legendOf } from "../../../observability/preview/legend.ts";
import { ParsedPage, textOf } from "../../report/document.ts";
import { dashboardOf } from "./fixture.ts";

const page = readFileSync("docs/observability.md", "utf8");
const files = readdirSync("docs/observability").filter((file) => file.endsWith(".svg"));
const shown = [...page.matchAll(/!\[([^\]]+)\]\(observability\/([^)]+)\)/g)];
const texts = files.flatMap((file) => new ParsedPage(readFileSync(`docs/observability/${file}`, "utf8")).all("text").map(textOf));
const panels = dashboardOf("canary").rows.flatMap((row) => row.panels);

/** After a change of the canary dashboard, `npm run previews` makes these true again. */
describe("the pictures in docs/observability.md", () => {
    it("are all shown, each with words for whoever can't see it", () => {
        expect(shown.map(([, , file]) => file).toSorted()).toEqual(files.toSorted());
        expect(shown.filter(([, words = ""]) => words.length < 40)).toEqual([]);
    });

    it("show every panel that the dashboard has", () => {
        expect(panels.map(({ title }) => title).filter((title) => !texts.includes(title))).toEqual([]);
    });

    it("have the plan's lines where they are now", () => {
        const lines = panels
            .filter(({ kind }) => kind === "timeseries")
            .filter(({ title }) => title !== "Available pods")
            .flatMap((panel) => legendOf({ kind: "curves", curves: [], axis: axisOf(panel, []) }).map(({ text }) => text.replace(" (above)", "")));

        expect(lines.length).toBe(4);
        expect(lines.filter((line) => !texts.some((text) => text.startsWith(line)))).toEqual([]);
    });

    it("are small enough to be looked at on the way", () => {
        expect(files.filter((file) => statSync(`docs/observability/${file}`).size > 150_000)).toEqual([]);
    });
});
