import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { execa } from "execa";

import { ensureTools } from "../toolchain/ensure.ts";
import { cacheRoot, toolPath } from "../toolchain/paths.ts";
import { recipeKey, recipes } from "../toolchain/recipes.ts";
import { exists, store } from "../toolchain/store.ts";
import { run } from "../toolchain/workplace.ts";
import { keyOf } from "./layers.ts";
import { keepRecent } from "./recent.ts";

/** Starts containerd in namespaces of its own, gives it the archive, and ends it: its databases are whole only then. */
const script = `set -eu
mount -t tmpfs tmpfs /run
"$1" --config "$2" --root "$3" --state /run/containerd --address /run/containerd.sock &
containerd="$!"
attempt=0
until "$4" --address /run/containerd.sock version > /dev/null 2>&1; do
    kill -0 "$containerd"
    sleep 0.05
done
"$4" --address /run/containerd.sock --namespace k8s.io images import "$5"
kill -TERM "$containerd"
wait "$containerd"
`;

/**
 * Unpacks an archive of images as containerd has them, once for all nodes. Importing an archive reads, writes, hashes and unpacks all of it, at each node anew.
 *
 * @returns a folder in the cache in the form of containerd's root folder: {@link copyUnpacked} gives a node its own.
 */
export async function ensureUnpacked(archive: string, say: (line: string) => void): Promise<string> {
    const versions = (["containerd", "ctr"] as const).map((tool) => recipeKey(recipes[tool]));
    const folder = join(cacheRoot(), "images", `unpacked-${keyOf(basename(dirname(archive)), versions)}`);
    if (!(await exists(folder))) {
        await ensureTools(["containerd", "ctr"]);
    }
    await store(folder, say, async (place) => {
        say("unpacking the images");
        const configuration = join(place.scratch, "containerd.toml");
        await writeFile(
            configuration,
            "version = 3\ndisabled_plugins = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.images', 'io.containerd.cri.v1.runtime']\n",
        );
        const words = [toolPath("containerd"), configuration, place.output, toolPath("ctr"), archive];
        await run(place, "unshare", ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, "sh", ...words], {
            cwd: place.scratch,
            say: () => undefined,
        });
        // Each containerd makes a name of its own.
        await rm(join(place.output, "io.containerd.grpc.v1.introspection"), { recursive: true });
    });
    await keepRecent(folder);
    return folder;
}

/**
 * Gives a node a root folder for its containerd that has the images: files of images, which containerd never changes, are links to the cache's; its databases are copies.
 * The folder appears whole or not at all.
 *
 * @param root must not be there. On another file system all is copied.
 */
export async function copyUnpacked(unpacked: string, root: string): Promise<void> {
    const unfinished = `${root}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    const linked = await execa("cp", ["--archive", "--link", unpacked, unfinished], { reject: false, stdin: "ignore" });
    if (linked.failed) {
        await rm(unfinished, { recursive: true, force: true });
        await execa("cp", ["--archive", "--reflink=auto", unpacked, unfinished], { stdin: "ignore" });
    }
    // Down to the databases: the folders below hold files of images.
    const databases = (await Promise.all((await readdir(unpacked)).map(async (plugin) => inPlugin(unpacked, plugin)))).flat();
    for (const path of databases) {
        await rm(join(unfinished, path));
        await execa("cp", ["--archive", join(unpacked, path), join(unfinished, path)], { stdin: "ignore" });
    }
    await rename(unfinished, root);
}

/** Databases of one of containerd's plugins. */
async function inPlugin(unpacked: string, plugin: string): Promise<readonly string[]> {
    const entries = await readdir(join(unpacked, plugin), { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(plugin, entry.name));
}
