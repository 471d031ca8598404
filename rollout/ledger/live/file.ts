import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { recordText } from "../chain.ts";
import { headIn } from "../reading.ts";
import type { LedgerHead, LedgerRecord } from "../ledger-record.ts";

/**
 * A copy of a ledger in a file, one record a line, on the machine that wrote or read it.
 *
 * A user who can delete objects in the cluster does not reach it, so it shows a record that was taken away or put in another's place.
 */
export interface LedgerFile {
    readonly path: string;
    /** Place and hash of every record in the copy. A line that can't be read is passed over: a copy that ends in half a line is still a copy. */
    heads(): Promise<readonly LedgerHead[]>;
    /** Adds records. @throws {Error} when the file can't be written. */
    add(records: readonly LedgerRecord[]): Promise<void>;
}

/** Where the copy of a stack's ledger is, in the project's folder. Git ignores it. */
export function ledgerFilePath(folder: string, stack: string): string {
    return join(folder, ".rollout", "ledger", `${stack}.jsonl`);
}

/** The copy at `path`. A file that is not there is an empty copy. */
export function ledgerFile(path: string): LedgerFile {
    return {
        path,
        heads: async () => {
            const lines = (await textOf(path)).split("\n").filter((line) => line !== "");
            return lines.map(headOfLine).filter((head) => head !== undefined);
        },
        add: async (records) => {
            if (records.length === 0) {
                return;
            }
            await mkdir(dirname(path), { recursive: true });
            const text = await textOf(path);
            const start = text === "" || text.endsWith("\n") ? "" : "\n";
            await appendFile(path, `${start}${records.map((record) => `${recordText(record)}\n`).join("")}`);
        },
    };
}

async function textOf(path: string): Promise<string> {
    try {
        return await readFile(path, "utf8");
    } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
            return "";
        }
        throw error;
    }
}

function headOfLine(text: string): LedgerHead | undefined {
    const sequence = Number(/"sequence":(\d+)/.exec(text)?.[1]);
    return Number.isSafeInteger(sequence) ? headIn({ sequence, text }) : undefined;
}
