import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as grpc from "@grpc/grpc-js";
import { execa } from "execa";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const plugins = join(import.meta.dirname, "../../../lab/plugins/bin");

/** Stands where the SDK's entry points do: writes down how it was started, and ends, or stays, as it is told. */
const recorder = `
    const { writeFileSync } = require("node:fs");
    const { argv, env, pid } = process;
    writeFileSync(__dirname + "/seen.json", JSON.stringify({ argv: argv.slice(2), cwd: process.cwd(), pid, config: env.PULUMI_CONFIG, secretKeys: env.PULUMI_CONFIG_SECRET_KEYS, typescript: env.PULUMI_NODEJS_TYPESCRIPT, extra: env.EXTRA }));
    console.log("said by the program");
    if (argv.includes("stay")) setInterval(() => {}, 1000);
    else process.exit(Number(JSON.parse(env.PULUMI_CONFIG ?? "{}")["p:exit"] ?? 0));`;

const seenSchema = z.object({
    argv: z.array(z.string()),
    cwd: z.string(),
    pid: z.number(),
    config: z.string().optional(),
    secretKeys: z.string().optional(),
    typescript: z.string().optional(),
    extra: z.string().optional(),
});

let directory: string;
let host: ChildProcess;
let client: InstanceType<typeof languageGrpc.LanguageRuntimeClient>;

beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "language-host-"));
    await writeFile(join(directory, "package.json"), JSON.stringify({ dependencies: { "@pulumi/pulumi": "^3.0.0" } }));
    for (const command of ["run", "run-policy-pack"]) {
        await mkdir(join(directory, "node_modules/@pulumi/pulumi/cmd", command), { recursive: true });
        await writeFile(join(directory, "node_modules/@pulumi/pulumi/cmd", command, "index.js"), recorder);
    }
    await writeFile(join(directory, "node_modules/@pulumi/pulumi/package.json"), JSON.stringify({ name: "@pulumi/pulumi", version: "3.99.0" }));
    // Started through a symlink and from another directory, as the engine does.
    await symlink(join(plugins, "pulumi-language-nodejs"), join(directory, "pulumi-language-nodejs"));
});

afterAll(async () => {
    await rm(directory, { recursive: true });
});

afterEach(async () => {
    client.close();
    host.kill("SIGKILL");
    // What one program wrote must not pass for what the next one did.
    await Promise.all(["run", "run-policy-pack"].map((command) => rm(seenFile(command), { force: true })));
});

function seenFile(command: string): string {
    return join(directory, "node_modules/@pulumi/pulumi/cmd", command, "seen.json");
}

