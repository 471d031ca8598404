import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";

import { isGoAtLeast, stagingModules } from "../../lab/toolchain/go.ts";
import { isManifest } from "../../lab/toolchain/modulefiles.ts";
import { cacheRoot, toolFolder, toolPath } from "../../lab/toolchain/paths.ts";
import { type Recipe, recipeKey, recipes, tools } from "../../lab/toolchain/recipes.ts";
import { projectFile } from "../../lab/toolchain/maven.ts";

afterEach(() => {
    vi.unstubAllEnvs();
});

describe("the cache's place", () => {
    it.each([
        { own: "/a", caches: "/b", expected: "/a" },
        { own: "", caches: "/b", expected: "/b/nova-delivery" },
        { own: "", caches: "", expected: join("/home/someone", ".cache/nova-delivery") },
    ])("is $expected with NOVA_CACHE '$own' and XDG_CACHE_HOME '$caches'", ({ own, caches, expected }) => {
        vi.stubEnv("NOVA_CACHE", own);
        vi.stubEnv("XDG_CACHE_HOME", caches);
        vi.stubEnv("HOME", "/home/someone");
        expect(cacheRoot()).toBe(expected);
    });

    it("gives a program's executable, and a folder for what is none", () => {
        expect(toolPath("kubectl")).toBe(join(toolFolder("kubectl"), "kubectl"));
        expect(toolPath("envoy")).toBe(join(toolFolder("envoy"), "envoy"));
        expect(toolPath("kafka")).toBe(toolFolder("kafka"));
        expect(toolPath("promtool-2")).toBe(join(toolFolder("promtool-2"), "bin/promtool"));
    });
});

describe("a recipe's key", () => {
    const recipe: Recipe = { kind: "python-packages", version: "1.0.0", packages: ["engine==1.0.0"], module: "engine" };

    it("begins with the version, for people", () => {
        expect(recipeKey(recipe)).toMatch(/^1\.0\.0-[0-9a-f]{8}$/);
    });

    it("changes with anything that goes into the build", () => {
        const others: readonly Recipe[] = [
            { ...recipe, version: "1.0.1" },
            { ...recipe, packages: ["engine==1.0.0", "core==1.0.0"] },
            { ...recipe, module: "core" },
        ];
        expect(new Set([recipe, ...others].map(recipeKey)).size).toBe(1 + others.length);
    });

    it("is different for every tool, so that no tool overwrites another", () => {
        expect(new Set(tools.map((tool) => toolFolder(tool))).size).toBe(Object.keys(recipes).length);
    });
});

describe("the machine's Go", () => {
    it.each([
        { version: "go1.26.8", enough: true },
        { version: "go1.26.0", enough: true },
        { version: "go1.26", enough: true },
        { version: "go1.27rc1", enough: false },
        { version: "go1.26.8 X:nocoverageredesign", enough: true },
        { version: "go1.19.8", enough: false },
        { version: "go1.9", enough: false },
        { version: "go2.0.0", enough: true },
        { version: "devel go1.27-abc", enough: false },
        { version: "", enough: false },
    ])("$version: new enough for 1.26.0 is $enough", ({ version, enough }) => {
        expect(isGoAtLeast(version, "1.26.0")).toBe(enough);
    });
});

describe("the staging modules of a go.mod", () => {
    it("are those at exactly v0.0.0: a dated version is published by itself", () => {
        const goMod = [
            "require (",
            "\tk8s.io/api v0.0.0",
            "\tk8s.io/utils v0.0.0-20260210185600-b8788abfbbc2",
            "\tk8s.io/klog/v2 v2.140.0",
            "\tk8s.io/apimachinery v0.0.0",
            ")",
            "replace (",
            "\tk8s.io/api => ./staging/src/k8s.io/api",
            ")",
        ].join("\n");
        expect(stagingModules(goMod)).toEqual(["k8s.io/api", "k8s.io/apimachinery"]);
    });
});

describe("what is taken from a source", () => {
    it.each([
        { name: "gateways.yaml", taken: true },
        { name: "kustomization.yaml", taken: false },
        { name: "README.md", taken: false },
        { name: "testdata", taken: false },
    ])("$name: $taken", ({ name, taken }) => {
        expect(isManifest(name)).toBe(taken);
    });

    it("names each jar to Maven with its group, name and version", () => {
        expect(projectFile(["org.example:server:1.2"])).toContain("<groupId>org.example</groupId><artifactId>server</artifactId><version>1.2</version>");
    });
});
