import { dumpScript } from "./dump-script.ts";
import { restoreCheckScript } from "./restore-check-script.ts";

/** Where the pods find things. The scripts take the folders from the environment, so that they run anywhere. */
export const folders = { credentials: "/credentials", dumps: "/dumps", scratch: "/scratch", scripts: "/scripts" } as const;

/** The scripts of the backup, by file name. They need the official PostgreSQL image (a shell, GNU tools, and the server's programs), of the server's major version or newer. */
export const backupScripts: Readonly<Record<string, string>> = { "dump.sh": dumpScript, "restore-check.sh": restoreCheckScript };

/** A line of a password file. Colons and backslashes in a field are escaped (https://www.postgresql.org/docs/current/libpq-pgpass.html). */
export function passfileLine(fields: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly username: string;
    readonly password: string;
}): string {
    const { host, port, database, username, password } = fields;
    return `${[host, String(port), database, username, password].map((field) => field.replaceAll(/[\\:]/g, "\\$&")).join(":")}\n`;
}
