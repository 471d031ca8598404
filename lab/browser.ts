import { type Browser, chromium } from "playwright-core";

import { type SystemCommand, ensureCommands, findCommand } from "./toolchain/system.ts";

/** Commands that start a browser which will do. The first is the one that is installed where there is none. */
const commands = ["chromium", "chromium-browser", "google-chrome"] as const;
const wanted: SystemCommand = commands[0];

/**
 * Starts a headless Chromium of this machine: Debian's `chromium`, or Chrome where that is there. As root on Debian, one that is missing is installed.
 *
 * @param say told what is being installed.
 * @throws {Error} naming the command that installs it, where this process can't.
 */
export async function openBrowser(say: (line: string) => void = () => undefined): Promise<Browser> {
    const found = (await Promise.all(commands.map(async (command) => findCommand(command)))).find((path) => path !== undefined);
    if (found === undefined) {
        await ensureCommands([wanted], say);
    }
    const executablePath = found ?? (await findCommand(wanted));
    if (executablePath === undefined) {
        throw new Error(`no ${wanted} on PATH, although it was just installed`);
    }
    // The sandbox of Chromium needs another user than root. It shows this project's own pages alone, with the network blocked.
    return chromium.launch({ executablePath, chromiumSandbox: false, args: ["--disable-gpu", "--font-render-hinting=none"] });
}
