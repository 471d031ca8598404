import { Command } from "commander";
import { execa } from "execa";
import getPort from "get-port";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions } from "playwright-core";

import { labEnvironment, labLayout, readLabState } from "../lab/api.ts";
import { openBrowser } from "../lab/browser.ts";
import { ensureCommands } from "../lab/toolchain/system.ts";
import { type LiveView, liveViewSchema } from "../rollout/report/live-view.ts";
import { wordsOf } from "../rollout/words.ts";

/** The stack that the demo makes, and its two releases: the one that goes to 100 %, and the one that rolls itself back. */
const stack = "trial-demo";
const [good, bad] = ["v1-1-0", "v1-2-0"] as const;

const desktop = { viewport: { width: 1_280, height: 800 } } as const;
const phone = { viewport: { width: 375, height: 667 }, deviceScaleFactor: 2 } as const;

const { checkout } = labLayout();
const configFile = join(checkout, `Pulumi.${stack}.yaml`);

interface ScreenshotOptions {
    readonly out: string;
    readonly kept?: true;
}

const program = new Command("screenshots")
    .description(
        "Takes the pictures of docs/report.md: plays the demo in the lab, and looks at it in a headless Chromium. Takes ten minutes; the demo's stack is kept.",
    )
    .option("--out <folder>", "where the pictures go", join(checkout, "docs/report"))
    .option("--kept", "of a demo that was kept: only the report's pictures")
    .action(async ({ out, kept }: ScreenshotOptions) => {
        await ensureCommands(["pngquant"], console.error);
        await mkdir(out, { recursive: true });
        const browser = await openBrowser(console.error);
        try {
            const missed = kept === true ? [] : await playAndWatch(browser, out);
            await reportPicture(browser, good, join(out, "report-light.png"), { ...desktop, colorScheme: "light" });
            await reportPicture(browser, bad, join(out, "report-dark.png"), { ...desktop, colorScheme: "dark" });
            if (missed.length > 0) {
                throw new Error(`the demo never came to what ${missed.join(" and ")} should show`);
            }
        } finally {
            await browser.close();
        }
    });

/** Moments of the demo that the live page is pictured at, on a desktop and on a phone. */
const moments: readonly { readonly name: string; readonly isNow: (view: LiveView) => boolean; readonly colorScheme: "light" | "dark" }[] = [
    {
        name: "war-room-in-flight",
        isNow: ({ step, tone, soak }) =>
            step.startsWith(`${good} at 25 %`) && tone === "good" && soak !== undefined && soak.soakedSeconds > soak.soakSeconds / 3,
        colorScheme: "light",
    },
    { name: "war-room-rolled-back", isNow: ({ rollback }) => rollback?.candidate === bad, colorScheme: "dark" },
];

/** Plays the demo, and takes a picture of the live page at each of {@link moments}. Gives back the files of those that never came. */
async function playAndWatch(browser: Browser, out: string): Promise<readonly string[]> {
    await run("lab/index.ts", ["up"]);
    const demo = run("demo/index.ts", ["--keep"]);
    const over = new AbortController();
    const ended = demo.finally(() => {
        over.abort();
    });
    // The live page takes the stack's settings as they are when it is started: not before the demo has told where metrics are.
    await until(over.signal, () => existsSync(configFile) && readFileSync(configFile, "utf8").includes("prometheusUrl"));
    const port = await getPort();
    const url = `http://localhost:${String(port)}/`;
    const live = run("rollout/cli/index.ts", ["serve", "--stack", stack, "--port", String(port)]);
    for (const job of [ended, live]) {
        // Whether they failed is asked below: until then it is not unheard.
        void job.catch(() => undefined);
    }
    const left = [...moments];
    const look = async (): Promise<boolean> => {
        const view = liveViewSchema.safeParse(
            await fetch(`${url}view.json`)
                .then((answer) => answer.json())
                .catch(() => undefined),
        );
        const index = left.findIndex(({ isNow }) => view.success && isNow(view.data));
        const [moment] = index === -1 ? [] : left.splice(index, 1);
        if (moment !== undefined) {
            const { name, colorScheme } = moment;
            await picture(browser, url, join(out, `${name}.png`), { ...desktop, colorScheme }, "#charts-part");
            await picture(browser, url, join(out, `${name}-phone.png`), { ...phone, colorScheme });
        }
        return left.length === 0;
    };
    await until(over.signal, look);
    // The last moment is the demo's end.
    await look();
    live.kill("SIGINT");
    await Promise.all([ended, live]);
    return left.map(({ name }) => name);
}

async function until(over: AbortSignal, isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!over.aborted && !(await isSo())) {
        await sleep(1_000);
    }
}

/** A report from its top to the end of its curves. */
async function reportPicture(browser: Browser, revision: string, file: string, options: BrowserContextOptions): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "nova-report-"));
    try {
        await run("rollout/cli/index.ts", ["report", "--stack", stack, "--revision", revision, "--out", folder]);
        await picture(browser, pathToFileURL(join(folder, "report.html")).href, file, options, "#charts");
    } finally {
        await rm(folder, { recursive: true });
    }
}

/** Takes a picture of the first screen, or of all down to the end of an element. */
async function picture(browser: Browser, address: string, file: string, options: BrowserContextOptions, downTo?: string): Promise<void> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(address);
    const last = downTo === undefined ? null : await page.locator(downTo).boundingBox();
    const clip = last === null ? {} : { fullPage: true, clip: { x: 0, y: 0, width: last.x * 2 + last.width, height: last.y + last.height + 16 } };
    await page.screenshot({ path: file, ...clip });
    await context.close();
    await execa("pngquant", ["--force", "--skip-if-larger", "--quality", "70-95", "--strip", "--output", file, file]);
    console.log(file);
}

function run(program: string, args: readonly string[]) {
    return execa(process.execPath, [join(checkout, program), ...args], { cwd: checkout, env: labVariables(), stdio: ["ignore", "inherit", "inherit"] });
}

function labVariables(): Readonly<Record<string, string>> {
    const state = readLabState();
    return state === undefined ? {} : labEnvironment(labLayout(), state);
}

try {
    await program.parseAsync();
} catch (error) {
    console.error(wordsOf(error));
    process.exitCode = 1;
}
