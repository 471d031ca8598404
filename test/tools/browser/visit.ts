import axe, { type AxeResults } from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Sizes that pages are read at, in CSS pixels. */
export const sizes = { phone: { width: 375, height: 667 }, desktop: { width: 1_280, height: 800 } } as const;

/** A page that somebody looks at. */
export interface Visit {
    readonly page: Page;
    /** What the browser complained of: errors of scripts, and errors and warnings of the console. */
    readonly faults: readonly string[];
    /** Addresses that the page asked for and that are not its own. None of them was let through. */
    readonly strayRequests: readonly string[];
}

/**
 * Opens a page in a browser profile of its own, with the network blocked.
 *
 * @param address the only address that is let through, with all below it.
 */
export async function visit(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: sizes.desktop, reducedMotion: "reduce", ...options });
    const [faults, strayRequests] = [[] as string[], [] as string[]];
    await context.route("**/*", async (route) => {
        const url = route.request().url();
        if (url.startsWith(address)) {
            await route.continue();
        } else {
            strayRequests.push(url);
            await route.abort();
        }
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) {
            faults.push(message.text());
        }
    });
    page.on("dialog", (dialog) => {
        faults.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    // A clock that a test can move on: it goes by itself too.
    await page.clock.install();
    await page.goto(address);
    return { page, faults, strayRequests };
}

/** Lets as much time go by in the page as it waits from one look to the next. */
export async function untilNextLook(page: Page): Promise<void> {
    await page.clock.fastForward(2_000);
}

/**
 * What axe finds wrong that keeps people out: serious and critical violations, contrast among them. The drawings themselves are defaults to to a reader each
 * is one picture with one label, and their text has the page's own colour.
 */
export async function violations(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe.source);
    const found = await page.evaluate<AxeResults>('axe.run({ exclude: ["figure svg"] }, { resultTypes: ["violations"] })');
    return found.violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/** How far the page is wider than the window, in CSS pixels: above 0, it scrolls sideways. */
export async function overflow(page: Page): Promise<number> {
    return page.evaluate<number>("document.scrollingElement.scrollWidth - window.innerWidth");
}

/** Of these elements, those that are not wholly in the first screen. */
export async function belowTheFold(page: Page, selectors: readonly string[]): Promise<readonly string[]> {
    const size = page.viewportSize() ?? { width: 0, height: 0 };
    const boxes = await Promise.all(selectors.map(async (selector) => ({ selector, box: await page.locator(selector).boundingBox() })));
    return boxes
        .filter(({ box }) => box === null || box.x < 0 || box.y < 0 || box.x + box.width > size.width || box.y + box.height > size.height)
        .map(({ selector, box }) => `${selector} ${JSON.stringify(box)}`);
}

/** What somebody meets who goes through the page with the Tab key. */
export interface Stop {
    readonly name: string;
    /** Whether it can be seen that the focus is there. */
    readonly marked: boolean;
}

/** Goes through the whole page with the Tab key, from its top. */
export async function tabThrough(page: Page): Promise<readonly Stop[]> {
    const stops: Stop[] = [];
    await page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')");
    for (;;) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate<Stop | null>(`(() => {
            const element = document.activeElement;
            if (element === null || element === document.body || element.hasAttribute("data-visited")) return null;
            element.setAttribute("data-visited", "");
            const { outlineStyle, outlineWidth } = getComputedStyle(element);
            return { name: (${nameOf})(element), marked: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
        })()`);
        if (stop === null) {
            return stops;
        }
        stops.push(stop);
    }
}

/** Names of all that somebody can act on, as the page stands. */
export async function interactive(page: Page): Promise<readonly string[]> {
    return page.evaluate<string[]>(`[...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
        .filter((element) => element.checkVisibility()).map(${nameOf})`);
}

const nameOf = "(element) => element.tagName.toLowerCase() + ' ' + (element.getAttribute('aria-label') ?? (element.textContent || element.id))";
