import getPort from "get-port";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type LiveServer, type LiveSource, startLiveServer } from "../../../rollout/cli/live-server.ts";
import { openBrowser } from "../../../lab/browser.ts";
import { type LiveReading, liveView } from "../../../rollout/report/live.ts";
import type { LiveDetails } from "../../../rollout/report/live-page.ts";
import { largeCharts } from "../../../rollout/report/charts.ts";
import { chartFigures } from "../../../rollout/report/page.ts";
import { everyCriterionAt, criteriaAt } from "../../../rollout/gate/criteria.ts";
import { judge } from "../../../rollout/gate/judge.ts";
import type { Evidence, RevisionEvidence } from "../../../rollout/gate/evidence.ts";
import type { Weight } from "../../../rollout/plan/plan.ts";
import type { Decision } from "../../../rollout/watch/decide.ts";
import { type Story, evidenceOf, failedRelease, goodRelease, revision } from "../../rollout/report/fixture.ts";
import { rolledBackBy } from "../../rollout/report/rollbacks.ts";
import { reportOf } from "../../rollout/report/reports.ts";
import { type Visit, belowTheFold, interactive, overflow, sizes, tabThrough, untilNextLook, violations, visit } from "./visit.ts";
import { profile } from "../../../service/profile.ts";

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
        seen: { evidence, gate: judge(withoutProbesAt(weightPercent), evidence), atOnce: judge(criteriaAt(profile, weightPercent).atOnce, evidence) },
    };
}

/** What the page's own look judges: a probe leaves something behind. */
function withoutProbesAt(weightPercent: Weight) {
    return everyCriterionAt(profile, weightPercent).filter(({ measure }) => measure.kind !== "probe");
}

const holding = reading({ weightPercent: 25, errorRatio: 0.03, decision: { kind: "holding", reason: "errors", secondsLeft: 300 } });

let browser: Browser;
let port: number;
let server: LiveServer;
let details: LiveDetails;
let shown: LiveReading;

const source: LiveSource = {
    view: () => Promise.resolve(liveView(profile, shown, { ...scope, at: new Date().toISOString() })),
    details: () => Promise.resolve(details),
};

