import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { keyOf, ensureLayer, type Layer } from "./layers.ts";
import { run, type Workplace } from "../toolchain/workplace.ts";

/** Debian's release that all images are made of. */
const release = "bookworm";

/** What a layer of Debian packages holds. */
export interface DebianPackages {
    readonly packages: readonly string[];
    /** Files and folders that are left out, relative to the root. */
    readonly without: readonly string[];
}

/**
 * Packages that others depend on and nothing in these images uses: they set up a whole system, and no script of a package runs here.
 * LLVM (100 MB) compiles queries, which PostgreSQL does without where its module is missing.
 */
const unused = [
    ...["adduser", "debconf", "debianutils", "dpkg", "init-system-helpers", "install-info", "locales", "lsb-base", "perl", "perl-base", "sensible-utils"],
    ...["sysvinit-utils", "tar", "ucf", "usr-is-merged", "usrmerge", "libpam-runtime", "libpam-modules", "readline-common", "ssl-cert"],
    ...["libllvm14", "postgresql-client-common", "postgresql-common"],
];

/** Nobody reads them in a container. */
const documentation = ["doc", "info", "lintian", "locale", "man", "bug"].map((folder) => `./usr/share/${folder}/*`);

/** Folders that Debian has at two places: the second is a link to the first. Older packages still name the link. */
const merged = ["bin", "lib", "lib64", "sbin"];

/** What two images or more need: a shell and what scripts call, and libraries. */
const base: DebianPackages = {
    packages: [
        ...["base-files", "base-passwd", "bash", "coreutils", "dash", "findutils", "grep", "libc-bin", "mawk", "sed", "tzdata"],
        ...["libatomic1", "libgcc-s1", "libssl3", "libstdc++6", "libzstd1", "zlib1g"],
    ],
    without: [],
};

/** Packages of Debian as layers of images. One index of what there is serves all layers that are made. */
export interface Debian {
    /** The layer that all others lie on. */
    readonly base: () => Promise<Layer>;
    /** A layer on top of the base: the packages, and what they depend on that the base lacks. */
    readonly onBase: (name: string, wanted: DebianPackages) => Promise<Layer>;
    /** Removes what was downloaded. */
    readonly close: () => Promise<void>;
}

/**
 * Packages are unpacked and not installed: none of their scripts runs, and there is no package manager in an image. It takes seconds, and an image holds only
 * what runs in it. (The 'distroless' images are made the same way: https://github.com/GoogleContainerTools/distroless.)
 *
 * A layer's key is made of the packages' names and of this file, not of their versions: a layer in the cache stays as it is. Remove its folder to have newer
 * packages.
 *
 * @see https://manpages.debian.org/bookworm/apt/apt.conf.5.en.html
 */
export function openDebian(say: (line: string) => void): Debian {
    let opened: Promise<string> | undefined;
    const index = () => (opened ??= fetchIndex(say));
    const source = import.meta.url;
    const makeBase = async () =>
        ensureLayer("base", keyOf(await readFile(new URL(source), "utf8"), base), say, async (files, place) => {
            await unpack(base, "", await index(), files, place);
            await finishBase(files);
        });
    return {
        base: makeBase,
        onBase: async (name, wanted) => {
            const below = await makeBase();
            return ensureLayer(name, keyOf(below.key, wanted), say, async (files, place) => {
                const present = await readFile(join(below.files, "../packages"), "utf8");
                await unpack(wanted, present, await index(), files, place);
                await Promise.all(merged.map((folder) => rm(join(files, folder))));
            });
        },
        close: async () => {
            if (opened !== undefined) {
                await rm(await opened, { recursive: true, force: true });
            }
        },
    };
}

/** Fetches Debian's lists of packages into a folder of its own, so that the machine's stay as they are. @returns the folder. */
async function fetchIndex(say: (line: string) => void): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "lab-debian-"));
    await Promise.all(["state/lists/partial", "cache"].map((path) => mkdir(join(folder, path), { recursive: true })));
    await writeFile(join(folder, "status"), "");
    const settings = {
        "Dir::State": join(folder, "state"),
        "Dir::State::status": join(folder, "status"),
        "Dir::Cache": join(folder, "cache"),
        ...(await sources(folder)),
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    };
    await writeFile(
        join(folder, "apt.conf"),
        Object.entries(settings)
            .map(([name, value]) => `${name} "${value}";\n`)
            .join(""),
    );
    say(`fetching the lists of Debian ${release}'s packages`);
    await execa("apt-get", ["update"], { env: { APT_CONFIG: join(folder, "apt.conf") }, stdin: "ignore" });
    return folder;
}

