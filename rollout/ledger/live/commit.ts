/** The commit that `folder` is at. Undefined where there is no git, or no repository. */
export async function commitOf(folder: string): Promise<string | undefined> {
    const { stdout, exitCode } = await git(folder, ["rev-parse", "HEAD"]);
    return exitCode === 0 && /^[0-9a-f]{40,64}$/.test(stdout) ? stdout : undefined;
}

/** The commit that `folder` is at, and whether a file that git knows differs from it, which is true where git can't say. */
export async function checkoutOf(folder: string): Promise<{ readonly commit: string | undefined; readonly edited: boolean }> {
    const [commit, status] = [await commitOf(folder), await git(folder, ["status", "--porcelain", "--untracked-files=no"])];
    return { commit, edited: status.exitCode !== 0 || status.stdout !== "" };
}

async function git(folder: string, args: readonly string[]): Promise<{ readonly stdout: string; readonly exitCode?: number }> {
    // Loaded when it is asked: a watchdog has no repository, and starts without it.
    const { execa } = await import("execa");
    const { stdout, exitCode } = await execa("git", [...args], { cwd: folder, reject: false, timeout: 5_000 });
    return { stdout, ...(exitCode === undefined ? {} : { exitCode }) };
}