beforeAll(async () => {
    const records = failedRelease().records.map(({ at, kind, actor, text }) => ({ at, kind, identity: actor.identity, text }));
    details = { at: scope.at, charts: await chartFigures(largeCharts(reportOf(failedRelease()))), records: records.toReversed() };
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

/** A service without a candidate's users, and what its ledger says of the newest rollout. */
function nothing(story: Story | undefined, rolledBack: boolean): LiveReading {
    const why = rolledBack ? "v1-1-0 was rolled back" : "v1-0-0 has all traffic, and there is no candidate";
    return { kind: "nothing", why, rolledBack, last: { kind: "observed", value: story === undefined ? undefined : reportOf(story) } };
}

const fresh = reading();
const stale: LiveReading =
    fresh.kind === "under-way" && fresh.seen !== undefined
        ? { ...fresh, seen: { ...fresh.seen, gate: judge(withoutProbesAt(10), withOldScrapes(fresh.seen.evidence)) } }
        : fresh;

/** Evidence whose newest sample is ten minutes old. */
function withOldScrapes(evidence: Evidence): Evidence {
    const aged = <T extends RevisionEvidence>(one: T): T => ({
        ...one,
        scrapes: { kind: "observed", value: { newestAgeSeconds: 600, fewestDistinct: 40, pods: 1 } },
    });
    return { ...evidence, stable: aged(evidence.stable), ...(evidence.candidate === undefined ? {} : { candidate: aged(evidence.candidate) }) };
}

const scenes = [
    { what: "a soak that goes well", now: fresh, decides: "#counts" },
    { what: "a gate that holds, for many reasons", now: holding, decides: "#why" },
    {
        what: "a breach that rolls it back",
        now: reading({ weightPercent: 50, errorRatio: 0.3, decision: { kind: "roll-back", reason: "errors 30 %" } }),
        decides: "#why",
    },
    { what: "a candidate with a long name", now: reading({ candidate: "release-2025-10-26-recommendations-7f3c2a91" }), decides: "#step" },
    { what: "a candidate that the quick alarm rolled back", now: nothing(rolledBackBy("alarm"), true), decides: "#why" },
    { what: "a candidate that a criterion rolled back", now: nothing(rolledBackBy("criterion"), true), decides: "#why" },
    { what: "a candidate that a time limit rolled back", now: nothing(rolledBackBy("limit"), true), decides: "#step" },
    { what: "a candidate that a person rolled back", now: nothing(rolledBackBy("person"), true), decides: "#why" },
    {
        what: "a rollback that the ledger can't tell of",
        now: { kind: "nothing", why: "errors 12 %", rolledBack: true, last: { kind: "missing", reason: "forbidden" } },
        decides: "#why",
    },
    { what: "a rollout that is finished", now: nothing(goodRelease(), false), decides: "#health" },
    { what: "nothing begun", now: nothing(undefined, false), decides: "#why" },
    { what: "samples that are old", now: stale, decides: "#health" },
    { what: "a cluster that does not answer", now: { kind: "unknown", why: "connect ECONNREFUSED 127.0.0.1:6443" }, decides: "#why" },
] as const satisfies readonly { readonly what: string; readonly now: LiveReading; readonly decides: string }[];

describe.each(scenes)("the live page, with $what", ({ now, decides }) => {
    it.each([
        { colorScheme: "light", size: "phone" },
        { colorScheme: "dark", size: "desktop" },
    ] as const)("says step, health and what decides before anybody scrolls, and is accessible: $colorScheme, $size", async ({ colorScheme, size }) => {
        shown = now;
        const { page, faults, strayRequests } = await opened({ colorScheme, viewport: sizes[size] });
        expect(await belowTheFold(page, ["#pause", "#step", "#health", ...(decides === "#counts" && size === "phone" ? [] : [decides])])).toEqual([]);
        expect(await overflow(page)).toBe(0);
        expect(await violations(page)).toEqual([]);
        expect({ faults, strayRequests }).toEqual({ faults: [], strayRequests: [] });
    });
});

describe("the live page after a rollback", () => {
    it.each([
        {
            by: "alarm",
            why: "16 of the last 37 requests failed: more than 5 %",
            decided: "error-ratio-at-once",
            failed: "16 of 37 requests failed, by the quick alarm's count",
        },
        {
            by: "criterion",
            why: "error-ratio-at-once: errors 12 %",
            decided: "uptime-at-once, error-ratio-at-once",
            failed: "216 of 1,800 requests failed, as users got them, in 60 s",
        },
        { by: "limit", why: "longer than the plan allows", decided: "quarter-error-ratio", failed: "requests failed, as users got them" },
        { by: "person", why: "users report wrong videos", decided: "A person called for it: ci:release", failed: "requests failed, as users got them" },
    ] as const)(
        "keeps the evidence that decided, and says how long it took, how long ago it was and who was told: $by",
        async ({ by, why, decided, failed }) => {
            shown = nothing(rolledBackBy(by), true);
            const { page } = await opened();
            expect(await page.locator("#step").innerText()).toBe("v1-1-0 rolled back from 25 % (quarter)");
            expect(await page.locator("#why").innerText()).toContain(why);
            expect(await page.locator("#caller").innerText()).toContain(decided);
            expect(await page.locator("#failed").innerText()).toContain(failed);
            expect(await page.locator("#took").innerText()).toContain("0.03 s from the decision to weight 0");
            expect(await page.locator("#ago").innerText()).toMatch(/ ago, at /);
            expect(await page.locator("#heard").innerText()).toMatch(/slack: rollback, .*not delivered email: rollback, connection refused/s);
            expect(await page.getByRole("listitem").filter({ hasText: "rolled back here" }).innerText()).toContain("25 %");
            const deciding = page.locator("#criteria li").filter({ hasText: "decided it" });
            expect(await deciding.count()).toBe({ alarm: 1, criterion: 2, limit: 1, person: 0 }[by]);
            expect(await page.locator("#criteria li").count()).toBeGreaterThan(4);
            expect(await page.locator("#all-criteria summary").innerText()).not.toContain(" 0");
            expect(await page.locator("#figures-part").innerText()).toContain("v1-1-0 (candidate)");
        },
    );
});

describe("the live page of a step", () => {
    it("has every criterion on the first screen of a desktop, with its state in a word, its value, its bound and the evidence that is missing", async () => {
        shown = holding;
        const { page } = await opened({ viewport: sizes.desktop });
        const cells = page.locator("#criteria li");
        const texts = await cells.allInnerTexts();
        expect(texts.length).toBeGreaterThan(15);
        expect(await belowTheFold(page, ["#criteria"])).toEqual([]);
        const order = ["fail", "hold", "open", "pass"];
        const places: number[] = [];
        for (const cell of await cells.all()) {
            places.push(order.indexOf((await cell.getAttribute("data-state")) ?? ""));
        }
        expect(places).toEqual(places.toSorted((left, right) => left - right));
        expect(await page.locator("#criterion-quarter-error-ratio").innerText()).toMatch(/holds.*errors below 0\.1 %.*3 %, bound < 0\.1 %/s);
    });

    it("says how many more requests a criterion lacks", async () => {
        const early = evidenceOf(scope.at, 30, 10, {}, { stable: "v1-0-0", candidate: "v1-1-0" });
        if (fresh.kind === "under-way") {
            shown = { ...fresh, seen: { evidence: early, gate: judge(withoutProbesAt(10), early), atOnce: judge(criteriaAt(profile, 10).atOnce, early) } };
        }
        const { page } = await opened();
        expect(await page.locator("#criterion-canary-error-ratio").innerText()).toMatch(/open.*missing: [\d,]+ more requests/s);
    });

    it("has the pods of both revisions, and the approvals that are missing", async () => {
        const { page } = await opened();
        expect(await page.locator("#pods").innerText()).toMatch(/v1-0-0 \(stable\): 6 of 6 ready\s+v1-1-0 \(candidate\): 1 of 1 ready/);
        expect(await page.locator("#approvals").innerText()).toBe("missing: tech-lead, operations-lead");
    });

    it("has two charts, of errors and latency, as wide as the page lets them be, with their steps and bounds in words", async () => {
        const { page } = await opened({ viewport: sizes.desktop });
        const figures = page.locator("#charts-part figure");
        expect(await figures.getByRole("heading").allInnerTexts()).toEqual(["Error rate at the gateway", "p95 latency at the gateway"]);
        for (const box of await Promise.all((await figures.locator("svg").all()).map((one) => one.boundingBox()))) {
            expect(box?.width).toBeGreaterThan(500);
            expect(box?.height).toBeGreaterThan(200);
        }
        const words = await figures.first().locator("svg text").allTextContents();
        expect(words).toEqual(expect.arrayContaining(["10 %", "25 %", "5 % rolls it back", "1 % holds", "0.1 % to go on"]));
    });

    it("shows times in the zone of the reader, in text and under the charts, also after an update", async () => {
        const { page } = await opened({ timezoneId: "Asia/Kolkata", locale: "en-GB" });
        const zoned = async () => page.locator("#records-part time").first().innerText();
        // 07:22 in UTC.
        expect(await zoned()).toMatch(/12:52:04/);
        expect(await page.locator("#charts-part svg text").allTextContents()).toContain("local time");
        shown = holding;
        await untilText(page, "step", "25 %");
        expect(await page.locator("#now time").innerText()).toMatch(/GMT\+5:30|IST/);
    });

    it("is never green on samples that are old", async () => {
        shown = stale;
        const { page } = await opened();
        expect(await page.locator("#health").innerText()).toMatch(/^Not known: \d+ criteria can't be seen$/);
        expect(await page.locator("#told").getAttribute("class")).toBe("headline wait");
    });

    it("says what was known last, and how long ago, when the cluster does not answer", async () => {
        shown = {
            kind: "unknown",
            why: "connect ECONNREFUSED",
            lastKnown: { at: new Date(Date.now() - 90_000).toISOString(), step: "v1-1-0 at 10 % (canary)", health: "Healthy" },
        };
        const { page } = await opened();
        expect(await page.locator("#why").innerText()).toMatch(/Last known (89|9\d) s ago: v1-1-0 at 10 % \(canary\): Healthy/);
        expect(await page.locator("#told").getAttribute("class")).toBe("headline bad");
    });

    it("says that it is old where its server gives what it read long ago", async () => {
        const { page } = await opened();
        await page.context().route("**/view", async (route) => {
            const answer = await route.fetch();
            await route.fulfill({ response: answer, headers: { ...answer.headers(), age: "40" } });
        });
        await untilNextLook(page);
        await page
            .getByRole("alert")
            .filter({ hasText: /^Old: what you see is 4\d s old/ })
            .waitFor({ timeout: 10_000 });
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
        await untilText(page, "criteria-part", "quarter-error-ratio");
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
        await alert.filter({ hasText: /^No answer: what you see is \d+ s old, of / }).waitFor({ timeout: 10_000 });
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
        await page
            .getByRole("alert")
            .filter({ hasText: /what you see is \d+ s old, of .* \(status 500\)/ })
            .waitFor({ timeout: 10_000 });
    });

    it("is old while it is paused, and says so", async () => {
        const { page } = await opened();
        // With the keyboard alone: it is the first thing after the way past the head.
        await page.keyboard.press("Tab");
        await page.keyboard.press("Tab");
        await page.keyboard.press("Space");
        expect(await page.getByLabel("Pause updates").isChecked()).toBe(true);
        await untilNextLook(page);
        await page
            .getByRole("alert")
            .filter({ hasText: /^Paused: what you see is \d+ s old/ })
            .waitFor({ timeout: 10_000 });
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
        for (const landmark of ["banner", "main"] as const) {
            expect(await page.getByRole(landmark).count()).toBe(1);
        }
        expect(await page.getByRole("heading").allInnerTexts()).toEqual([
            "Rollout of video-ranking in nova-prod",
            "Criteria",
            "Curves",
            "Error rate at the gateway",
            "p95 latency at the gateway",
            "Metrics of the step so far",
            "Newest records",
        ]);
        const figures = page.getByRole("table", { name: "Both revisions over the step" });
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
