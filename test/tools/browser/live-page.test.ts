import getPort from "get-port";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type LiveServer, type LiveSource, startLiveServer } from "../../../rollout/cli/live-server.ts";
import { openBrowser } from "../../../lab/browser.ts";
import { type LiveReading, liveView } from "../../../rollout/report/live.ts";
import type { LiveDetails } from "../../../rollout/report/live-page.ts";
import { chartFigures } from "../../../rollout/report/page.ts";
import { everyCriterionAt, criteriaAt } from "../../../rollout/gate/criteria.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import type { Weight } from "../../../rollout/plan/plan.ts";
import type { Decision } from "../../../rollout/watch/decide.ts";
import { evidenceOf, failedRelease, revision } from "../../rollout/report/fixture.ts";
import { reportOf } from "../../rollout/report/reports.ts";
import { type Visit, belowTheFold, interactive, overflow, sizes, tabThrough, untilNextLook, violations, visit } from "./visit.ts";
import { profile } from "../../../service/profile.ts";
import { plan } from "../../../service/plan.ts";

const scope = { at: "2025-10-26T07:10:00.000Z", service: "video-ranking", namespace: "nova-prod", environment: "prod" };

interface Scene {
    readonly weightPercent?: Weight;
    readonly errorRatio?: number;
    readonly decision?: Decision;
    readonly candidate?: string;
}

/** A rollout under way, as the server reads it. */
function reading({ weightPercent = 10, errorRatio = 0.0004, decision = { kind: "soaking", secondsLeft: 600 }, candidate = "v1-1-0" }: Scene = {}): LiveReading {
    const evidence = evidenceOf(scope.at, 1_800, weightPercent, { errorRatio }, { stable: "v1-0-0", candidate });
    return {
        kind: "under-way",
        stable: revision("v1-0-0"),
        candidate: revision(candidate),
        weightPercent,
        soakedSeconds: 300,
        soakSeconds: 900,
        decision,
        approvalsMissing: { kind: "observed", value: ["tech-lead", "operations-lead"] },
        seen: { evidence, gate: judge(everyCriterionAt(profile, weightPercent), evidence), atOnce: judge(criteriaAt(profile, weightPercent).atOnce, evidence) },
    };
}

const holding = reading({ weightPercent: 25, errorRatio: 0.03, decision: { kind: "holding", reason: "errors", secondsLeft: 300 } });

let browser: Browser;
let port: number;
let server: LiveServer;
let details: LiveDetails;
let shown: LiveReading;

const source: LiveSource = {
    view: () => Promise.resolve(liveView(plan, shown, { ...scope, at: new Date().toISOString() })),
    details: () => Promise.resolve(details),
};

beforeAll(async () => {
    const records = failedRelease().records.map(({ at, kind, actor, text }) => ({ at, kind, identity: actor.identity, text }));
    details = { charts: await chartFigures(reportOf(failedRelease())), records: records.toReversed() };
    port = await getPort();
    browser = await openBrowser();
    server = await startLiveServer(source, port);
});

beforeEach(() => {
    shown = reading();
});

const open: Visit[] = [];

afterEach(async () => {
    await Promise.all(open.splice(0).map(({ page }) => page.context().close()));
});

afterAll(async () => {
    await browser.close();
    await server.close();
});

async function opened(options: BrowserContextOptions = {}): Promise<Visit> {
    const one = await visit(browser, server.url, options);
    open.push(one);
    return one;
}

/** Waits for the next look, and until an element has this text. @throws when it has not within the time that a page needs for a few looks. */
async function untilText(page: Page, id: string, text: string): Promise<void> {
    await untilNextLook(page);
    await page.locator(`#${id}`).filter({ hasText: text }).waitFor({ timeout: 10_000 });
}

