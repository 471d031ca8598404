import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openBrowser } from "../../../lab/browser.ts";
import { reportPage } from "../../../rollout/report/page.ts";
import type { RolloutReport } from "../../../rollout/report/rollout-report.ts";
import { checklist } from "../../../service/checklist/checklist.ts";
import { type Story, failedRelease, goodRelease, overriddenRelease, releaseFullOf } from "../../rollout/report/fixture.ts";
import { chartsOf } from "../../../rollout/report/charts.ts";
import { reportOf } from "../../rollout/report/reports.ts";
import { belowTheFold, interactive, overflow, sizes, tabThrough, violations, visit } from "./visit.ts";

let browser: Browser;
let folder: string;

beforeAll(async () => {
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), "nova-report-"));
});

afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
});

/** The address of a report in a file, as somebody who was sent it opens it. */
async function fileOf(report: RolloutReport): Promise<string> {
    const file = join(folder, "report.html");
    await writeFile(file, await reportPage(report));
    return pathToFileURL(file).href;
}

/** The report of a story, with every box of the checklist. */
function whole(story: Story): RolloutReport {
    const boxes = checklist.map((box) => ({ box, state: "open" as const, text: "nobody has looked at it yet" }));
    return reportOf(story, { checklist: { kind: "observed", value: boxes } });
}

const releases = [
    { what: "a good release", story: goodRelease, colorScheme: "light", size: "phone" },
    { what: "a good release", story: goodRelease, colorScheme: "dark", size: "desktop" },
    { what: "a release that was rolled back", story: failedRelease, colorScheme: "dark", size: "phone" },
    { what: "a release with an override", story: overriddenRelease, colorScheme: "light", size: "desktop" },
] as const;

describe("the report in a browser", () => {
    it.each(releases)("complains of nothing, asks for nothing, and is accessible: $what, $colorScheme, $size", async ({ story, colorScheme, size }) => {
        const { page, faults, strayRequests } = await visit(browser, await fileOf(whole(story())), { colorScheme, viewport: sizes[size] });
        await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
        expect(await violations(page)).toEqual([]);
        expect(await overflow(page)).toBe(0);
        expect({ faults, strayRequests }).toEqual({ faults: [], strayRequests: [] });
        await page.context().close();
    });

    it.each(["phone", "desktop"] as const)("says what became of it, and what comes next, before anybody scrolls: %s", async (size) => {
        const { page } = await visit(browser, await fileOf(whole(failedRelease())), { viewport: sizes[size] });
        expect(await belowTheFold(page, [".headline", "#next"])).toEqual([]);
        await page.context().close();
    });

    it("is read with the keyboard alone: Tab comes to all that can be acted on, and shows where it is", async () => {
        const { page } = await visit(browser, await fileOf(whole(goodRelease())));
        const stops = await tabThrough(page);
        expect(stops.map(({ name }) => name)).toEqual(await interactive(page));
        expect(stops.filter(({ marked }) => !marked)).toEqual([]);
        expect(stops[0]?.name).toBe("a To the report");
        await page.context().close();
    });

    it("has its curves as pictures that are told in words", async () => {
        const report = reportOf(failedRelease());
        const drawn = chartsOf(report).filter(({ spec }) => spec !== undefined).length;
        const { page } = await visit(browser, await fileOf(report));
        expect(drawn).toBeGreaterThanOrEqual(6);
        expect(await page.getByRole("img").count()).toBe(drawn);
        expect(await page.locator("figure svg").count()).toBe(drawn);
        await page.getByRole("img", { name: /^Error rate by the pods, both revisions over time.*v1-1-0 \(candidate\): lowest .*highest 12 %/ }).waitFor();
        await page.context().close();
    });

    it("follows the reader's light or dark ground", async () => {
        const address = await fileOf(reportOf(goodRelease()));
        const ground = async (colorScheme: "light" | "dark") => {
            const { page } = await visit(browser, address, { colorScheme });
            const colour = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
            await page.context().close();
            return colour;
        };
        expect([await ground("light"), await ground("dark")]).toEqual(["rgb(255, 255, 255)", "rgb(18, 22, 28)"]);
    });

    it.each([
        '<img src=x onerror="window.ran=1">',
        "</script><script>window.ran=1</script>",
        `"'><svg onload=window.ran=1>`,
        "</style></title><iframe src=javascript:parent.ran=1>",
    ])("shows text from outside as text, also where no policy would stop it: %s", async (text) => {
        // Without the page's own Content-Security-Policy, escaping alone has to hold.
        const { page, faults, strayRequests } = await visit(browser, await fileOf(reportOf(releaseFullOf(text))), { bypassCSP: true });
        expect(await page.getByRole("heading", { level: 1 }).innerText()).toContain(`v1-1-0${text}`);
        expect(await page.locator("#overrides").innerText()).toContain(text);
        expect(await page.evaluate("window.ran")).toBeUndefined();
        expect({ faults, strayRequests }).toEqual({ faults: [], strayRequests: [] });
        await page.context().close();
    });

    it("shows a right-to-left override by its number, so that it turns nothing around", async () => {
        const { page } = await visit(browser, await fileOf(reportOf(releaseFullOf("\u202etfel"))));
        expect(await page.getByRole("heading", { level: 1 }).innerText()).toContain("v1-1-0[U+202E]tfel, video-ranking");
        await page.context().close();
    });

    it("runs no script that got into it all the same", async () => {
        const { page, faults } = await visit(browser, await fileOf(reportOf(goodRelease())));
        await page.evaluate("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = 1' }))");
        expect(await page.evaluate("window.ran")).toBeUndefined();
        expect(faults.join("")).toContain("Content Security Policy");
        await page.context().close();
    });
});