async function start(): Promise<void> {
    host = spawn(join(directory, "pulumi-language-nodejs"), ["-root=/nowhere", "127.0.0.1:1"], {
        cwd: directory,
        env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}` },
        stdio: ["ignore", "pipe", "inherit"],
    });
    const [chunk] = z.tuple([z.instanceof(Buffer)]).parse(await once(host.stdout ?? host, "data"));
    const [port] = chunk.toString().split("\n");
    expect(port).toMatch(/^\d+$/);
    client = new languageGrpc.LanguageRuntimeClient(`127.0.0.1:${port ?? ""}`, grpc.credentials.createInsecure());
}

function answer<Response>(call: (callback: (error: grpc.ServiceError | null, response: Response) => void) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
        call((error, response) => {
            if (error === null) {
                resolve(response);
            } else {
                reject(error);
            }
        });
    });
}

function programInfo(options: Record<string, string | boolean> = {}): InstanceType<typeof languagePb.ProgramInfo> {
    const info = new languagePb.ProgramInfo();
    info.setRootDirectory(directory);
    info.setProgramDirectory(directory);
    info.setEntryPoint(".");
    info.setOptions(structPb.Struct.fromJavaScript(options));
    return info;
}

function run(given: { exit?: number; args?: string[]; dryRun?: boolean }): Promise<InstanceType<typeof languagePb.RunResponse>> {
    const request = new languagePb.RunRequest();
    request.setInfo(programInfo({ typescript: false, nodeargs: "--no-deprecation" }));
    request.setPwd(directory);
    request.setProject("project");
    request.setStack("stack");
    request.setOrganization("organization");
    request.setMonitorAddress("127.0.0.1:2");
    request.setParallel(4);
    request.setDryrun(given.dryRun ?? false);
    request.setArgsList(given.args ?? []);
    request.getConfigMap().set("p:exit", String(given.exit ?? 0));
    request.setConfigsecretkeysList(["p:password"]);
    return answer((callback) => client.run(request, callback));
}

async function seen(command = "run"): Promise<z.output<typeof seenSchema>> {
    return seenSchema.parse(JSON.parse(await readFile(seenFile(command), "utf8")));
}

async function gone(pid: number): Promise<boolean> {
    for (let tries = 0; tries < 50; tries++) {
        try {
            process.kill(pid, 0);
        } catch {
            return true;
        }
        await sleep(100);
    }
    return false;
}

describe("running a program", () => {
    it("hands it everything the SDK's entry point wants", async () => {
        await start();
        const handshake = new languagePb.LanguageHandshakeRequest();
        handshake.setEngineAddress("127.0.0.1:3");
        await answer<unknown>((callback) => client.handshake(handshake, callback));
        expect((await run({ dryRun: true })).getError()).toBe("");
        expect(await seen()).toMatchObject({
            argv: [
                ...["--monitor", "127.0.0.1:2", "--engine", "127.0.0.1:3", "--organization", "organization", "--project", "project", "--stack", "stack"],
                ...["--pwd", directory, "--root-directory", directory, "--parallel", "4", "--dry-run", "."],
            ],
            cwd: directory,
            config: '{"p:exit":"0"}',
            secretKeys: '["p:password"]',
            typescript: "false",
        });
    });

    it.each([
        { exit: 0, error: "", bail: false },
        { exit: 1, error: "Program exited with non-zero exit code: 1", bail: false },
        { exit: 32, error: "", bail: true },
    ])("answers exit code $exit with error '$error' and bail $bail", async ({ exit, error, bail }) => {
        await start();
        const response = await run({ exit });
        expect({ error: response.getError(), bail: response.getBail() }).toEqual({ error, bail });
    });

    it.each(["SIGTERM", "SIGINT"] as const)("ends the program when it is sent %s", async (signal) => {
        await start();
        const running = run({ args: ["stay"] }).catch(() => undefined);
        await expect
            .poll(() =>
                seen().then(
                    (program) => program.argv.at(-1),
                    () => undefined,
                ),
            )
            .toBe("stay");
        const { pid } = await seen();
        host.kill(signal);
        expect(await gone(pid)).toBe(true);
        await running;
    });

    it("ends the program when the engine cancels, and answers with an error", async () => {
        await start();
        const running = run({ args: ["stay"] });
        await expect
            .poll(() =>
                seen().then(
                    (program) => program.argv.at(-1),
                    () => undefined,
                ),
            )
            .toBe("stay");
        await answer<unknown>((callback) => client.cancel(new emptyPb.Empty(), callback));
        expect((await running).getError()).toBe("Program exited with non-zero exit code: 143");
    });

    it("says what is missing when the SDK can't be found", async () => {
        await start();
        const request = new languagePb.RunRequest();
        const info = programInfo();
        info.setProgramDirectory("/");
        request.setInfo(info);
        await expect(answer((callback) => client.run(request, callback))).rejects.toThrow("@pulumi/pulumi can't be found from /: run 'npm ci' in the project");
    });
});

describe("running a policy pack", () => {
    it("starts the SDK's runner in the pack's directory, with its output and exit code streamed back", async () => {
        await start();
        const request = new languagePb.RunPluginRequest();
        request.setInfo(programInfo());
        request.setKind("analyzer");
        request.setPwd("/");
        request.setArgsList(["127.0.0.1:3"]);
        request.setEnvList(["EXTRA=a=b"]);
        let output = "";
        let exitCode = -1;
        for await (const message of client.runPlugin(request)) {
            const response = z.instanceof(languagePb.RunPluginResponse).parse(message);
            output += Buffer.from(response.getStdout_asU8()).toString();
            exitCode = response.getExitcode();
        }
        expect({ output, exitCode }).toEqual({ output: "said by the program\n", exitCode: 0 });
        expect(await seen("run-policy-pack")).toMatchObject({ argv: ["127.0.0.1:3", directory], cwd: directory, extra: "a=b" });
    });

    it("refuses other kinds of plugin", async () => {
        await start();
        const request = new languagePb.RunPluginRequest();
        request.setInfo(programInfo());
        request.setKind("converter");
        await expect(
            (async () => {
                for await (const message of client.runPlugin(request)) {
                    expect(message).toBeUndefined();
                }
            })(),
        ).rejects.toThrow("plugins of kind 'analyzer' only, not 'converter'");
    });
});

describe("what it says about itself", () => {
    it("gives its version, Node, and the program's dependencies, and asks for no plugin", async () => {
        await start();
        const info = await answer<{ getVersion(): string }>((callback) => client.getPluginInfo(new emptyPb.Empty(), callback));
        expect(info.getVersion()).toMatch(/^3\.\d+\.\d+$/);
        const about = await answer<{ getVersion(): string }>((callback) => client.about(new languagePb.AboutRequest(), callback));
        expect(about.getVersion()).toBe(process.version);
        const request = new languagePb.GetProgramDependenciesRequest();
        request.setInfo(programInfo());
        const found = await answer<InstanceType<typeof languagePb.GetProgramDependenciesResponse>>((callback) =>
            client.getProgramDependencies(request, callback),
        );
        expect(found.getDependenciesList().map((item) => [item.getName(), item.getVersion()])).toEqual([["@pulumi/pulumi", "3.99.0"]]);
        const required = await answer<InstanceType<typeof languagePb.GetRequiredPackagesResponse>>((callback) =>
            client.getRequiredPackages(new languagePb.GetRequiredPackagesRequest(), callback),
        );
        expect(required.getPackagesList()).toEqual([]);
    });

    it.each([
        { what: "too old", script: "#!/bin/sh\necho v20.19.0\n", message: "node on PATH is v20.19.0, but Node 24 or newer is needed" },
        { what: "missing", script: undefined, message: "no node on PATH: Node 24 or newer is needed" },
    ])("fails clearly where node is $what", async ({ script, message }) => {
        const bin = await mkdtemp(join(directory, "bin-"));
        for (const tool of ["readlink", "basename", "dirname", "sh"]) {
            const { stdout } = await execa("sh", ["-c", `command -v ${tool}`]);
            await symlink(stdout, join(bin, tool));
        }
        if (script !== undefined) {
            await writeFile(join(bin, "node"), script);
            await chmod(join(bin, "node"), 0o755);
        }
        const result = await execa(join(plugins, "pulumi-resource-kafka"), [], { env: { PATH: bin }, extendEnv: false, reject: false });
        expect(result.exitCode).toBe(1);
        expect(result.stderr).toContain(`pulumi-resource-kafka: ${message}`);
    });
});
