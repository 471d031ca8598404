import { z } from "zod";

/** Names whose order means nothing: sorted, each once. */
export const nameSet = z.array(z.string().min(1)).transform((names) => [...new Set(names)].sort());

/** Privileges in capitals, sorted, each once. */
export const privilegeSet = z
    .array(z.string().regex(/^[A-Za-z ]+$/, "must be a privilege such as SELECT, or ALL"))
    .transform((names) => [...new Set(names.map((name) => name.toUpperCase()))].sort());

/** What each type of object can grant: `ALL` means these. MAINTAIN exists from PostgreSQL 17, and is left out of `ALL` here. */
const allPrivileges = {
    database: ["CONNECT", "CREATE", "TEMPORARY"],
    schema: ["CREATE", "USAGE"],
    table: ["DELETE", "INSERT", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"],
    sequence: ["SELECT", "UPDATE", "USAGE"],
    function: ["EXECUTE"],
    procedure: ["EXECUTE"],
    routine: ["EXECUTE"],
    type: ["USAGE"],
} as const;

/** A type of object that privileges are granted on. */
export type ObjectType = keyof typeof allPrivileges;

/**
 * The privileges to report for what was found live: the wanted ones where they are all there and no others, else those found.
 * `ALL` stays `ALL` when everything is granted.
 */
export function reported(objectType: ObjectType, wanted: readonly string[], found: readonly string[]): string[] {
    const names = [...new Set(found)].filter((name) => name !== "MAINTAIN").sort();
    const hasAll = allPrivileges[objectType].every((name) => names.includes(name));
    return wanted.some((name) => name === "ALL" || name === "ALL PRIVILEGES") && hasAll ? [...wanted] : names;
}
