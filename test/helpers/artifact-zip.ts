import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

/** An archive as GitHub hands an artifact out: of files, by their names. Git writes it. */
export async function artifactZip(files: Readonly<Record<string, string>>): Promise<Buffer> {
    const folder = mkdtempSync(join(tmpdir(), "artifact-"));
    const git = async (...args: readonly string[]) => execa("git", ["-c", "user.name=ci", "-c", "user.email=ci@example.com", ...args], { cwd: folder });
    try {
        Object.entries(files).forEach(([name, text]) => {
            writeFileSync(join(folder, name), text);
        });
        await git("init", "--quiet");
        await git("add", ".");
        await git("commit", "--quiet", "--message", "Add the reports");
        await git("archive", "--format=zip", "--output", "archive.zip", "HEAD");
        return readFileSync(join(folder, "archive.zip"));
    } finally {
        rmSync(folder, { recursive: true });
    }
}