/** Where packages come from: the machine's own sources where it is the same Debian, so that its mirrors serve; else Debian's servers. */
async function sources(folder: string): Promise<Readonly<Record<string, string>>> {
    if (/^VERSION_CODENAME="?bookworm"?$/m.test(await readFile("/etc/os-release", "utf8"))) {
        return {};
    }
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    await readFile(keyring).catch((error: unknown) => {
        throw new Error(`the images are made of packages of Debian ${release}, and ${keyring} is missing: install debian-archive-keyring`, { cause: error });
    });
    const suites = [`debian ${release}`, `debian ${release}-updates`, `debian-security ${release}-security`];
    await writeFile(join(folder, "sources.list"), suites.map((suite) => `deb [signed-by=${keyring}] http://deb.debian.org/${suite} main\n`).join(""));
    return { "Dir::Etc::sourcelist": join(folder, "sources.list"), "Dir::Etc::sourceparts": "/dev/null" };
}

/**
 * Unpacks packages with what they depend on.
 *
 * @param present control records of packages that are there already, as dpkg keeps them.
 * @param index folder of {@link fetchIndex}.
 * @param files gets the files; beside it a file `packages` says what was unpacked, in the form of `present`.
 */
async function unpack(wanted: DebianPackages, present: string, index: string, files: string, place: Workplace): Promise<void> {
    const [status, archives] = [join(place.scratch, "status"), join(place.scratch, "archives")];
    await mkdir(join(archives, "partial"), { recursive: true });
    await writeFile(status, present + unused.map(unusedRecord).join(""));
    place.say(`fetching ${wanted.packages.join(", ")}`);
    const settings = [`Dir::State::status=${status}`, `Dir::Cache::archives=${archives}`].flatMap((setting) => ["-o", setting]);
    await run(place, "apt-get", ["install", "--yes", "--download-only", "--no-install-recommends", ...settings, ...wanted.packages], {
        cwd: place.scratch,
        env: { APT_CONFIG: join(index, "apt.conf") },
        say: () => undefined,
    });
    await Promise.all(merged.map((folder) => mkdir(join(files, "usr", folder), { recursive: true })));
    await Promise.all(merged.map((folder) => symlink(`usr/${folder}`, join(files, folder))));
    const packages = (await readdir(archives)).filter((file) => file.endsWith(".deb")).sort();
    place.say(`unpacking ${String(packages.length)} packages`);
    const records: string[] = [];
    for (const file of packages.map((name) => join(archives, name))) {
        // dpkg-deb --extract would put folders in the place of the links.
        const excludes = documentation.map((pattern) => `--exclude=${pattern}`);
        await execa("dpkg-deb", ["--fsys-tarfile", file], { buffer: false }).pipe("tar", [
            "--extract",
            "--keep-directory-symlink",
            "--numeric-owner",
            "--same-permissions",
            ...excludes,
            "--directory",
            files,
        ]);
        records.push((await execa("dpkg-deb", ["--field", file])).stdout);
    }
    await Promise.all(wanted.without.map((path) => rm(join(files, path), { recursive: true })));
    await writeFile(join(files, "../packages"), records.map((record) => `${record}\nStatus: install ok installed\n\n`).join(""));
}

/** Tells apt that a package is there. */
function unusedRecord(name: string): string {
    const fields = { Package: name, Status: "install ok installed", Maintainer: "lab", Architecture: "all", "Multi-Arch": "foreign", Version: "999:0" };
    return `${Object.entries({ ...fields, Description: "nothing here uses it" })
        .map(([field, value]) => `${field}: ${value}\n`)
        .join("")}\n`;
}

/** What the scripts of the base's packages would have done, as far as programs miss it. */
async function finishBase(files: string): Promise<void> {
    const copies = [
        ["usr/share/base-passwd/passwd.master", "etc/passwd"],
        ["usr/share/base-passwd/group.master", "etc/group"],
        // Without it names would be looked up by DNS only, and not in /etc/hosts.
        ["usr/share/libc-bin/nsswitch.conf", "etc/nsswitch.conf"],
    ] as const;
    await Promise.all(copies.map(([from, to]) => copyFile(join(files, from), join(files, to))));
    await symlink("mawk", join(files, "usr/bin/awk"));
    // A container's runtime mounts its own over them.
    await Promise.all(["hosts", "resolv.conf"].map((name) => writeFile(join(files, "etc", name), "")));
}
