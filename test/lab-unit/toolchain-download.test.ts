import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { download } from "../../lab/toolchain/download.ts";
import { officialReleases, takeOfficial } from "../../lab/toolchain/official.ts";
import { exists } from "../../lab/toolchain/store.ts";
import type { Workplace } from "../../lab/toolchain/workplace.ts";
import { closed, listening } from "../helpers/listening.ts";

const program = Buffer.from(`#!/bin/sh\necho "tool 1.2.3"\n${"# filling\n".repeat(20_000)}`);
const sha256 = createHash("sha256").update(program).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves what is asked for, from where it is asked for on. */
const serves: Answer = (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from >= program.length) {
        response.writeHead(416).end();
        return;
    }
    const range = from > 0 ? { "content-range": `bytes ${String(from)}-${String(program.length - 1)}/${String(program.length)}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { "content-length": program.length - from, ...range }).end(program.subarray(from));
};
const servesAllAlways: Answer = (_, response) => response.writeHead(200, { "content-length": program.length }).end(program);
/** Promises all, sends a part of what was asked for, and breaks off. */
const cutsOff: Answer = (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
        "content-length": program.length - from,
        ...(from > 0 ? { "content-range": `bytes ${String(from)}-${String(program.length - 1)}/${String(program.length)}` } : {}),
    });
    response.write(program.subarray(from, from + 50_000), () => setTimeout(() => response.destroy(), 20));
};
const stalls: Answer = () => undefined;
const stallsHalfway: Answer = (_, response) => {
    response.writeHead(200, { "content-length": program.length });
    response.write(program.subarray(0, 1_000));
};
const lies: Answer = (_, response) => response.end(Buffer.from(program).fill("x"));
const refuses: Answer = (_, response) => response.writeHead(404).end("nothing here");

let folder = "";
let url = "";
let asked: (string | undefined)[] = [];
let answers: Answer[] = [];
/** Gives the answers in their order, the last one for good. */
const server = createServer((request, response) => {
    asked.push(request.headers.range);
    const [answer] = answers.length > 1 ? answers.splice(0, 1) : answers;
    answer?.(request, response);
});

beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "toolchain-download-"));
    vi.stubEnv("NOVA_CACHE", join(folder, "cache"));
    url = `http://127.0.0.1:${String(await listening(server))}/tool`;
    asked = [];
});
afterEach(async () => {
    vi.unstubAllEnvs();
    await closed(server);
    await rm(folder, { recursive: true });
});

const limits = { firstByteMs: 500, silenceMs: 500 };
const file = (): string => join(folder, "file");
const fetchFile = async (...script: Answer[]): Promise<void> => {
    answers = script;
    await download({ url, sha256 }, file(), () => undefined, limits);
};

describe("a download", () => {
    it("is the file that was pinned", async () => {
        await fetchFile(serves);
        expect(await readFile(file())).toEqual(program);
        expect(asked).toEqual([undefined]);
    });

    it("goes on where a server broke off", async () => {
        await fetchFile(cutsOff, cutsOff, serves);
        expect(await readFile(file())).toEqual(program);
        expect(asked).toEqual([undefined, "bytes=50000-", "bytes=100000-"]);
    });

    it("goes on with what an interrupted run left", async () => {
        await writeFile(file(), program.subarray(0, 70_000));
        await fetchFile(serves);
        expect(await readFile(file())).toEqual(program);
        expect(asked).toEqual(["bytes=70000-"]);
    });

    it("takes a file that is whole already", async () => {
        await writeFile(file(), program);
        await fetchFile(serves);
        expect(await readFile(file())).toEqual(program);
    });

    it("begins anew where the server can't go on", async () => {
        await writeFile(file(), program.subarray(0, 70_000));
        await fetchFile(servesAllAlways);
        expect(await readFile(file())).toEqual(program);
    });

    it("keeps the part that came when the server broke off too often, for the next run", async () => {
        await expect(fetchFile(cutsOff)).rejects.toThrow();
        expect((await stat(file())).size).toBe(150_000);
        await fetchFile(serves);
        expect(await readFile(file())).toEqual(program);
    });

    it.each([
        { what: "never answers", answer: stalls, says: /sent nothing for 0\.5 s/ },
        { what: "falls silent halfway", answer: stallsHalfway, says: /sent nothing for 0\.5 s/ },
        { what: "has no such file", answer: refuses, says: /answered 404/ },
        { what: "sends something else", answer: lies, says: /is not the file that was pinned/ },
    ])("fails where the server $what", async ({ answer, says }) => {
        await expect(fetchFile(answer)).rejects.toThrow(says);
    });

    it("leaves nothing of a file that is not the right one, even where it went on with a part of something else", async () => {
        await writeFile(file(), "rubbish");
        await expect(fetchFile(serves)).rejects.toThrow(/its checksum is [0-9a-f]{64}, and not/);
        expect(await exists(file())).toBe(false);
    });
});

describe("an official release", () => {
    const recipe = { version: "1.2.3", check: ["--version"] };
    let news: string[] = [];
    const placeIn = (): Workplace => ({ output: folder, scratch: folder, log: join(folder, "log"), say: (line) => news.push(line) });

    const take = async (release: Readonly<Record<string, string>>, ...script: Answer[]): Promise<boolean> => {
        answers = script;
        news = [];
        return takeOfficial("tool", recipe, placeIn(), { ...limits, release: { version: "1.2.3", url, sha256, ...release } });
    };

    it("is taken when it is what was pinned, and runs", async () => {
        expect(await take({}, serves)).toBe(true);
        expect((await execa(join(folder, "tool"))).stdout).toBe("tool 1.2.3");
    });

    it.each([
        { what: "another version", release: { version: "1.2.4" } },
        { what: "a tool without a known release", release: undefined },
    ])("is not asked for with $what", async ({ release }) => {
        answers = [serves];
        const options = release === undefined ? {} : { release: { url, sha256, ...release } };
        expect(await takeOfficial("tool", recipe, placeIn(), options)).toBe(false);
        expect(asked).toEqual([]);
    });

    it.each([
        { what: "lies", answer: lies },
        { what: "never answers", answer: stalls },
        { what: "has no such file", answer: refuses },
        { what: "breaks off again and again", answer: cutsOff },
    ])("is left alone where the server $what: nothing of it stays as a program, and the server is not asked again", async ({ answer }) => {
        expect(await take({}, answer)).toBe(false);
        expect(news.at(-1)).toMatch(/^built from source, since /);
        expect(await exists(join(folder, "tool"))).toBe(false);
        const before = asked.length;
        expect(await take({}, serves)).toBe(false);
        expect(asked).toHaveLength(before);
    });
});

describe("the list of official releases", () => {
    it("names a server that can be trusted to be that server, for each", () => {
        expect([...officialReleases.values()].filter(({ url: from }) => !from.startsWith("https://"))).toEqual([]);
        expect(officialReleases.size).toBeGreaterThan(0);
    });
});
