import { readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { cacheRoot } from "../toolchain/paths.ts";

/** How many of a kind stay in the cache: each is as large as all images together, and each change of the service's source makes another. */
const kept = 3;

/** Marks a folder of the cache as used now, and removes those of its kind (what its name says before the first dash) that were not used for longest. */
export async function keepRecent(folder: string): Promise<void> {
    const now = new Date();
    await utimes(folder, now, now);
    const [cache, kind] = [dirname(folder), basename(folder).split("-")[0] ?? ""];
    const paths = (await readdir(cache)).filter((name) => name.startsWith(`${kind}-`)).map((name) => join(cache, name));
    // One that another process removes meanwhile is the oldest.
    const ages = await Promise.all(
        paths.map(async (path) => ({
            path,
            usedMs: await stat(path).then(
                ({ mtimeMs }) => mtimeMs,
                () => 0,
            ),
        })),
    );
    const old = ages
        .filter(({ path }) => path !== folder)
        .toSorted((one, other) => other.usedMs - one.usedMs)
        .slice(kept - 1);
    for (const { path } of old) {
        // Under its own name a folder is whole.
        const leaving = join(cacheRoot(), "building", `${basename(path)}.removed`);
        await rename(path, leaving).catch(() => undefined);
        await rm(leaving, { recursive: true, force: true });
    }
}
