import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { type Document, parse } from "yaml";
import { z } from "zod";

import { isRecord } from "../settings/tree.ts";
import type { Weight } from "../plan/plan.ts";
import type { ConfigParser } from "../settings/parse.ts";
import { ConfigError } from "../settings/problem.ts";
import type { RolloutSettings } from "../settings/settings.ts";
import { redacted } from "../settings/secrets.ts";
import { type WrittenConfig, readWritten, writtenValues } from "../settings/written.ts";
import type { EngineConfig } from "./engine-config.ts";

/**
 * The stack's file, `Pulumi.<stack>.yaml`: where the step of a rollout is written down. People edit it in a pull request; the `rollout` command edits the
 * same keys and leaves comments and everything else as it was.
 */
export class StackFile {
    readonly path: string;
    readonly #project: string;
    readonly #parse: ConfigParser<RolloutSettings>;
    /** What the engine said, and what the file had then. */
    #heeded: { readonly engine: EngineConfig; readonly then: Readonly<Record<string, unknown>> } | undefined;

    /**
     * @param folder the folder with Pulumi.yaml.
     * @param parseConfig how the program reads its config.
     * @throws {Error} where there is no project or no such stack.
     */
    constructor(folder: string, stack: string, parseConfig: ConfigParser<RolloutSettings>) {
        this.#parse = parseConfig;
        this.#project = projectSchema.parse(
            parse(readText(join(folder, "Pulumi.yaml"), "run the command in the project's folder, or name it with --cwd")),
        ).name;
        this.path = join(folder, `Pulumi.${stack}.yaml`);
        readText(this.path, `name a stack that has a file, with --stack; 'pulumi stack init ${stack}' makes a new one`);
    }

    /** Whether values of the config come from environments (Pulumi ESC), and so are not in the file. */
    get hasEnvironment(): boolean {
        return this.#written().document.has("environment");
    }

    /** Takes what the engine says of the config. Where a value of the file is edited later, the file's counts, as it does for the engine. */
    heed(engine: EngineConfig): void {
        this.#heeded = { engine, then: writtenValues(this.#written()) };
    }

    /**
     * The config, validated in the same way as in the program.
     *
     * @throws {ConfigError} with every problem at once.
     * @throws {Error} where the file has not all values, and the engine did not give them.
     */
    config(variables: Readonly<Record<string, string | undefined>>): RolloutSettings {
        const written = this.#written();
        const engine = this.#heeded?.engine;
        if (written.document.has("environment") && engine?.kind !== "given") {
            throw new Error(
                `${this.path} has 'environment', so that the engine alone knows all of the config: ${engine?.reason ?? "it was not asked"}. What to do: log in to the backend ('pulumi whoami'), or write the values into the file.`,
            );
        }
        const entries = Object.entries(this.#valuesIn(written));
        const secretKeys = new Set(entries.filter(([, value]) => isRecord(value) && "secure" in value).map(([key]) => key));
        // An encrypted value is there, and stays encrypted: code that needs it asks the engine.
        const raw = entries.map(([key, value]) => [key, isRecord(value) && "secure" in value ? value.secure : value] as const);
        const parsed = this.#parse(Object.fromEntries(raw), { variables, secretKeys, written });
        if (!parsed.ok) {
            throw new ConfigError(parsed.problems);
        }
        return parsed.config;
    }

    /** The file's values, by key without the project's name, as they are written; and those that only the engine has, where it was asked. */
    values(): Readonly<Record<string, unknown>> {
        return this.#valuesIn(this.#written());
    }

    #valuesIn(written: WrittenConfig): Readonly<Record<string, unknown>> {
        const now = writtenValues(written);
        if (this.#heeded?.engine.kind !== "given") {
            return now;
        }
        const { engine, then } = this.#heeded;
        const prefix = `${this.#project}:`;
        const given = Object.entries(engine.values).flatMap(([key, { value, secret }]) =>
            key.startsWith(prefix) ? [[key.slice(prefix.length), secret ? { secure: redacted } : value] as const] : [],
        );
        const unchanged = given.filter(([key]) => isDeepStrictEqual(now[key], then[key]));
        return { ...now, ...Object.fromEntries(unchanged) };
    }

    /** Writes the next step. */
    setRolloutPercent(weightPercent: Weight): void {
        this.#edit((document) => {
            document.setIn(this.#key("rolloutPercent"), weightPercent);
        });
    }

    /** Makes the candidate the stable revision: `stable` becomes what `candidate` is, and there is no candidate any more. @throws {Error} where there is none. */
    promoteCandidate(): void {
        this.#edit((document) => {
            const candidate: unknown = document.getIn(this.#key("candidate"), true);
            if (candidate === undefined) {
                throw new Error(`${this.path} has no candidate to promote`);
            }
            document.setIn(this.#key("stable"), candidate);
            document.deleteIn(this.#key("candidate"));
            document.setIn(this.#key("rolloutPercent"), 0);
        });
    }

    /** Puts the file's text back as it was: for a step that was refused. */
    restore(text: string): void {
        write(this.path, text);
    }

    /** The file's text. */
    text(): string {
        return readFileSync(this.path, "utf8");
    }

    #written(): WrittenConfig {
        return readWritten({ path: this.path, text: this.text(), project: this.#project });
    }

    #key(name: string): readonly string[] {
        return ["config", `${this.#project}:${name}`];
    }

    #edit(change: (document: Document) => void): void {
        const { document } = this.#written();
        change(document);
        write(this.path, document.toString({ lineWidth: 0 }));
    }
}

/** A crash in between leaves the old file whole. */
function write(path: string, text: string): void {
    const draft = `${path}.draft`;
    writeFileSync(draft, text);
    renameSync(draft, path);
}

function readText(path: string, fix: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        throw new Error(`${path} can't be read. What to do: ${fix}.`, { cause: error });
    }
}

const projectSchema = z.object({ name: z.string() });
