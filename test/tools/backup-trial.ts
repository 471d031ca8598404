import { chmod, chown, cp, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { expect } from "vitest";

import { backupScripts, passfileLine } from "../../components/backup/scripts.ts";
import { toolPath } from "../../lab/toolchain/paths.ts";

/** PostgreSQL refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** What a command printed, and how it ended. */
export interface Ended {
    readonly all: string;
    readonly exitCode?: number | undefined;
}

/** A PostgreSQL server of a test with the database `shop`, and the backup's own scripts with the folders that its pods would have. */
export class BackupTrial {
    /** With characters that a password file escapes. */
    readonly password = "a:b\\c";
    #folder = "";
    readonly #mounted: string[] = [];

    /** A path in the trial's folder. */
    inside(name: string): string {
        return join(this.#folder, name);
    }

    /** Starts the server, with the database that `sql` makes, and its role `reader`. */
    async start(sql: string): Promise<void> {
        this.#folder = await mkdtemp(join(tmpdir(), "nova-backup-"));
        await this.give(this.#folder);
        await cp(toolPath("postgres"), this.inside("program"), { recursive: true, verbatimSymlinks: true });
        await this.give(this.inside("credentials"));
        await this.give(this.inside("admin-password"), "admin-word");
        for (const [name, script] of Object.entries(backupScripts)) {
            await this.give(this.inside(name), script);
        }
        const made = await this.run("initdb", ["--pgdata=data", "--username=admin", "--auth=scram-sha-256", "--pwfile=admin-password", "--no-sync"]);
        expect(made.exitCode, made.all).toBe(0);
        await this.startServer();
        await this.sql(
            `create role owner login; create role reader login password '${this.password}'; create database shop owner owner;\n\\c shop\n${sql}`,
            "postgres",
        );
    }

    async startServer(): Promise<void> {
        const options = `-c listen_addresses='' -c fsync=off -c unix_socket_directories=${this.#folder}`;
        await this.run("pg_ctl", ["start", "--pgdata=data", "--wait", "--log=log", "-o", options]);
    }

    async stopServer(): Promise<void> {
        await this.run("pg_ctl", ["stop", "--pgdata=data", "--mode=immediate"]);
    }

    async end(): Promise<void> {
        await this.unmount();
        await this.stopServer();
        await rm(this.#folder, { recursive: true, force: true });
    }

    /** Empty folders for a new case, and the reader's right password. */
    async empty(): Promise<void> {
        await this.unmount();
        for (const name of ["dumps", "scratch"]) {
            await rm(this.inside(name), { recursive: true, force: true });
            await this.give(this.inside(name));
        }
        await this.logIn(passfileLine({ host: this.#folder, port: 5432, database: "shop", username: "reader", password: this.password }));
    }

    /** The line of the password file that the dump finds. */
    async logIn(line: string): Promise<void> {
        await this.give(this.inside("credentials/passfile"), line);
    }

    /** Puts a small file system in the place of a folder: only root may. */
    async mount(name: "dumps" | "scratch", options: string): Promise<void> {
        await execa("mount", [
            "-t",
            "tmpfs",
            "-o",
            `${options},mode=0700,uid=${String(user.uid)},gid=${String(user.gid)}`,
            "nova-backup-trial",
            this.inside(name),
        ]);
        this.#mounted.push(name);
    }

    async unmount(): Promise<void> {
        for (const name of this.#mounted.splice(0)) {
            await execa("umount", [this.inside(name)]);
        }
    }

    /** Runs SQL as the administrator. */
    async sql(text: string, database = "shop"): Promise<string> {
        await this.give(this.inside("statements.sql"), text);
        const environment = { PGHOST: this.#folder, PGUSER: "admin", PGDATABASE: database, PGPASSWORD: "admin-word" };
        const ended = await this.run(
            "psql",
            ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--file=statements.sql"],
            environment,
        );
        expect(ended.exitCode, ended.all).toBe(0);
        return ended.all;
    }

    async dump(environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
        const server = { PGHOST: this.#folder, PGPORT: "5432", PGUSER: "reader", PGSSLMODE: "disable", RETENTION_DAYS: "14" };
        return this.run("sh", [this.inside("dump.sh")], { ...server, ...environment });
    }

    async restore(): Promise<Ended> {
        return this.run("sh", [this.inside("restore-check.sh")], { MAXIMUM_AGE_HOURS: "48" });
    }

    /** Names of the files on the volume, hidden ones too. */
    async files(): Promise<readonly string[]> {
        return (await readdir(this.inside("dumps"))).toSorted();
    }

    /** Names of the dumps on the volume. */
    async dumps(): Promise<readonly string[]> {
        return (await this.files()).filter((name) => name.endsWith(".dump"));
    }

    /** Path of the newest dump. */
    async newest(): Promise<string> {
        return this.inside(`dumps/${(await this.dumps()).at(-1) ?? expect.fail("there is no dump")}`);
    }

    /** Writes what looks like a dump of that day, with its record: `good` ones have the size that it says. */
    async pretend(
        day: string,
        { days = 0, bytes = 0, good = true }: { readonly days?: number; readonly bytes?: number; readonly good?: boolean } = {},
    ): Promise<string> {
        const path = this.inside(`dumps/shop-${day}T000000Z.dump`);
        await this.give(path, "x".repeat(bytes));
        await this.give(path.replace(/dump$/, "tables"), `bytes|${String(good ? bytes : bytes + 1)}\n`);
        await this.age(path, days);
        return path;
    }

    /** Gives a dump and its record the name of another day. */
    async rename(path: string, day: string): Promise<void> {
        for (const kind of ["dump", "tables"]) {
            await rename(path.replace(/dump$/, kind), this.inside(`dumps/shop-${day}T000000Z.${kind}`));
        }
    }

    async age(file: string, days: number): Promise<void> {
        const then = Date.now() / 1_000 - days * 24 * 60 * 60;
        await utimes(file, then, then);
    }

    /** Makes a folder or a file that the server's user has for itself. */
    async give(path: string, content?: string): Promise<void> {
        await (content === undefined ? mkdir(path, { recursive: true }) : writeFile(path, content));
        await chmod(path, (await stat(path)).isDirectory() ? 0o700 : 0o600);
        if (user.uid !== undefined) {
            await chown(path, user.uid, user.gid);
        }
    }

    private async run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
        return execa(command, args, {
            ...user,
            cwd: this.#folder,
            reject: false,
            all: true,
            extendEnv: false,
            stdin: "ignore",
            env: {
                PATH: `${this.inside("program/bin")}:/usr/bin:/bin`,
                LC_ALL: "C.UTF-8",
                CREDENTIALS: this.inside("credentials"),
                DUMPS: this.inside("dumps"),
                HOME: this.inside("scratch"),
                SCRATCH: this.inside("scratch"),
                PGDATABASE: "shop",
                ...environment,
            },
        });
    }
}
