import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { unpackDebianPackages } from "../../lab/toolchain/debian.ts";
import type { DebianRecipe } from "../../lab/toolchain/recipes.ts";

const recipe: DebianRecipe = {
    kind: "debian",
    version: "15",
    packages: ["server-15", "libserver"],
    programs: "usr/lib/server/15/bin",
    without: ["usr/share/doc"],
    check: { program: "server", arguments: ["--version"] },
};

let folder = "";
const inside = (name: string): string => join(folder, name);

async function command(name: string, script: string): Promise<void> {
    await writeFile(inside(`commands/${name}`), `#!/bin/sh\n${script}\n`);
    await chmod(inside(`commands/${name}`), 0o755);
}

async function unpack(): Promise<void> {
    await Promise.all(["output", "scratch"].map(async (name) => mkdir(inside(name))));
    await unpackDebianPackages(recipe, { output: inside("output"), scratch: inside("scratch"), log: inside("log"), say: () => undefined });
}

/** A package with a program that says its version, and which libraries it was given. */
async function packagesOf(version: string): Promise<void> {
    await command(
        "dpkg-deb",
        `mkdir -p "$3/usr/lib/x86_64-linux-gnu" "$3/lib/x86_64-linux-gnu" "$3/usr/share/doc" "$3/usr/lib/server/15/bin"
printf '#!/bin/sh\\necho "server ${version}" "$LD_LIBRARY_PATH" "$@"\\n' > "$3/usr/lib/server/15/bin/server"
chmod 755 "$3/usr/lib/server/15/bin/server"`,
    );
}

beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "toolchain-debian-"));
    await mkdir(inside("commands"));
    await command("apt-get", `echo "$2" "$3" "$4" >> "${folder}/asked"; [ "$2" = update ] || touch "$3.deb" "$4.deb"`);
    await packagesOf("15.20");
    vi.stubEnv("PATH", `${inside("commands")}:/usr/bin:/bin`);
});
afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
});

describe("a tool out of Debian packages", () => {
    it("runs with the libraries that came with it, wherever it is copied to", async () => {
        await unpack();
        await cp(inside("output"), inside("copy"), { recursive: true, verbatimSymlinks: true });
        await rm(inside("output"), { recursive: true });

        const { stdout } = await execa(inside("copy/bin/server"), ["a b", "c"]);

        expect(stdout).toBe(`server 15.20 ${inside("copy/usr/lib/x86_64-linux-gnu")}:${inside("copy/lib/x86_64-linux-gnu")} a b c`);
        expect(await readdir(inside("copy/usr/share"))).toEqual([]);
    });

    it("comes from fresh lists when the machine has none, or old ones", async () => {
        await command(
            "apt-get",
            `echo "$2" >> "${folder}/asked"
[ "$2" = update ] && exec touch "${folder}/updated"
[ -e "${folder}/updated" ] && exec touch "$3.deb" "$4.deb"
echo "E: Unable to locate package $3"; exit 100`,
        );
        await unpack();
        expect(await readFile(inside("asked"), "utf8")).toBe("download\nupdate\ndownload\n");
    });

    it("is an error that says where the packages come from when the machine's apt has none", async () => {
        await command("apt-get", `echo "E: Unable to locate package $3"; exit 100`);
        await expect(unpack()).rejects.toThrow(/Unable to locate package server-15[^]*packages of Debian 12\. As root, 'apt-get update' fetches its lists/);
    });

    it("is an error when the machine has no apt", async () => {
        vi.stubEnv("PATH", inside("nowhere"));
        await expect(unpack()).rejects.toThrow("this machine has no apt-get: use Debian 12");
    });

    it("is not kept when it is another version", async () => {
        await packagesOf("16.1");
        await expect(unpack()).rejects.toThrow(/should say 15, but printed: server 16\.1/);
    });
});
