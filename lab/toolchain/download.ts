import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";

/** A file somewhere else, and what it must be. */
export interface Download {
    readonly url: string;
    /** SHA-256 of the whole file, in hexadecimal. */
    readonly sha256: string;
}

export interface DownloadLimits {
    /** How long a server may take to its first byte, in milliseconds. @default 5000 */
    readonly firstByteMs?: number;
    /** How long it may be silent after that, in milliseconds. @default 20000 */
    readonly silenceMs?: number;
}

/** How often a server that breaks off is asked for the rest. */
const attempts = 3;

/**
 * Downloads a file to `path`, and goes on with what an earlier attempt left there.
 *
 * @param say progress for people.
 * @throws {Error} when the server does not answer in time, breaks off again and again, or sends anything but the file with that checksum: then nothing is left at `path`.
 */
export async function download({ url, sha256 }: Download, path: string, say: (line: string) => void, limits: DownloadLimits = {}): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    for (let attempt = 1; ; attempt += 1) {
        try {
            await fetchRest(url, path, say, limits);
            break;
        } catch (error) {
            // Without a byte there is nothing to go on with.
            if (attempt === attempts || (await sizeOf(path)) === 0) {
                throw error;
            }
            say(`${url} broke off: asking for the rest`);
        }
    }
    const found = await checksumOf(path);
    if (found !== sha256) {
        await rm(path);
        throw new Error(`${url} is not the file that was pinned: its checksum is ${found}, and not ${sha256}`);
    }
}

/** One question: for what is missing of the file, or all of it where the server can't do that. */
async function fetchRest(url: string, path: string, say: (line: string) => void, { firstByteMs = 5_000, silenceMs = 20_000 }: DownloadLimits): Promise<void> {
    const had = await sizeOf(path);
    const silence = new AbortController();
    const quiet = (ms: number): NodeJS.Timeout =>
        setTimeout(() => {
            silence.abort(new Error(`${url} sent nothing for ${String(ms / 1_000)} s`));
        }, ms);
    let timer = quiet(firstByteMs);
    try {
        const answer = await fetch(url, { signal: silence.signal, headers: had > 0 ? { range: `bytes=${String(had)}-` } : {} });
        if (answer.status === 416) {
            // All of it is there, or more: the checksum tells.
            await answer.body?.cancel();
            return;
        }
        if (!answer.ok || answer.body === null) {
            throw new Error(`${url} answered ${String(answer.status)}`);
        }
        const goesOn = answer.status === 206 && answer.headers.get("content-range")?.startsWith(`bytes ${String(had)}-`) === true;
        let have = goesOn ? had : 0;
        const all = have + Number(answer.headers.get("content-length") ?? Number.NaN);
        const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
            for await (const chunk of chunks) {
                clearTimeout(timer);
                timer = quiet(silenceMs);
                have += chunk.length;
                say(`${megabytes(have)} of ${Number.isNaN(all) ? "?" : megabytes(all)} MB of ${url}`);
                yield chunk;
            }
        };
        await pipeline(answer.body, counted, createWriteStream(path, { flags: goesOn ? "a" : "w" }), { signal: silence.signal });
    } catch (error) {
        throw silence.signal.aborted ? silence.signal.reason : error;
    } finally {
        clearTimeout(timer);
    }
}

async function sizeOf(path: string): Promise<number> {
    return stat(path).then(
        ({ size }) => size,
        () => 0,
    );
}

async function checksumOf(path: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
}

function megabytes(bytes: number): string {
    return (bytes / 1_000_000).toFixed(1);
}
