import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import getPort from "get-port";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Built } from "../../lab/images/build.ts";
import { ensureImages, openImages, type ImageMaker, type ImageName } from "../../lab/images/index.ts";
import { rootCommand } from "../../lab/images/root.ts";
import { copyUnpacked, ensureUnpacked } from "../../lab/images/unpacked.ts";
import { cacheRoot, toolPath } from "../../lab/toolchain/paths.ts";
import { backupScripts } from "../../components/backup/scripts.ts";
import { exporterAddress, exporterEnvironment, exporterPasswords } from "../../components/redis/pods.ts";
import { redisScripts } from "../../components/redis/scripts.ts";

/*
 * The images, each as a root folder with the user, PATH and programs that a pod has there. What a node makes of them (pod networks, cgroups, mounts of Secrets) is not shown here.
 */

const names = ["pause", "coredns", "envoy", "redis", "redis-exporter", "postgres", "service", "watchdog"] as const satisfies readonly ImageName[];
/** The user that the stack's pods run as. */
const podUser = "10001:10001";
let images: ReadonlyMap<string, Built>;
let archive: string;
let maker: ImageMaker;

beforeAll(async () => {
    archive = (await ensureImages(names, () => undefined)).file;
    maker = openImages(() => undefined);
    images = new Map(await Promise.all(names.map(async (name): Promise<[string, Built]> => [name, await maker.make(name)])));
});
afterAll(async () => {
    await maker.close();
    const cache = join(cacheRoot(), "images");
    const made = (await readdir(cache)).filter((name) => name.startsWith("layer-test-"));
    await Promise.all(made.map(async (name) => rm(join(cache, name), { recursive: true })));
});

function image(name: ImageName): Built {
    const found = images.get(name);
    if (found === undefined) {
        throw new Error(`there is no image ${name}`);
    }
    return found;
}

function inImage(name: ImageName, program: readonly string[], environment: Readonly<Record<string, string>> = {}): ReturnType<typeof inRoot> {
    return inRoot(image(name), program, environment);
}

function inRoot({ layers, config }: Built, program: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const [file, args, options] = rootCommand({ layers }, { ...config, environment: { ...config.environment, ...environment }, user: podUser }, program);
    return execa(file, args, { ...options, all: true, stdin: "ignore", reject: false });
}

describe("an image", () => {
    it.each([
        { name: "redis", program: ["redis-server", "--version"], says: /v=7\./ },
        { name: "redis", program: ["redis-sentinel", "--version"], says: /v=7\./ },
        { name: "redis", program: ["redis-cli", "--version"], says: /redis-cli 7\./ },
        { name: "redis-exporter", program: ["prometheus-redis-exporter", "--version"], says: /Redis Metrics Exporter/ },
        { name: "postgres", program: ["postgres", "--version"], says: /\(PostgreSQL\) 15\./ },
        { name: "postgres", program: ["pg_dump", "--version"], says: /\(PostgreSQL\) 15\./ },
        { name: "postgres", program: ["pg_restore", "--version"], says: /\(PostgreSQL\) 15\./ },
        { name: "postgres", program: ["psql", "--version"], says: /\(PostgreSQL\) 15\./ },
        { name: "envoy", program: ["envoy", "--version"], says: /envoy +version: / },
    ] as const)("$name runs $program.0 as the pods' user", async ({ name, program, says }) => {
        expect((await inImage(name, program)).all).toMatch(says);
    });

    it.each([
        { name: "redis", scripts: redisScripts },
        { name: "postgres", scripts: backupScripts },
    ] as const)("$name has every command that its scripts call", async ({ name, scripts }) => {
        const known = [
            ..."awk basename cat cp createdb cut date find getent grep head id initdb ls mkdir mv pg_ctl pg_dump pg_restore psql redis-cli redis-sentinel".split(
                " ",
            ),
            ..."redis-server rm seq sh sha256sum sleep sort stat sync tail timeout tr wc".split(" "),
        ];
        const text = Object.values(scripts).join("\n");
        const called = known.filter((command) => new RegExp(`(^|[\\s(|!])${command} `, "m").test(text));
        expect(called.length).toBeGreaterThan(10);
        const found = await inImage(name, ["sh", "-c", 'for command in "$@"; do command -v "$command" > /dev/null || echo "$command"; done', "sh", ...called]);
        expect(found.all).toBe("");
    });

    it("has no package manager, no documentation and no way to become root", async () => {
        const found = await inImage("redis", [
            "sh",
            "-c",
            "find / -xdev -type f \\( -name apt-get -o -name dpkg -o -name perl -o -path '/usr/share/man/*' -o -perm -4000 \\) 2> /dev/null",
        ]);
        expect(found.all).toBe("");
    });
});