const scenes = [
    { what: "a soak that goes well", now: reading() },
    { what: "a gate that holds, for many reasons", now: holding },
    { what: "a breach that rolls it back", now: reading({ weightPercent: 50, errorRatio: 0.3, decision: { kind: "roll-back", reason: "errors 30 %" } }) },
    { what: "a candidate with a long name", now: reading({ candidate: "release-2025-10-26-recommendations-7f3c2a91" }) },
    {
        what: "a candidate that was rolled back",
        now: { kind: "nothing", why: "error-ratio-at-once: errors 12 % of 1,800 requests, bound 5 %", rolledBack: true },
    },
    { what: "a cluster that does not answer", now: { kind: "unknown", why: "connect ECONNREFUSED 127.0.0.1:6443" } },
] as const satisfies readonly { readonly what: string; readonly now: LiveReading }[];

describe.each(scenes)("the live page, with $what", ({ now }) => {
    it.each([
        { colorScheme: "light", size: "phone" },
        { colorScheme: "dark", size: "desktop" },
    ] as const)("says step, health and what comes next before anybody scrolls, and is accessible: $colorScheme, $size", async ({ colorScheme, size }) => {
        shown = now;
        const { page, faults, strayRequests } = await opened({ colorScheme, viewport: sizes[size] });
        expect(await belowTheFold(page, ["#step", "#health", "#next", "#left"])).toEqual([]);
        expect(await overflow(page)).toBe(0);
        expect(await violations(page)).toEqual([]);
        expect({ faults, strayRequests }).toEqual({ faults: [], strayRequests: [] });
    });
});

