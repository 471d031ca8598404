import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import getPort from "get-port";
import { beforeAll, describe, expect, it } from "vitest";

import type { Image } from "../../lab/images/archive.ts";
import { ensureImages, type ImageName } from "../../lab/images/index.ts";
import { rootCommand } from "../../lab/images/root.ts";
import { backupScripts } from "../../components/backup/scripts.ts";
import { exporterAddress, exporterEnvironment, exporterPasswords } from "../../components/redis/pods.ts";
import { redisScripts } from "../../components/redis/scripts.ts";

/*
 * The images, each as a root folder with the user, PATH and programs that a pod has there. What a node makes of them (pod networks, cgroups, mounts of Secrets) is not shown here.
 */

const names = ["pause", "coredns", "redis", "redis-exporter", "postgres"] as const satisfies readonly ImageName[];
/** The user that the stack's pods run as. */
const podUser = "10001:10001";
let images: ReadonlyMap<string, Image>;
let archive: string;

beforeAll(async () => {
    const made = await ensureImages(names, () => undefined);
    archive = made.file;
    images = new Map(made.images.map((image) => [image.name, image]));
});

function image(name: ImageName): Image {
    const found = images.get(name);
    if (found === undefined) {
        throw new Error(`there is no image ${name}`);
    }
    return found;
}

function inImage(name: ImageName, program: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const { layers, config } = image(name);
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

describe("an archive of images", () => {
    it("has the base layer once, and each image by the name and the tag that are given for it", async () => {
        const { stdout } = await execa("tar", ["--list", "--file", archive]);
        const layers = stdout.split("\n").filter((path) => path.endsWith("/layer.tar"));
        expect(new Set(layers).size).toBe(layers.length);
        const base = images.get("redis")?.layers[0];
        expect(images.get("postgres")?.layers[0]).toEqual(base);
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

    it("leaves no mount of the machine behind", async () => {
        expect(await readFile("/proc/mounts", "utf8")).not.toContain("layer-base");
    });
});
