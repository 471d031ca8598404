import type { Server } from "./connection.ts";

/** Where an object is that lives in one database: by its last state, else by its id, `<database>.<name>` or `<name>` in the provider's database. */
export function placeOf(
    server: Server,
    id: string,
    last: { readonly database?: string | undefined; readonly name: string } | undefined,
): { readonly database: string; readonly name: string } {
    const dot = id.indexOf(".");
    return { database: last?.database ?? (dot < 0 ? server.database : id.slice(0, dot)), name: last?.name ?? id.slice(dot + 1) };
}

/** What was read back after a change. @throws {Error} when it was dropped meanwhile. */
export function stillThere<State>(found: State | undefined, what: string): State {
    if (found === undefined) {
        throw new Error(`${what} was dropped while it was being changed`);
    }
    return found;
}
