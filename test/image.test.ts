import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

import ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const root = resolve(import.meta.dirname, "..");
const text = (file: string): string => readFileSync(resolve(root, file), "utf8");

/** What the image's last stage copies out of the checkout. */
const copied = [...text("Dockerfile").matchAll(/^COPY (?!--from)(.+) \.\S*$/gm)].flatMap(([, sources = ""]) => sources.split(" "));

/** All that `entry` loads, at once or later: files of the project, and packages by name. Types are gone before anything runs. */
function loadedBy(entry: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
    const files = new Set([entry]);
    const packages = new Set<string>();
    for (const file of files) {
        const { outputText } = ts.transpileModule(text(file), { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext } });
        for (const { fileName } of ts.preProcessFile(outputText, true, true).importedFiles) {
            if (fileName.startsWith(".")) {
                files.add(relative(root, resolve(root, dirname(file), fileName)));
            } else if (!fileName.startsWith("node:")) {
                packages.add(fileName.split("/", fileName.startsWith("@") ? 2 : 1).join("/"));
            }
        }
    }
    return { files: [...files], packages: [...packages] };
}

describe("the watchdog's image", () => {
    const loaded = loadedBy("rollout/cli/commands/watch.ts");

    it("is looked at with all that a watch loads", () => {
        expect(loaded.files).toContain("rollout/gate/judge.ts");
        expect(loaded.packages).toContain("@kubernetes/client-node");
    });

    it("holds each file of the project that a watch loads", () => {
        expect(loaded.files.filter((file) => !copied.some((source) => file === source || file.startsWith(`${source}/`)))).toEqual([]);
    });

    it("holds each package that a watch loads: packages for development are left out", () => {
        const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(text("package.json")));
        expect(loaded.packages.filter((name) => dependencies[name] === undefined)).toEqual([]);
    });

    it("may copy what it copies: nothing of it is kept out of the build", () => {
        const kept = text(".dockerignore").split("\n");
        expect(copied.filter((source) => !kept.includes(`!${source}`))).toEqual([]);
    });
});
