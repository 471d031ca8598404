import { DockerfileParser, JSONInstruction, ModifiableInstruction, PropertyInstruction, Run, type Instruction } from "dockerfile-ast";
import { z } from "zod";

import { wordsOf } from "../../rollout/words.ts";

/** What a Dockerfile does next. Variables of the builder are put in already; those that a shell puts in are left to it. */
export type Step =
    | { readonly kind: "run"; readonly command: string }
    /** Without `from` from the build's own files. */
    | { readonly kind: "copy"; readonly from?: string; readonly sources: readonly string[]; readonly to: string }
    /** Known to later commands of the stage, and not to the image. */
    | { readonly kind: "argument"; readonly name: string; readonly value: string }
    | { readonly kind: "environment"; readonly values: Readonly<Record<string, string>> }
    | { readonly kind: "working-directory"; readonly path: string }
    | { readonly kind: "user"; readonly user: string }
    | { readonly kind: "ports"; readonly ports: readonly string[] }
    | { readonly kind: "entrypoint"; readonly words: readonly string[] }
    | { readonly kind: "command"; readonly words: readonly string[] };

/** What one FROM begins. */
export interface Stage {
    /** Name after AS, in lower case. */
    readonly name?: string;
    /** An image, or the name of a stage before. */
    readonly from: string;
    readonly steps: readonly Step[];
}

/**
 * Reads a Dockerfile, as far as the lab can build one: ARG, FROM with AS, WORKDIR, COPY with --from, RUN, ENV, USER, EXPOSE, and ENTRYPOINT and CMD as lists.
 *
 * @throws {Error} naming the line of anything else: another instruction, a flag, a pattern, a here-document, a command line in place of a list. An image that is almost what the file
 * says would show nothing of the file.
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function readDockerfile(text: string): readonly Stage[] {
    const file = DockerfileParser.parse(text);
    // The parser takes any remark with an equals sign for a directive. Of the real ones this alone changes what the file says.
    if (file.getDirectives().some((directive) => directive.getName().toLowerCase() === "escape")) {
        throw new Error("the lab's builder does not know the directive escape");
    }
    const reader = new Reader();
    for (const instruction of file.getInstructions()) {
        try {
            reader.read(instruction);
        } catch (error) {
            throw new Error(`line ${String(instruction.getRange().start.line + 1)}, ${instruction.getKeyword()}: ${wordsOf(error)}`, {
                cause: error,
            });
        }
    }
    if (reader.stages.length === 0) {
        throw new Error("there is no FROM in it");
    }
    return reader.stages;
}

/** Reads instructions in their order: what a variable stands for depends on those before. */
class Reader {
    readonly stages: (Stage & { readonly steps: Step[] })[] = [];
    /** Defaults of the ARGs before the first FROM: a stage knows them where it repeats the ARG. */
    private readonly outer = new Map<string, string>();
    private variables = new Map<string, string>();

    read(instruction: Instruction): void {
        refuseFlags(instruction);
        if (instruction.getKeyword() === "FROM") {
            this.begin(instruction);
            return;
        }
        const stage = this.stages.at(-1);
        if (stage !== undefined) {
            stage.steps.push(...this.steps(instruction));
        } else if (instruction.getKeyword() === "ARG") {
            for (const { name, value } of properties(instruction)) {
                this.outer.set(name, this.expand(required(value, `${name} has no default, and the lab gives none`), this.outer));
            }
        } else {
            throw new Error("it stands before the first FROM");
        }
    }

    private begin(instruction: Instruction): void {
        const [from, as, name, ...rest] = argumentsOf(instruction);
        if (from === undefined || rest.length > 0 || (as !== undefined && (as.toUpperCase() !== "AS" || name === undefined))) {
            throw new Error("it takes an image, and AS with a name");
        }
        this.variables = new Map();
        this.stages.push({ from: this.expand(from, this.outer), ...(name === undefined ? {} : { name: name.toLowerCase() }), steps: [] });
    }

    private steps(instruction: Instruction): readonly Step[] {
        const expanded = () => argumentsOf(instruction).map((word) => this.expand(word, this.variables));
        switch (instruction.getKeyword()) {
            case "RUN":
                return [{ kind: "run", command: commandLine(instruction) }];
            case "COPY":
                return [copy(instruction, expanded())];
            case "ARG":
                return properties(instruction).map(({ name, value }) => {
                    const given =
                        value === undefined
                            ? required(this.outer.get(name), `${name} has no default, and the lab gives none`)
                            : this.expand(value, this.variables);
                    this.variables.set(name, given);
                    return { kind: "argument", name, value: given };
                });
            case "ENV": {
                const values = properties(instruction).map(({ name, value }): [string, string] => [
                    name,
                    this.expand(required(value, `${name} has no value`), this.variables),
                ]);
                values.forEach(([name, value]) => this.variables.set(name, value));
                return [{ kind: "environment", values: Object.fromEntries(values) }];
            }
            case "WORKDIR":
                return [{ kind: "working-directory", path: single(expanded()) }];
            case "USER":
                return [{ kind: "user", user: single(expanded()) }];
            case "EXPOSE":
                return [{ kind: "ports", ports: expanded().map(port) }];
            case "ENTRYPOINT":
                return [{ kind: "entrypoint", words: list(instruction) }];
            case "CMD":
                return [{ kind: "command", words: list(instruction) }];
            default:
                throw new Error("the lab's builder does not know this instruction");
        }
    }

