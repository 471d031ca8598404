import { mkdir, mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { keepRecent } from "../../../lab/images/recent.ts";

let cache: string;

beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "recent-"));
    vi.stubEnv("NOVA_CACHE", cache);
    await mkdir(join(cache, "building"));
    for (const [index, name] of ["archive-d", "archive-c", "archive-b", "archive-a", "unpacked-a", "layer-a"].entries()) {
        await mkdir(join(cache, "images", name), { recursive: true });
        await utimes(join(cache, "images", name), 1_000 + index, 1_000 + index);
    }
});
afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(cache, { recursive: true, force: true });
});

it("keeps the three of a kind that were used last, the one at hand among them, and all of other kinds", async () => {
    await keepRecent(join(cache, "images", "archive-d"));
    expect((await readdir(join(cache, "images"))).toSorted()).toEqual(["archive-a", "archive-b", "archive-d", "layer-a", "unpacked-a"]);
    expect(await readdir(join(cache, "building"))).toEqual([]);
});