describe("the live page in a browser", () => {
    it("takes on what has changed without being loaded again, and leaves the reader where they were", async () => {
        const { page, faults } = await opened({ viewport: sizes.phone });
        await page.evaluate("window.sameDocument = true");
        await page.locator("#all-criteria summary").click();
        const table = page.getByRole("region", { name: "Newest records of the ledger, newest first" });
        await table.focus();
        await page.evaluate("document.activeElement.scrollLeft = 20");
        const top = async () => (await page.locator("#records-heading").boundingBox())?.y;
        const before = await top();

        shown = holding;
        await untilText(page, "step", "v1-1-0 at 25 % (quarter)");
        expect(await page.locator("#health").innerText()).toBe("Not healthy enough: the gate holds");
        await untilText(page, "said", "v1-1-0 at 25 % (quarter): Not healthy enough: the gate holds.");
        expect(await page.title()).toContain("Not healthy enough");
        expect(await page.evaluate("window.sameDocument")).toBe(true);
        expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("Newest records of the ledger, newest first");
        expect(await page.evaluate("document.activeElement.scrollLeft")).toBe(20);
        expect(await page.locator("#all-criteria").getAttribute("open")).not.toBeNull();
        // What is above may have become longer: what is read stays in its place in the window.
        expect(Math.abs(((await top()) ?? Number.NaN) - (before ?? Number.NaN))).toBeLessThanOrEqual(2);
        expect(faults).toEqual([]);
    });

    it("keeps the focus where it is when the part around it changes", async () => {
        const { page } = await opened();
        await page.locator("#all-criteria summary").focus();
        shown = holding;
        await untilText(page, "open-part", "quarter-error-ratio");
        expect(await page.evaluate("document.activeElement.parentElement.id")).toBe("all-criteria");
    });

    it("announces a change of step or health, and nothing as long as none changes", async () => {
        const { page } = await opened();
        await page.evaluate(`window.told = [];
            new MutationObserver(() => { window.told.push(document.getElementById("said").textContent); })
                .observe(document.getElementById("said"), { childList: true, characterData: true, subtree: true })`);
        const first = await page.locator("#now time").innerText();
        await untilNextLook(page);
        await page.locator("#now time").filter({ hasNotText: first }).waitFor({ timeout: 10_000 });
        expect(await page.evaluate("window.told")).toEqual([]);
        shown = holding;
        await untilText(page, "said", "25 %");
        expect(await page.evaluate("window.told.length")).toBe(1);
        expect(await page.getByRole("status").getAttribute("id")).toBe("said");
    });

    it("shows what it last knew as old, and never as live, once its server is gone; and takes up again when it is back", async () => {
        const { page } = await opened({ viewport: sizes.phone });
        const look = async () => page.evaluate<string>("getComputedStyle(document.querySelector('#health .badge')).color");
        const healthy = await look();
        await server.close();
        const alert = page.getByRole("alert");
        await untilNextLook(page);
        await alert.filter({ hasText: /^No answer since \d\d:\d\d:\d\d UTC: what you see is old/ }).waitFor({ timeout: 10_000 });
        expect(await look()).not.toBe(healthy);
        expect(await page.evaluate("getComputedStyle(document.getElementById('step'), '::before').content")).toBe('"Last known: "');
        expect(await page.title()).toMatch(/^OLD\. /);
        expect(await overflow(page)).toBe(0);
        expect(await violations(page)).toEqual([]);
        // Wherever somebody has scrolled to.
        await page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
        expect(await belowTheFold(page, ["#stale"])).toEqual([]);
        server = await startLiveServer(source, port);
        await untilNextLook(page);
        await alert.waitFor({ state: "hidden", timeout: 10_000 });
        expect(await look()).toBe(healthy);
        expect(await page.title()).not.toContain("OLD");
    });

    it("says that it is old where its server answers with an error", async () => {
        const { page } = await opened();
        await page.context().route("**/view", (route) => route.fulfill({ status: 500, body: "Healthy: all criteria pass" }));
        await untilNextLook(page);
        await page.getByRole("alert").filter({ hasText: "what you see is old (status 500)" }).waitFor({ timeout: 10_000 });
    });

    it("is old while it is paused, and says so", async () => {
        const { page } = await opened();
        await page.getByLabel("Pause updates").check();
        await untilNextLook(page);
        await page.getByRole("alert").filter({ hasText: "Paused since" }).waitFor({ timeout: 10_000 });
        shown = holding;
        await page.getByLabel("Pause updates").uncheck();
        await untilText(page, "step", "25 %");
        expect(await page.getByRole("alert").isHidden()).toBe(true);
    });

    it("is used with the keyboard alone: Tab comes to all that can be acted on, and shows where it is", async () => {
        const { page } = await opened();
        const stops = await tabThrough(page);
        expect(stops.map(({ name }) => name)).toEqual(await interactive(page));
        expect(stops.filter(({ marked }) => !marked)).toEqual([]);
        expect(stops.length).toBeGreaterThan(4);
    });

    it("has landmarks, headings in order and tables with headings, as a screen reader is told of them", async () => {
        const { page } = await opened();
        for (const landmark of ["banner", "main", "contentinfo"] as const) {
            expect(await page.getByRole(landmark).count()).toBe(1);
        }
        expect(await page.getByRole("heading").allInnerTexts()).toEqual([
            "Rollout of video-ranking in nova-prod",
            "Criteria",
            "Metrics of the step so far",
            "Curves",
            "Traffic split",
            "Decisions",
            "Error rate at the gateway",
            "Error rate by the pods",
            "p95 latency at the gateway",
            "p95 latency by the pods",
            "Cache hit rate",
            "Request rate",
            "Newest records",
        ]);
        const figures = page.getByRole("table", { name: "Both revisions over the step so far" });
        expect(await figures.getByRole("columnheader").allInnerTexts()).toEqual(["Metric", "v1-0-0 (stable)", "v1-1-0 (candidate)"]);
        expect(await figures.getByRole("rowheader").first().innerText()).toBe("Error rate at the gateway");
        expect(
            await page
                .getByRole("listitem")
                .filter({ hasText: /^10 %$/ })
                .getAttribute("aria-current"),
        ).toBe("step");
    });

    it.each(['<img src=x onerror="window.ran=1">', "</script><script>window.ran=1</script>", `"'><svg onload=window.ran=1>`])(
        "shows text from the cluster as text, at first and in an update, also where no policy would stop it: %s",
        async (text) => {
            const before = details;
            details = { ...details, records: [{ at: scope.at, kind: "note", identity: text, text }] };
            const { page, faults, strayRequests } = await opened({ bypassCSP: true });
            expect(await page.locator("#records-part").innerText()).toContain(text);
            shown = { kind: "unknown", why: `it said ${text}\u202e` };
            await untilText(page, "now", `it said ${text}[U+202E]`);
            expect(await page.evaluate("window.ran")).toBeUndefined();
            expect({ faults, strayRequests }).toEqual({ faults: [], strayRequests: [] });
            details = before;
        },
    );
});