describe("the image of PostgreSQL", () => {
    it("makes and starts a server as a user that the image has no name for, as the restore check does", async () => {
        const { all, exitCode } = await inImage("postgres", [
            "sh",
            "-ec",
            `mkdir -p /tmp/dumps /tmp/scratch
wrapper="$(find /usr/lib -name libnss_wrapper.so | head -n 1)"
echo "postgres:x:$(id -u):$(id -g):PostgreSQL:/tmp:/bin/false" > /tmp/passwd
echo "postgres:x:$(id -g):" > /tmp/group
export LD_PRELOAD="$wrapper" NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/tmp/group
initdb --pgdata=/tmp/server --username=postgres --auth=trust --encoding=UTF8 --no-sync > /tmp/initdb.log || { cat /tmp/initdb.log; exit 1; }
pg_ctl start --pgdata=/tmp/server --wait --log=/tmp/server.log -o "-c listen_addresses='' -c unix_socket_directories=/tmp" > /dev/null || { cat /tmp/server.log; exit 1; }
psql --host=/tmp --username=postgres --tuples-only --no-align --command="SELECT 'answers', sum(n) FROM generate_series(1, 1000000) AS n"
pg_ctl stop --pgdata=/tmp/server --mode=immediate > /dev/null`,
        ]);
        expect(all).toBe("answers|500000500000");
        expect(exitCode).toBe(0);
    });
});

describe("the image of the exporter", () => {
    it("starts with the settings of the stack's pods, and answers", async () => {
        const port = String(await getPort());
        const settings = { ...exporterEnvironment(false), REDIS_EXPORTER_WEB_LISTEN_ADDRESS: `127.0.0.1:${port}`, REDIS_PASSWORD_FILE: "/tmp/exporter.json" };
        const passwords = exporterPasswords(exporterAddress(false), "secret");
        const start = `echo '${passwords}' > /tmp/exporter.json; exec ${image("redis-exporter").config.entrypoint.join(" ")}`;
        const running = inImage("redis-exporter", ["sh", "-c", start], settings);
        try {
            let health = "";
            for (let attempt = 0; attempt < 50 && health === ""; attempt += 1) {
                await sleep(100);
                health = await fetch(`http://127.0.0.1:${port}/health`).then(
                    async (answer) => answer.text(),
                    () => "",
                );
            }
            expect(health).toBe("ok");
        } finally {
            running.kill("SIGKILL");
            await running;
        }
    });
});

describe("the image of the watchdog", () => {
    it("starts what its Dockerfile names, as the user that it names", async () => {
        const { config } = image("watchdog");
        expect(config).toMatchObject({ user: podUser, workingDirectory: "/app", entrypoint: ["node", "rollout/cli/index.ts"], ports: ["9090/tcp"] });
        expect((await inImage("watchdog", [...config.entrypoint, "watch", "--help"])).all).toContain("Usage: rollout watch");
    });

    it("has the packages of the library alone, and no npm", async () => {
        const found = await inImage("watchdog", ["sh", "-c", "ls -d node_modules/@pulumi; command -v npm; ls node_modules/commander/package.json"]);
        expect(found.all.split("\n")).toEqual([expect.stringContaining("No such file"), "node_modules/commander/package.json"]);
    });
});

describe("the image of the service", () => {
    it("starts, and says which setting it lacks", async () => {
        const { config } = image("service");
        expect(config.user).toBe(podUser);
        const { all, exitCode } = await inImage("service", [...config.entrypoint, ...config.command]);
        expect(exitCode).not.toBe(0);
        expect(all).toMatch(/[A-Z_]{5,}/);
        expect(all).not.toContain("ERR_MODULE_NOT_FOUND");
    });
});

