import { renameSync, writeFileSync } from "node:fs";

/** Writes a file for its owner's eyes only. Readers see the old content or the new one, never a part, even when the writer is killed. */
export function writeSecretFile(path: string, content: string): void {
    const draft = `${path}.draft`;
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
}
