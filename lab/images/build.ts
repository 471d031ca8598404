import type { Stats } from "node:fs";
import { chmod, chown, copyFile, lstat, mkdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";

import { wordsOf } from "../../rollout/words.ts";
import { run, type Workplace } from "../toolchain/workplace.ts";
import type { ImageConfig } from "./archive.ts";
import { contextFiles } from "./context.ts";
import { readDockerfile, type Stage, type Step } from "./dockerfile.ts";
import { ensureLayer, keyOf, type Layer } from "./layers.ts";
import type { BuildSettings } from "./npm.ts";
import { filesSeen, rootCommand, type Root, type Start } from "./root.ts";

/** What a stage has become so far. */
export interface Built {
    readonly layers: readonly Layer[];
    readonly config: ImageConfig;
}

/** What a build has at hand. */
export interface BuildOptions {
    /** For people and for the cache's folders. */
    readonly name: string;
    /** The build's folder: COPY takes files from it. */
    readonly folder: string;
    /** The images that FROM may name. @throws {Error} for one that there is not. */
    readonly imageOf: (reference: string) => Promise<Built>;
    /** What commands get for their run, asked for only where one runs. */
    readonly settings: () => Promise<BuildSettings>;
    readonly say: (line: string) => void;
}

/**
 * Builds the Dockerfile of a folder. Each RUN and each COPY makes a layer, and a layer whose instruction, files and layers below are the same is in the cache already.
 *
 * A layer only adds files: a RUN that removes one of a layer below is refused.
 */
export async function buildDockerfile(options: BuildOptions): Promise<Built> {
    const file = join(options.folder, "Dockerfile");
    const stages = await readFile(file, "utf8")
        .then(readDockerfile)
        .catch((error: unknown) => {
            throw new Error(`${file}: ${wordsOf(error)}`, { cause: error });
        });
    const built = new Map<string, Built>();
    let last: Built | undefined;
    for (const stage of stages) {
        last = await buildStage(stage, built, options);
        if (stage.name !== undefined) {
            built.set(stage.name, last);
        }
    }
    if (last === undefined) {
        throw new Error(`${file}: there is no stage in it`);
    }
    return last;
}

async function buildStage(stage: Stage, before: ReadonlyMap<string, Built>, options: BuildOptions): Promise<Built> {
    let { layers, config } = before.get(stage.from.toLowerCase()) ?? (await options.imageOf(stage.from));
    const build: { arguments: Record<string, string>; hasCommand: boolean } = { arguments: {}, hasCommand: false };
    for (const step of stage.steps) {
        if (step.kind === "run") {
            layers = [...layers, await runLayer(step.command, layers, config, build.arguments, options)];
        } else if (step.kind === "copy") {
            layers = [...layers, await copyLayer(step, layers, config, before, options)];
        } else if (step.kind === "argument") {
            build.arguments[step.name] = step.value;
        } else {
            // An entry point makes the command of the image below meaningless.
            config = changed(step.kind === "entrypoint" && !build.hasCommand ? { ...config, command: [] } : config, step);
            build.hasCommand ||= step.kind === "command";
        }
    }
    return { layers, config };
}

/** The config after a step that changes nothing else. */
export function changed(config: ImageConfig, step: Exclude<Step, { readonly kind: "run" | "copy" | "argument" }>): ImageConfig {
    switch (step.kind) {
        case "environment":
            return { ...config, environment: { ...config.environment, ...step.values } };
        case "working-directory":
            return { ...config, workingDirectory: posix.resolve(config.workingDirectory, step.path) };
        case "user":
            return { ...config, user: step.user };
        case "ports":
            return { ...config, ports: [...new Set([...config.ports, ...step.ports])] };
        case "entrypoint":
            return { ...config, entrypoint: step.words };
        case "command":
            return { ...config, command: step.words };
    }
}

function keysOf(layers: readonly Layer[]): readonly string[] {
    return layers.map(({ key }) => key);
}

async function runLayer(
    command: string,
    layers: readonly Layer[],
    config: ImageConfig,
    args: Readonly<Record<string, string>>,
    options: BuildOptions,
): Promise<Layer> {
    const { environment, user, workingDirectory } = config;
    const key = keyOf("run", command, keysOf(layers), environment, user, workingDirectory, args);
    return ensureLayer(options.name, key, options.say, async (files, place) => {
        place.say(`running ${command}`);
        await makeFolder(files, layers, workingDirectory);
        const settings = await options.settings();
        const changes = { upper: files, work: join(place.scratch, "work") };
        await mkdir(changes.work);
        const before = await filesSeen({ layers });
        const start = {
            environment: {
                HOME: user === "" ? "/root" : "/",
                ...environment,
                ...args,
                ...settings.environment,
                PATH: `${environment.PATH ?? ""}:${settings.commands}`,
            },
            user,
            workingDirectory,
        };
        await runIn({ layers, changes, mounts: settings.mounts }, start, ["/bin/sh", "-c", command], `RUN ${command}`, place);
        const after = await filesSeen({ layers: [...layers, { files }] });
        const removed = [...before].filter((path) => !after.has(path));
        if (removed.length > 0) {
            throw new Error(`'${command}' removes files of a layer below, which the lab's builder can't do: ${removed.slice(0, 5).join(", ")}`);
        }
    });
}

/** Runs a program in a root folder. @throws {Error} that names the instruction, with the program's last lines. */
async function runIn(root: Root, start: Start, program: readonly string[], instruction: string, place: Workplace): Promise<void> {
    const [file, args, { env }] = rootCommand(root, start, program);
    await run(place, file, args, { cwd: "/", env, extendEnv: false }).catch((error: unknown) => {
        throw new Error(`${instruction}: ${wordsOf(error)}`, { cause: error });
    });
}

async function copyLayer(
    step: Extract<Step, { readonly kind: "copy" }>,
    layers: readonly Layer[],
    config: ImageConfig,
    before: ReadonlyMap<string, Built>,
    options: BuildOptions,
): Promise<Layer> {
    const path = posix.resolve(config.workingDirectory, step.to);
    const isFolder = step.to.endsWith("/") || path === config.workingDirectory || (await topmost(layers, path))?.isDirectory() === true;
    const to = isFolder && path !== "/" ? `${path}/` : path;
    if (step.from !== undefined) {
        const stage = before.get(step.from);
        if (stage === undefined) {
            throw new Error(`COPY --from=${step.from}: the lab's builder knows no stage of that name`);
        }
        const key = keyOf("copy", step.sources, to, keysOf(layers), keysOf(stage.layers));
        return ensureLayer(options.name, key, options.say, async (files, place) => {
            for (const source of step.sources.map((path) => posix.resolve("/", path))) {
                place.say(`copying ${source} of ${step.from ?? ""}`);
                await makeFolder(files, layers, to.endsWith("/") ? to : posix.dirname(to));
                const copy =
                    'if [ -d "$1" ]; then mkdir -p "/run/files$2" && cp -a --no-preserve=ownership "$1/." "/run/files$2"; else cp -a --no-preserve=ownership "$1" "/run/files$2"; fi';
                const start = { environment: { PATH: "/usr/bin" }, user: "", workingDirectory: "/" };
                const program = ["/bin/sh", "-ec", copy, "sh", source, to];
                await runIn({ layers: stage.layers, mounts: { "/run/files": files } }, start, program, `COPY --from=${step.from ?? ""} ${source}`, place);
            }
        });
    }
    const found = await contextFiles(options.folder, step.sources, to);
    const key = keyOf(
        "copy",
        keysOf(layers),
        found.map((file) => [file.to, file.mode, file.digest]),
    );
    return ensureLayer(options.name, key, options.say, async (files, place) => {
        place.say(`copying ${step.sources.join(", ")}`);
        for (const { file, to: target, mode } of found) {
            await makeFolder(files, layers, posix.dirname(target));
            await copyFile(file, join(files, target));
            await chmod(join(files, target), mode);
        }
    });
}

/**
 * Makes a folder in a layer, and those above it: as they are in the layers below where they are there, since what the upper layer says of a folder counts.
 *
 * @throws {Error} where one is a link or a file.
 */
async function makeFolder(files: string, layers: readonly Layer[], path: string): Promise<void> {
    const parts = path.split("/").filter((part) => part !== "");
    for (const folder of parts.map((_, index) => parts.slice(0, index + 1).join("/"))) {
        const made = await mkdir(join(files, folder)).then(
            () => true,
            (error: unknown) => {
                if (error instanceof Error && "code" in error && error.code === "EEXIST") {
                    return false;
                }
                throw error;
            },
        );
        if (!made) {
            continue;
        }
        const below = await topmost(layers, folder);
        if (below?.isDirectory() === false) {
            throw new Error(`/${folder} is no folder in the image below: name the one that it stands for`);
        }
        await chown(join(files, folder), below?.uid ?? 0, below?.gid ?? 0);
        await chmod(join(files, folder), (below?.mode ?? 0o755) & 0o7777);
    }
}

/** What the uppermost layer that has a path says of it. */
async function topmost(layers: readonly Layer[], path: string): Promise<Stats | undefined> {
    for (const { files } of layers.toReversed()) {
        const found = await lstat(join(files, path)).catch(() => undefined);
        if (found !== undefined) {
            return found;
        }
    }
    return undefined;
}