describe("a Dockerfile", () => {
    const from = "FROM docker.io/library/node:24-slim";
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "dockerfile-"));
        await writeFile(join(folder, "kept.txt"), "one");
        await writeFile(join(folder, "secret.txt"), "two");
        await writeFile(join(folder, ".dockerignore"), "# What must not leave.\n*\n!kept.txt\n");
    });
    afterEach(async () => {
        await rm(folder, { recursive: true, force: true });
    });

    async function build(...lines: readonly string[]): Promise<Built> {
        await writeFile(join(folder, "Dockerfile"), [from, ...lines].join("\n"));
        return maker.build("test", folder);
    }

    it("makes files with the owner, mode and place that it names", async () => {
        const built = await build(
            "ARG GREETING=hello",
            "WORKDIR /srv/app",
            "COPY kept.txt ./copy.txt",
            'RUN echo "$GREETING" > said.txt && chown 7:8 said.txt',
            "ENV NAME=value",
            "USER 10001:10001",
            'RUN id -u > /tmp/user.txt && echo "$NAME" >> /tmp/user.txt',
            "WORKDIR sub",
        );
        expect(built.config).toMatchObject({ workingDirectory: "/srv/app/sub", user: "10001:10001", environment: { NAME: "value" } });
        const { all } = await inRoot({ layers: built.layers, config: { ...built.config, workingDirectory: "/srv/app" } }, [
            "sh",
            "-c",
            "cat copy.txt said.txt /tmp/user.txt; stat -c '%n %u:%g %a' copy.txt said.txt . /tmp; echo \"$GREETING\"",
        ]);
        expect(all).toBe("onehello\n10001\nvalue\ncopy.txt 0:0 644\nsaid.txt 7:8 644\n. 0:0 755\n/tmp 0:0 1777\n");
    });

    it("is built once: only what comes after a change is made anew", async () => {
        const lines = ["RUN date +%s%N > /first.txt", "COPY kept.txt /second.txt", "RUN date +%s%N > /third.txt"];
        const [before, same] = [await build(...lines), await build(...lines)];
        expect(same).toEqual(before);
        await writeFile(join(folder, "kept.txt"), "changed");
        const after = await build(...lines);
        expect(after.layers.map(({ key }, index) => key === before.layers.at(index)?.key)).toEqual([true, true, true, true, false, false]);
    });

    it.each([
        { what: "a file that .dockerignore hides", lines: ["COPY secret.txt /"], says: "its .dockerignore hides it" },
        { what: "a command that fails", lines: ["RUN echo oh no >&2; exit 3"], says: /RUN echo oh no.*\n.*oh no/s },
        {
            what: "a command that removes what a layer below has",
            lines: ["COPY kept.txt /", "RUN rm /kept.txt"],
            says: "removes files of a layer below, which the lab's builder can't do: ./kept.txt",
        },
        { what: "a folder that is replaced", lines: ["RUN mkdir /d && touch /d/a", "RUN rm -r /d && mkdir /d"], says: "./d/a" },
        { what: "a stage that there is not", lines: ["COPY --from=nowhere /a /b"], says: "no stage of that name" },
        { what: "a folder that is a link", lines: ["COPY kept.txt /bin/"], says: "/bin is no folder" },
    ])("is refused for $what, and leaves no layer of it", async ({ lines, says }) => {
        await expect(build(...lines)).rejects.toThrow(says);
    });

    it("can't name an image that the lab does not have", async () => {
        await writeFile(join(folder, "Dockerfile"), "FROM node:22-slim");
        await expect(maker.build("test", folder)).rejects.toThrow("the lab has node:24.21.0-slim alone");
    });
});

describe("an archive of images", () => {
    it("has the base layer once, and each image by the name and the tag that are given for it", async () => {
        const { stdout } = await execa("tar", ["--list", "--file", archive]);
        const layers = stdout.split("\n").filter((path) => path.endsWith("/layer.tar"));
        expect(new Set(layers).size).toBe(layers.length);
        const base = image("redis").layers[0];
        expect([image("postgres").layers[0], image("watchdog").layers[0], image("service").layers[0]]).toEqual([base, base, base]);
        const manifest = await execa("tar", ["--extract", "--to-stdout", "--file", archive, "./manifest.json"]);
        for (const name of names) {
            expect(manifest.stdout).toMatch(new RegExp(`"lab\\.example\\.com/${name}:[0-9a-f]{12}"`));
        }
    });

    it("is there at once the second time", async () => {
        const said: string[] = [];
        const again = await ensureImages(names, (line) => said.push(line));
        expect(again.file).toBe(archive);
        expect(said).toEqual([]);
    });

    it("is unpacked once for all nodes: each gets a root folder for containerd that has every image, with databases of its own", async () => {
        const unpacked = await ensureUnpacked(archive, () => undefined);
        const folder = await mkdtemp(join(dirname(unpacked), "nodes-"));
        try {
            const roots = ["first", "second"].map((name) => join(folder, name));
            await Promise.all(roots.map(async (root) => copyUnpacked(unpacked, root)));
            const database = "io.containerd.metadata.v1.bolt/meta.db";
            const inodes = await Promise.all([unpacked, ...roots].map(async (root) => (await stat(join(root, database))).ino));
            expect(new Set(inodes).size).toBe(3);
            const script = `mount -t tmpfs tmpfs /run
"$1" --root "$3" --state /run/containerd --address /run/containerd.sock > /dev/null 2>&1 &
until "$2" --address /run/containerd.sock version > /dev/null 2>&1; do sleep 0.05; done
"$2" --address /run/containerd.sock --namespace k8s.io images check`;
            const words = [toolPath("containerd"), toolPath("ctr"), roots[0] ?? ""];
            const { stdout } = await execa("unshare", ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-euc", script, "sh", ...words]);
            const rows = stdout.split("\n").slice(1);
            for (const name of names) {
                expect(rows.find((row) => row.startsWith(`lab.example.com/${name}:`))).toMatch(/ complete \(\d+\/\d+\) .* true *$/);
            }
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    });

    it("leaves no mount of the machine behind", async () => {
        expect(await readFile("/proc/mounts", "utf8")).not.toContain("layer-base");
    });
});