    /** Puts variables in. The forms with a default or a pattern (`${NAME:-value}`) are not known. */
    private expand(text: string, variables: ReadonlyMap<string, string>): string {
        if (/["'\\]/.test(text)) {
            throw new Error(`the lab's builder knows no quotes and no backslashes here: ${text}`);
        }
        return text.replaceAll(/\$(?:\{(\w+)\}|(\w+)|)/g, (_, braced: string | undefined, bare: string | undefined) => {
            const name = required(braced ?? bare, `the lab's builder knows variables as $NAME and \${NAME} alone: ${text}`);
            return required(variables.get(name), `the variable ${name} is not set before: ${text}`);
        });
    }
}

/** Only COPY has a flag that is known, and it has just that one. */
function refuseFlags(instruction: Instruction): void {
    const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
    const others = flags.filter((flag) => !(instruction.getKeyword() === "COPY" && flag.getName() === "from")).map((flag) => flag.toString());
    const words = instruction instanceof Run ? [] : instruction.getArguments().map((argument) => argument.getValue());
    const unknown = [...others, ...(instruction instanceof JSONInstruction ? [] : words.filter((word) => word.startsWith("--")))];
    if (unknown.length > 0) {
        throw new Error(`the lab's builder does not know ${unknown.join(" ")}`);
    }
    if (instruction.getArgumentsContent() === null) {
        throw new Error("it says nothing");
    }
    if (!(instruction instanceof Run) && /\n\s*#/.test(instruction.getRawArgumentsContent() ?? "")) {
        throw new Error("the lab's builder knows no remark in the middle of this instruction");
    }
}

function argumentsOf(instruction: Instruction): readonly string[] {
    return instruction.getArguments().map((argument) => argument.getValue());
}

function commandLine(instruction: Instruction): string {
    if (!(instruction instanceof Run) || instruction.getHeredocs().length > 0) {
        throw new Error("the lab's builder does not know here-documents");
    }
    if (isList(instruction)) {
        throw new Error("write the command as a shell has it: the lab's builder does not know the form of a list here");
    }
    return joined(required(instruction.getRawArgumentsContent() ?? undefined, "it says nothing"));
}

/** Lines that a backslash continues, as one. A remark in between is no part of it: a shell would take the rest of the line for the remark. */
function joined(text: string): string {
    const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
    return lines.map((line) => line.replace(/\\[ \t\r]*$/, "")).join("");
}

function copy(instruction: Instruction, words: readonly string[]): Step {
    const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags() : [];
    const to = words.at(-1);
    const sources = words.slice(0, -1);
    if (to === undefined || sources.length === 0 || flags.length > 1) {
        throw new Error("it takes what is copied, and where to");
    }
    if (isList(instruction) || words.some((word) => word.startsWith("<<"))) {
        throw new Error("the lab's builder knows no lists and no here-documents here");
    }
    const from = flags[0]?.getValue()?.toLowerCase();
    const pattern = sources.find((source) => (from === undefined ? /[?[]/ : /[*?[]/).test(source));
    if (pattern !== undefined) {
        throw new Error(`the lab's builder knows no other pattern than * for the build's own files: ${pattern}`);
    }
    if (sources.length > 1 && !to.endsWith("/")) {
        throw new Error(`several files go to a folder: ${to} has to end with a slash`);
    }
    return { kind: "copy", ...(from === undefined ? {} : { from }), sources, to };
}

function properties(instruction: Instruction): readonly { readonly name: string; readonly value: string | undefined }[] {
    if (!(instruction instanceof PropertyInstruction)) {
        throw new Error("it has no names and values");
    }
    return instruction.getProperties().map((property) => {
        const written = property.getUnescapedValue() ?? "";
        if (/['\\]/.test(written)) {
            throw new Error(`the lab's builder knows no single quotes and no backslashes here: ${written}`);
        }
        return { name: property.getName(), value: property.getValue() ?? undefined };
    });
}

function isList(instruction: Instruction): boolean {
    return instruction instanceof JSONInstruction && instruction.getOpeningBracket() !== null;
}

function list(instruction: Instruction): readonly string[] {
    if (!(instruction instanceof JSONInstruction) || instruction.getOpeningBracket() === null || instruction.getClosingBracket() === null) {
        throw new Error('the lab\'s builder takes a list such as ["node", "main.js"] alone: a shell in between gets the signals that end a pod');
    }
    // The parser's own reading of the words loses the spaces in them.
    return z.array(z.string()).parse(JSON.parse(joined(required(instruction.getRawArgumentsContent() ?? undefined, "it says nothing"))));
}

function port(text: string): string {
    if (!/^\d+(\/(tcp|udp))?$/.test(text)) {
        throw new Error(`${text} is no port`);
    }
    return text.includes("/") ? text : `${text}/tcp`;
}

function single(words: readonly string[]): string {
    const [word, ...rest] = words;
    if (word === undefined || rest.length > 0) {
        throw new Error("it takes one value");
    }
    return word;
}

function required<T>(value: T | undefined, problem: string): T {
    if (value === undefined) {
        throw new Error(problem);
    }
    return value;
}
