import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { contextFiles } from "../../../lab/images/context.ts";

let folder: string;

beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "context-"));
    await mkdir(join(folder, "source/deep"), { recursive: true });
    for (const file of ["main.ts", "other.ts", "main.txt", "source/a.js", "source/deep/b.js", "source/deep/.hidden"]) {
        await writeFile(join(folder, file), file);
    }
});
afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
});

async function targets(sources: readonly string[], to: string): Promise<readonly string[]> {
    return (await contextFiles(folder, sources, to)).map((file) => file.to);
}

describe("what COPY takes", () => {
    it.each([
        { sources: ["main.ts"], to: "/app/", expected: ["/app/main.ts"] },
        { sources: ["main.ts"], to: "/app/start.ts", expected: ["/app/start.ts"] },
        { sources: ["main.ts", "./other.ts"], to: "/app/", expected: ["/app/main.ts", "/app/other.ts"] },
        { sources: ["*.ts"], to: "/app/", expected: ["/app/main.ts", "/app/other.ts"] },
        { sources: ["source"], to: "/app/source", expected: ["/app/source/a.js", "/app/source/deep/.hidden", "/app/source/deep/b.js"] },
        { sources: ["source/"], to: "/app/", expected: ["/app/a.js", "/app/deep/.hidden", "/app/deep/b.js"] },
        { sources: ["*/deep"], to: "/d", expected: ["/d/.hidden", "/d/b.js"] },
    ])("$sources to $to", async ({ sources, to, expected }) => {
        expect(await targets(sources, to)).toEqual(expected);
    });

    it("is what .dockerignore lets through", async () => {
        await writeFile(join(folder, ".dockerignore"), "# Only the source.\n*\n!source\nsource/deep/.*\n");
        expect(await targets(["."], "/app")).toEqual(["/app/source/a.js", "/app/source/deep/b.js"]);
        await expect(targets(["main.ts"], "/app/")).rejects.toThrow("its .dockerignore hides it");
    });

    it.each([
        { sources: ["nothing"], says: "there is no nothing in" },
        { sources: ["*.md"], says: "there is no *.md in" },
        { sources: ["../secret"], says: "leaves the build's folder" },
    ])("is never nothing: $sources", async ({ sources, says }) => {
        await expect(targets(sources, "/app/")).rejects.toThrow(says);
    });

    it("is no link: where it leads is not what is copied", async () => {
        await symlink("/etc/passwd", join(folder, "source/link"));
        await expect(targets(["source"], "/app")).rejects.toThrow("copies no links");
    });

    it("is another with other contents or another mode", async () => {
        const before = await contextFiles(folder, ["main.ts"], "/a");
        await writeFile(join(folder, "main.ts"), "changed");
        const changed = await contextFiles(folder, ["main.ts"], "/a");
        await chmod(join(folder, "main.ts"), 0o700);
        const moded = await contextFiles(folder, ["main.ts"], "/a");
        expect(new Set([before, changed, moded].map((files) => JSON.stringify(files))).size).toBe(3);
    });
});
