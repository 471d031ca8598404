import { chmod, copyFile, rm } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import { wordsOf } from "../../rollout/words.ts";
import releases from "./official.json" with { type: "json" };
import { download, type DownloadLimits } from "./download.ts";
import { cacheRoot } from "./paths.ts";
import type { GoRecipe } from "./recipes.ts";
import { checkVersion, run, type Workplace } from "./workplace.ts";

const releaseSchema = z.strictObject({
    /** Version of the tool that this is: a recipe of another one does without. */
    version: z.string(),
    url: z.url(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** The program in a .tar.gz. @default the file is the program */
    member: z.string().optional(),
});

/** A program as its project publishes it, for Linux on x86-64. */
export type OfficialRelease = z.infer<typeof releaseSchema>;

/** The releases whose checksums are known: official.json. All other tools are made from source. */
export const officialReleases: ReadonlyMap<string, OfficialRelease> = new Map(Object.entries(z.record(z.string(), releaseSchema).parse(releases)));

/** Servers that did not give what they were asked for: each is tried once. */
const outOfReach = new Set<string>();

/**
 * Takes the program that its project publishes as the workplace's output, under `name`.
 *
 * @returns false where there is none for this machine or version, its server is out of reach, or what it sent is something else: then it has to be built.
 */
export async function takeOfficial(
    name: string,
    recipe: Pick<GoRecipe, "version" | "check">,
    place: Workplace,
    { release = officialReleases.get(name), ...limits }: DownloadLimits & { readonly release?: OfficialRelease | undefined } = {},
): Promise<boolean> {
    if (release?.version !== recipe.version || arch() !== "x64") {
        return false;
    }
    const { host } = new URL(release.url);
    if (outOfReach.has(host)) {
        return false;
    }
    const file = join(cacheRoot(), "downloads", release.sha256);
    const program = join(place.output, name);
    try {
        await download(release, file, place.say, limits);
        if (release.member === undefined) {
            await copyFile(file, program);
        } else {
            await run(place, "tar", ["--extract", "--gzip", "--file", file, "--directory", place.scratch, release.member], { cwd: place.scratch });
            await copyFile(join(place.scratch, release.member), program);
        }
        await chmod(program, 0o755);
        await checkVersion(program, recipe);
        await rm(file);
        return true;
    } catch (error) {
        outOfReach.add(host);
        await rm(program, { force: true });
        place.say(`built from source, since ${wordsOf(error)}`);
        return false;
    }
}
