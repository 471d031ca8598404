import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { MavenRecipe } from "./recipes.ts";
import { run, type Workplace } from "./workplace.ts";

/** A project that does nothing but depend on the artifacts, for Maven to resolve. */
export function projectFile(artifacts: readonly string[]): string {
    const dependencies = artifacts.map((artifact) => {
        const [group = "", name = "", version = ""] = artifact.split(":");
        return `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
    });
    return [
        '<project xmlns="http://maven.apache.org/POM/4.0.0">',
        "  <modelVersion>4.0.0</modelVersion>",
        "  <groupId>toolchain</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>",
        "  <dependencies>",
        ...dependencies,
        "  </dependencies>",
        "</project>",
        "",
    ].join("\n");
}

/** Copies the artifacts and all they need at run time, by the machine's Maven, into the workplace's output. */
export async function copyJars(recipe: MavenRecipe, place: Workplace): Promise<void> {
    const project = join(place.scratch, "pom.xml");
    await writeFile(project, projectFile(recipe.artifacts));
    place.say("fetching jars");
    const goal = `org.apache.maven.plugins:maven-dependency-plugin:${recipe.pluginVersion}:copy-dependencies`;
    await run(place, "mvn", ["--batch-mode", "--file", project, goal, `-DoutputDirectory=${place.output}`, "-DincludeScope=runtime"], {
        cwd: place.scratch,
        say: () => undefined,
    });
}
