import { execa } from "execa";
import { existsSync, readFileSync } from "node:fs";
import { chmod, chown, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { defined } from "../../rollout/defined.ts";
import { certificateAuthorityOf, credentialFiles } from "../credentials.ts";
import type { LabLayout } from "../layout.ts";
import { toolPath } from "../toolchain/paths.ts";
import { waitUntil } from "../wait.ts";
import type { Lab, Service } from "./service.ts";

/** A real PostgreSQL server with TLS and passwords, no local socket. */
export const postgres: Service = {
    name: "postgres",
    needs: [],
    readyWithinMs: 45_000,
    // 'Fast shutdown': ends sessions in place of waiting for them.
    stopSignal: "SIGINT",
    prepare: async (lab) => {
        const folder = postgresFolder(lab.layout);
        const data = join(folder, "data");
        if (!existsSync(join(data, "PG_VERSION"))) {
            await rm(folder, { recursive: true, force: true });
            await initialise(lab, folder, data);
        }
        await waitForOldServer(data);
    },
    command: ({ layout, state }) => {
        const user = serverUser();
        return {
            file: serverProgram(layout, "postgres"),
            workingDirectory: postgresFolder(layout),
            ...defined({ user }),
            environment: { LC_ALL: "C.UTF-8" },
            args: ["-D", join(postgresFolder(layout), "data"), ...settings(state.ports.postgres).flatMap((setting) => ["-c", setting])],
        };
    },
    check: async ({ layout, state }) => {
        const client = new pg.Client({
            host: "127.0.0.1",
            port: state.ports.postgres,
            user: state.postgres.user,
            password: state.postgres.password,
            database: "postgres",
            ssl: { ca: certificateAuthorityOf(layout) },
            connectionTimeoutMillis: 2_000,
            query_timeout: 2_000,
        });
        try {
            await client.connect();
            await client.query("select 1");
        } finally {
            await client.end();
        }
    },
};

/**
 * Where the server's data lies. Run by root, the server needs another user, who often can't reach into the checkout (a home folder is closed to others);
 * so it lies beside other temporary data.
 */
export function postgresFolder(layout: LabLayout): string {
    return join(layout.temporary, "postgres");
}

function programFolder(layout: LabLayout): string {
    return join(postgresFolder(layout), "program");
}

function serverProgram(layout: LabLayout, name: "postgres" | "initdb"): string {
    return join(serverUser() === undefined ? toolPath("postgres") : programFolder(layout), "bin", name);
}

function settings(port: number): readonly string[] {
    return [
        "listen_addresses=127.0.0.1",
        `port=${String(port)}`,
        "unix_socket_directories=",
        "ssl=on",
        "ssl_cert_file=server.crt",
        "ssl_key_file=server.key",
        "password_encryption=scram-sha-256",
        // A lab's data may be lost with the machine.
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "shared_buffers=32MB",
        "max_connections=100",
    ];
}

async function initialise(lab: Lab, folder: string, data: string): Promise<void> {
    const user = serverUser();
    const files = credentialFiles(lab.layout);
    const give = async (path: string, mode: number): Promise<void> => {
        await chmod(path, mode);
        if (user !== undefined) {
            await chown(path, user.uid, user.gid);
        }
    };
    const passwordFile = join(folder, "password");
    await mkdir(folder, { recursive: true });
    await give(folder, 0o700);
    try {
        if (user !== undefined) {
            // The toolchain's cache mostly lies in root's home, where no other user may read.
            await cp(toolPath("postgres"), programFolder(lab.layout), { recursive: true, verbatimSymlinks: true });
        }
        await writeFile(passwordFile, lab.state.postgres.password, { mode: 0o600 });
        await give(passwordFile, 0o600);
        await execa(
            serverProgram(lab.layout, "initdb"),
            [
                `--pgdata=${data}`,
                `--username=${lab.state.postgres.user}`,
                `--pwfile=${passwordFile}`,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            { cwd: folder, timeout: 60_000, ...user },
        );
        for (const [name, source] of [
            ["server.crt", files.serverCertificate],
            ["server.key", files.serverKey],
        ] as const) {
            await writeFile(join(data, name), readFileSync(source), { mode: 0o600 });
            await give(join(data, name), 0o600);
        }
    } catch (error) {
        // A half-made data folder would be taken for a whole one at the next start.
        await rm(folder, { recursive: true, force: true });
        throw error;
    } finally {
        await rm(passwordFile, { force: true });
    }
}

/** After a crash the old server's children live on for a moment, and a new server refuses to start beside them. */
async function waitForOldServer(data: string): Promise<void> {
    await waitUntil(
        async () => {
            const { stdout } = await execa("pgrep", ["--full", "--", `postgres.*${data}`], { reject: false });
            if (stdout !== "") {
                throw new Error(`processes ${stdout.split("\n").join(", ")} of the previous server are still ending`);
            }
        },
        { what: "the previous PostgreSQL server's end", withinMs: 10_000 },
    );
}

/** The user to run the server as: PostgreSQL refuses to run as root. Undefined: the caller, who is not root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
    if (process.getuid?.() !== 0) {
        return undefined;
    }
    const accounts = new Map(
        readFileSync("/etc/passwd", "utf8")
            .split("\n")
            .map((line) => line.split(":"))
            .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
    );
    const account = accounts.get("postgres") ?? accounts.get("nobody");
    if (account === undefined) {
        throw new Error("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as: make one with 'adduser --system postgres'");
    }
    return account;
}
