import { mkdtempSync } from "node:fs";
import { chmod, chown, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import getPort from "get-port";

import { toolPath } from "../../lab/toolchain/paths.ts";

/** PostgreSQL refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Real servers of a test, in one temporary folder, that end together. Nothing of the lab is touched. */
export class RealServers {
    readonly folder = mkdtempSync(join(tmpdir(), "preflight-"));
    readonly #running = new Map<string, { readonly kill: (signal: "SIGTERM" | "SIGKILL" | "SIGINT") => void; readonly ended: Promise<unknown> }>();

    /** Starts a program under a name. `environment` is added to this process's own. */
    start(
        name: string,
        file: string,
        args: readonly string[],
        options: { readonly asUser?: boolean; readonly environment?: Readonly<Record<string, string>> } = {},
    ): void {
        const child = execa(file, [...args], {
            cwd: this.folder,
            reject: false,
            stdin: "ignore",
            buffer: false,
            stdout: { file: join(this.folder, `${name}.log`) },
            stderr: { file: join(this.folder, `${name}.log`) },
            env: { LC_ALL: "C.UTF-8", ...options.environment },
            ...(options.asUser === true ? user : {}),
        });
        this.#running.set(name, { kill: (signal) => child.kill(signal), ended: child });
    }

    /** Ends the program of that name, and waits for its end. */
    async stop(name: string, signal: "SIGTERM" | "SIGKILL" | "SIGINT" = "SIGTERM"): Promise<void> {
        const child = this.#running.get(name);
        this.#running.delete(name);
        child?.kill(signal);
        await child?.ended;
    }

    /** Ends everything and removes the folder. */
    async end(): Promise<void> {
        await Promise.all([...this.#running.keys()].map((name) => this.stop(name, "SIGKILL")));
        await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }

    /** Writes a file that the servers can read. */
    async write(name: string, text: string): Promise<string> {
        const path = join(this.folder, name);
        await writeFile(path, text);
        await this.give(path, 0o600);
        return path;
    }

    /** Makes a folder for a server. */
    async makeFolder(name: string): Promise<string> {
        const path = join(this.folder, name);
        await mkdir(path, { recursive: true });
        await this.give(path, 0o700);
        return path;
    }

    /** Lets the servers' user have a path. */
    async give(path: string, mode: number): Promise<void> {
        await chmod(path, mode);
        if (user.uid !== undefined) {
            await chown(path, user.uid, user.gid);
        }
    }
}

/** A PostgreSQL primary with replicas that stream from it, made from one folder of data: all copies are of the moment before its first start. */
export class PostgresServers {
    readonly #servers: RealServers;
    readonly #ports = new Map<string, number>();
    readonly password = "a-test's password";

    constructor(servers: RealServers) {
        this.#servers = servers;
    }

    /** Starts the primary, with TLS and this certificate. */
    async startPrimary(certificate: { readonly cert: string; readonly private: string }): Promise<number> {
        const { folder } = this.#servers;
        await this.#servers.give(folder, 0o755);
        await cp(toolPath("postgres"), join(folder, "program"), { recursive: true, verbatimSymlinks: true });
        await this.#servers.makeFolder("postgres");
        const passwordFile = await this.#servers.write("postgres/password", this.password);
        const data = join(folder, "postgres", "pristine");
        const args = [
            `--pgdata=${data}`,
            "--username=admin",
            `--pwfile=${passwordFile}`,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ];
        await execa(join(folder, "program/bin/initdb"), args, { cwd: folder, ...user });
        await this.#servers.write("postgres/pristine/server.crt", certificate.cert);
        await this.#servers.write("postgres/pristine/server.key", certificate.private);
        return this.#run("primary", ["-c", "wal_level=replica"]);
    }

    /** Starts a replica. `delay`: how long it waits before it applies what it gets, such as `1h`. */
    async startReplica(name: string, delay = "0"): Promise<number> {
        const primary = this.#ports.get("primary") ?? 0;
        const connection = `host=127.0.0.1 port=${String(primary)} user=admin password='${this.password.replaceAll("'", "\\'")}' application_name=${name}`;
        return this.#run(name, ["-c", `primary_conninfo=${connection}`, "-c", `recovery_min_apply_delay=${delay}`, "-c", "hot_standby=on"], true);
    }

    async #run(name: string, settings: readonly string[], standby = false): Promise<number> {
        const { folder } = this.#servers;
        const data = join(folder, "postgres", name);
        await execa("cp", ["-a", join(folder, "postgres/pristine"), data]);
        if (standby) {
            await this.#servers.write(`postgres/${name}/standby.signal`, "");
        }
        const port = await getPort({ host: "127.0.0.1" });
        this.#ports.set(name, port);
        const common = ["listen_addresses=127.0.0.1", `port=${String(port)}`, "unix_socket_directories=", "fsync=off", "shared_buffers=16MB", "ssl=on"];
        this.#servers.start(name, join(folder, "program/bin/postgres"), ["-D", data, ...common.flatMap((setting) => ["-c", setting]), ...settings], {
            asUser: true,
        });
        return port;
    }
}
