import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { getuid } from "node:process";

import { execa } from "execa";

/** Commands the lab may need from the machine, and the Debian packages that bring them. */
const debianPackages = {
    // Go reads the certificates of the system, which a bare Debian lacks.
    go: "golang-go ca-certificates",
    java: "default-jdk-headless",
    mvn: "maven",
    python3: "python3",
    pip3: "python3-pip",
    ip: "iproute2",
    "redis-server": "redis-server",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
    "prometheus-postgres-exporter": "prometheus-postgres-exporter",
    runc: "runc",
    // One of the programs that give pods their network.
    "host-local": "containernetworking-plugins",
    nft: "nftables",
    iptables: "iptables",
    conntrack: "conntrack",
    ipset: "ipset",
    unzip: "unzip",
    curl: "curl",
    git: "git",
    flock: "util-linux",
    // Without a font a browser shows boxes.
    chromium: "chromium fonts-dejavu-core",
    pngquant: "pngquant",
} as const;

/** A command that {@link ensureCommands} knows how to install. */
export type SystemCommand = keyof typeof debianPackages;

/** Where Debian puts programs that are for root or for other programs, and that are not always on PATH. */
const furtherFolders = "/usr/sbin:/sbin:/usr/lib/cni";

/** The executable that `command` means on PATH, or undefined. `path` is for tests; default: the environment's, and Debian's folders for programs that people do not call. */
export async function findCommand(command: string, path = `${process.env.PATH ?? ""}:${furtherFolders}`): Promise<string | undefined> {
    for (const folder of path.split(delimiter).filter((entry) => entry !== "")) {
        const candidate = join(folder, command);
        const executable = await access(candidate, constants.X_OK).then(
            () => true,
            () => false,
        );
        if (executable) {
            return candidate;
        }
    }
    return undefined;
}

/** The one command that installs what is missing. */
export function installCommand(missing: readonly SystemCommand[]): string {
    return `apt-get update && apt-get install -y --no-install-recommends ${[...new Set(missing.map((command) => debianPackages[command]))].sort().join(" ")}`;
}

/**
 * Makes sure that commands are there: as root on Debian it installs their packages, in one go.
 *
 * @throws {Error} naming what is missing and the command that installs it, where this process cannot do so itself.
 */
export async function ensureCommands(commands: readonly SystemCommand[], say: (line: string) => void): Promise<void> {
    const missing = await missingCommands(commands);
    if (missing.length === 0) {
        return;
    }
    const isRoot = getuid?.() === 0;
    if (!isRoot || (await findCommand("apt-get")) === undefined) {
        throw new Error(
            `${missing.join(", ")} missing on this machine. Install with:\n    ${isRoot ? "" : "sudo sh -c '"}${installCommand(missing)}${isRoot ? "" : "'"}`,
        );
    }
    const title = `installing ${missing.join(", ")} with apt-get`;
    const startMs = Date.now();
    say(title);
    const ticker = setInterval(() => {
        say(`${title}: ${((Date.now() - startMs) / 1_000).toFixed(0)} s`);
    }, 10_000);
    const result = await execa("sh", ["-c", installCommand(missing)], {
        env: { DEBIAN_FRONTEND: "noninteractive" },
        all: true,
        reject: false,
        stdin: "ignore",
    });
    clearInterval(ticker);
    const still = await missingCommands(commands);
    if (result.failed || still.length > 0) {
        throw new Error(`could not install ${still.join(", ")}:\n${result.all.split("\n").slice(-12).join("\n")}\nTry it by hand: ${installCommand(missing)}`);
    }
}

/** Those of `commands` that are not on PATH. */
async function missingCommands(commands: readonly SystemCommand[]): Promise<readonly SystemCommand[]> {
    const found = await Promise.all(commands.map(async (command) => findCommand(command)));
    return commands.filter((_, index) => found[index] === undefined);
}
