import { execa } from "execa";

import type { ImageConfig } from "./archive.ts";
import type { Layer } from "./layers.ts";

/** Where a program runs: layers as one root folder, in namespaces of its own. */
export interface Root {
    /** From the bottom up. */
    readonly layers: readonly Pick<Layer, "files">[];
    /** Folder that gets what the program writes, and an empty one beside it for the kernel's use. Defaults to memory, and is gone when the program ends. */
    readonly changes?: { readonly upper: string; readonly work: string };
    /** Files and folders of the machine that the program sees, by their path in the root: below /run, which is always empty. */
    readonly mounts?: Readonly<Record<string, string>>;
}

/** How it runs: as a container of an image would. */
export type Start = Pick<ImageConfig, "environment" | "user" | "workingDirectory">;

/**
 * The first process of the namespaces. All mounts are made inside of them, so they are gone with it however it ends, and the machine never has them.
 * A device or a file of the machine that the program needs is bound one by one. `redirect_dir` and `metacopy` would leave marks in the changes that a tar can't hold.
 */
const script = `set -eu
umask 022
path="$PATH"
PATH=/usr/sbin:/usr/bin:/sbin:/bin
lower="$1" upper="$2" work="$3" user="$4" folder="$5" mounts="$6"
shift 6
mount -t tmpfs tmpfs /mnt
mkdir /mnt/root
if [ -z "$upper" ]; then
    upper=/mnt/upper work=/mnt/work
    mkdir "$upper" "$work"
fi
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$work,redirect_dir=off,metacopy=off,index=off" /mnt/root
cd /mnt/root
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
mkdir -m 1777 dev/shm
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
for file in hosts resolv.conf; do mount --bind "/etc/$file" "etc/$file"; done
while [ "$mounts" -gt 0 ]; do
    mkdir -p "$(dirname "./$2")"
    if [ -d "$1" ]; then mkdir -p "./$2"; else touch "./$2"; fi
    mount --bind "$1" "./$2"
    shift 2
    mounts=$((mounts - 1))
done
# No exec: this shell is the one that the kernel kills with the command, which it would not do for a process that has become another user.
env PATH="$path" /usr/sbin/chroot --userspec="$user" . /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@" || exit "$?"
`;

/**
 * The command that runs a program in a root folder made of layers, as its own first process: when the command ends or is killed, nothing of it is left. It has the
 * machine's network. Root only.
 *
 * @returns what to hand to execa: the image's environment is the whole environment.
 */
export function rootCommand(
    root: Root,
    start: Start,
    program: readonly string[],
): readonly [string, string[], { readonly env: Readonly<Record<string, string>>; readonly extendEnv: false }] {
    const lower = root.layers.map(({ files }) => files).toReversed();
    const unusable = lower.find((path) => /[:,\\]/.test(path));
    if (unusable !== undefined) {
        throw new Error(`an overlay mount can't take a path with a colon, a comma or a backslash: ${unusable}; set NOVA_CACHE to another folder`);
    }
    const mounts = Object.entries(root.mounts ?? {});
    return [
        "unshare",
        [
            ...["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"],
            ...[lower.join(":"), root.changes?.upper ?? "", root.changes?.work ?? "", start.user === "" ? "0:0" : start.user, start.workingDirectory],
            ...[String(mounts.length), ...mounts.flatMap(([to, from]) => [from, to])],
            ...program,
        ],
        { env: start.environment, extendEnv: false },
    ];
}

/** Paths of all files in a root folder made of layers and changes to them, as a program would see them. */
export async function filesSeen(root: Root): Promise<ReadonlySet<string>> {
    const [file, args, options] = rootCommand(root, { environment: { PATH: "/usr/bin" }, user: "", workingDirectory: "/" }, ["find", ".", "-xdev", "-print0"]);
    return new Set((await execa(file, args, { ...options, stdin: "ignore" })).stdout.split("\0").filter((path) => path !== ""));
}
