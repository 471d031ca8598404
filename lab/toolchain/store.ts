import { access, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { lockFile } from "./lock.ts";
import { cacheRoot } from "./paths.ts";
import type { Workplace } from "./workplace.ts";

/** Whether there is something at `path`. */
export async function exists(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    );
}

/**
 * Makes a folder of the cache, once and whole: it is made under a temporary name and renamed when it is finished, so that what is at
 * `folder` is always complete. A lock lets one process at a time make it; the others wait and take what it made. What a killed
 * process left behind is removed.
 *
 * @param folder its final path; it lies in {@link cacheRoot}, so that the rename stays within one file system.
 * @param say progress for people, waiting included.
 * @returns whether it was made by this call.
 */
export async function store(folder: string, say: (line: string) => void, make: (place: Workplace) => Promise<void>): Promise<boolean> {
    if (await exists(folder)) {
        return false;
    }
    const name = basename(folder);
    const [building, locks, logs] = [join(cacheRoot(), "building"), join(cacheRoot(), "locks"), join(cacheRoot(), "logs")];
    await Promise.all([building, locks, logs, dirname(folder)].map((path) => mkdir(path, { recursive: true })));

    const release = await lockFile(join(locks, name), () => {
        say("another process is at it: waiting for it");
    });
    try {
        if (await exists(folder)) {
            return false;
        }
        await removeLeftovers(building, name);
        const scratch = await mkdtemp(join(building, `${name}.`));
        const place = { output: join(scratch, "output"), scratch: join(scratch, "scratch"), log: join(logs, `${name}.log`), say };
        try {
            await Promise.all([rm(place.log, { force: true }), mkdir(place.output), mkdir(place.scratch)]);
            await make(place);
            await rename(place.output, folder);
        } finally {
            await rm(scratch, { recursive: true, force: true });
        }
        return true;
    } finally {
        release();
    }
}

/** Removes what earlier, killed attempts left under temporary names. Only for the holder of the lock. */
async function removeLeftovers(building: string, name: string): Promise<void> {
    const leftovers = (await readdir(building)).filter((entry) => entry.startsWith(`${name}.`));
    await Promise.all(leftovers.map((entry) => rm(join(building, entry), { recursive: true, force: true })));
}
