import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

import ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { profile } from "../service/profile.ts";

const root = resolve(import.meta.dirname, "..");
const text = (file: string): string => readFileSync(resolve(root, file), "utf8");

/** What the image's stages copy out of the checkout. */
const copied = [...text("Dockerfile").matchAll(/^COPY (?!--from)(.+) \.\S*$/gm)].flatMap(([, sources = ""]) => sources.split(" "));

interface Imports {
    /** When the file is loaded. */
    readonly atOnce: readonly string[];
    /** Only when it comes to it. */
    readonly later: readonly string[];
}

const read = new Map<string, Imports>();

/** What a file imports. Types are gone before anything runs. */
function importsOf(file: string): Imports {
    const known = read.get(file) ?? parsed(file);
    read.set(file, known);
    return known;
}

function parsed(file: string): Imports {
    const { outputText } = ts.transpileModule(text(file), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext, verbatimModuleSyntax: true },
    });
    const all = ts.preProcessFile(outputText, true, true).importedFiles.map(({ fileName }) => fileName);
    const atOnce = ts.createSourceFile(file, outputText, ts.ScriptTarget.ESNext).statements.flatMap((statement) => {
        const from = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) ? statement.moduleSpecifier : undefined;
        return from !== undefined && ts.isStringLiteral(from) ? [from.text] : [];
    });
    return { atOnce, later: all.filter((name) => !atOnce.includes(name)) };
}

/** All that `entry` loads: files of the project, and packages by name. With `later`, also what it imports only when it comes to it. */
function loadedBy(entry: string, { later }: { readonly later: boolean }): { readonly files: readonly string[]; readonly packages: readonly string[] } {
    const files = new Set([entry]);
    const packages = new Set<string>();
    for (const file of files) {
        const imports = importsOf(file);
        for (const name of later ? [...imports.atOnce, ...imports.later] : imports.atOnce) {
            if (name.startsWith(".")) {
                files.add(relative(root, resolve(root, dirname(file), name)));
            } else if (!name.startsWith("node:")) {
                packages.add(name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
            }
        }
    }
    return { files: [...files], packages: [...packages] };
}

const isPulumi = (name: string): boolean => name.startsWith("@pulumi/");

describe("the watchdog's image", () => {
    const functions = Object.values(profile.probes ?? {}).flatMap((probe) => (probe.kind === "function" ? [probe.module] : []));
    const watch = loadedBy("rollout/cli/commands/watch.ts", { later: true });
    const ofFunctions = [...new Set(functions)].map((module) => loadedBy(module, { later: true }));
    const loaded = {
        files: [watch, ...ofFunctions].flatMap(({ files }) => files),
        packages: [watch, ...ofFunctions].flatMap(({ packages }) => packages),
    };

    it("is looked at with the functions among the probes, which load no SDK of Pulumi", () => {
        expect(functions).not.toEqual([]);
        expect(ofFunctions.flatMap(({ packages }) => packages).filter(isPulumi)).toEqual([]);
    });

    it("is looked at with all that a watch loads", () => {
        expect(loaded.files).toContain("rollout/gate/judge.ts");
        expect(loaded.packages).toContain("@kubernetes/client-node");
    });

    it("holds each file of the project that a watch loads", () => {
        expect(loaded.files.filter((file) => !copied.some((source) => file === source || file.startsWith(`${source}/`)))).toEqual([]);
    });

    it("holds each package that a watch loads, but for Pulumi's SDK, which only a watch of a stack comes to", () => {
        const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(text("rollout/package.json")));
        expect(loaded.packages.filter((name) => dependencies[name] === undefined && !isPulumi(name))).toEqual([]);
    });

    it("may copy what it copies: nothing of it is kept out of the build", () => {
        const kept = text(".dockerignore").split("\n");
        expect(copied.filter((source) => !kept.some((line) => line === `!${source}` || source.startsWith(`${line.slice(1)}/`)))).toEqual([]);
    });
});

describe("a start of the rollout command", () => {
    const commands = [...text("rollout/cli/index.ts").matchAll(/import\("\.\/(commands\/[^"]+)"\)/g)].map(([, file = ""]) => `rollout/cli/${file}`);

    it("is looked at for each command", () => {
        expect(new Set(commands).size).toBeGreaterThan(15);
        expect(commands).toContain("rollout/cli/commands/watch.ts");
    });

    it.each([...new Set(["rollout/cli/index.ts", "rollout.config.ts", ...commands])])("loads no SDK of Pulumi: %s", (entry) => {
        expect(loadedBy(entry, { later: false }).packages.filter(isPulumi)).toEqual([]);
    });

    it("would be told apart from a start that loads one", () => {
        expect(loadedBy("index.ts", { later: false }).packages.filter(isPulumi)).toContain("@pulumi/kubernetes");
    });
});
