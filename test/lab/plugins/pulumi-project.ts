import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { execa } from "execa";

import { linkStandIns } from "../../../lab/plugins/stand-ins.ts";
import { defined } from "../../../rollout/defined.ts";

const root = join(import.meta.dirname, "../../..");

/** What the CLI printed, and how it ended; a killed one has no exit code. */
export interface CliResult {
    readonly exitCode: number | undefined;
    readonly stdout: string;
    /** Standard output and standard error, as they came. */
    readonly all: string;
}

/** A throw-away Pulumi project with a stack and a state of its own, driven by the real CLI over the stand-in plugins. */
export class PulumiProject {
    readonly directory: string;

    private constructor(directory: string) {
        this.directory = directory;
    }

    static async create(): Promise<PulumiProject> {
        const project = new PulumiProject(await mkdtemp(join(tmpdir(), "stand-ins-")));
        await mkdir(join(project.directory, "state"));
        await symlink(join(root, "node_modules"), join(project.directory, "node_modules"));
        await project.write("package.json", JSON.stringify({ name: "scratch", type: "module", main: "index.ts" }));
        await project.write("Pulumi.yaml", "name: scratch\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n");
        await linkStandIns(join(project.directory, "home"));
        await project.pulumi(["stack", "init", "test"]);
        return project;
    }

    /** The program, without its imports. */
    async program(body: string): Promise<void> {
        const imports = ["kafka", "postgresql", "pulumi", "random"].map((name) => `import * as ${name} from "@pulumi/${name}";\n`).join("");
        await this.write("index.ts", imports + body);
    }

    async write(path: string, content: string): Promise<void> {
        await mkdir(dirname(join(this.directory, path)), { recursive: true });
        await writeFile(join(this.directory, path), content);
    }

    /** Runs the CLI; fails when it fails. */
    async pulumi(args: readonly string[]): Promise<CliResult> {
        const result = await this.tryPulumi(args);
        if (result.exitCode !== 0) {
            throw new Error(`pulumi ${args.join(" ")} ended with ${String(result.exitCode)}:\n${result.all}`);
        }
        return result;
    }

    /**
     * Runs the CLI, and gives back a failure for the test to look at.
     *
     * @param kill when it is aborted, the CLI is killed without a chance to say goodbye.
     */
    async tryPulumi(args: readonly string[], kill?: AbortSignal): Promise<CliResult> {
        const { exitCode, stdout, all } = await execa("pulumi", ["--non-interactive", "--color=never", ...args], {
            cwd: this.directory,
            all: true,
            reject: false,
            killSignal: "SIGKILL",
            ...defined({ cancelSignal: kill }),
            env: {
                PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
                PULUMI_BACKEND_URL: `file://${join(this.directory, "state")}`,
                PULUMI_HOME: join(this.directory, "home"),
                PULUMI_CONFIG_PASSPHRASE: "test",
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
            },
        });
        return { exitCode, stdout, all };
    }

    /** Everything the project has on disk, state included, as one text: to look for what must not be there. */
    async everythingOnDisk(): Promise<string> {
        const entries = await readdir(join(this.directory, "state"), { recursive: true, withFileTypes: true });
        const texts = entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8"));
        return (await Promise.all(texts)).join("\n");
    }

    async remove(): Promise<void> {
        await rm(this.directory, { recursive: true });
    }
}
