/** The commit that `folder` is at. Undefined where there is no git, or no repository. */
export async function commitOf(folder: string): Promise<string | undefined> {
    // Loaded when it is asked: a watchdog has no repository, and starts without it.
    const { execa } = await import("execa");
    const { stdout, exitCode } = await execa("git", ["rev-parse", "HEAD"], { cwd: folder, reject: false, timeout: 5_000 });
    return exitCode === 0 && /^[0-9a-f]{40,64}$/.test(stdout) ? stdout : undefined;
}
