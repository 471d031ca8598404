import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import type * as grpc from "@grpc/grpc-js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import type {
    GetProgramDependenciesRequest,
    LanguageHandshakeRequest,
    ProgramInfo,
    RunPluginRequest,
    RunPluginResponse,
    RunRequest,
} from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import { z } from "zod";

import { defined } from "../../rollout/defined.ts";
import { Children } from "./children.ts";
import { UnsupportedError, toStatus, unary } from "./process-server.ts";

/** Exit code by which @pulumi/pulumi/cmd/run says: the error has been reported already, add nothing. */
const bailExitCode = 32;

/** `runtime.options` of Pulumi.yaml, as the SDK documents them. */
const optionsSchema = z.object({ typescript: z.boolean().default(true), nodeargs: z.string().default(""), tsconfig: z.string().optional() });

const packageSchema = z.object({ version: z.string().optional(), dependencies: z.record(z.string(), z.string()).default({}) });

/** The language host: its gRPC handlers, and the way to end the programs it runs. */
export interface LanguageHost {
    readonly implementation: grpc.UntypedServiceImplementation;
    /** Kills the programs and policy packs that still run. */
    readonly stop: () => void;
}

/**
 * A small language host for Node programs: runs them, and policy packs, by the SDK's own entry points.
 *
 * It asks for no plugins (GetRequiredPackages is empty), so that the engine takes those on PATH and downloads nothing.
 * It has no code generation, no `pulumi install` and no `pulumi package add`: those answer 'unimplemented'.
 *
 * @param engineAddress host:port of the engine, from the command line; a handshake may replace it.
 * @param version reported to the engine: that of @pulumi/pulumi.
 */
export function createLanguageHost(engineAddress: string, version: string): LanguageHost {
    const children = new Children();
    let engine = engineAddress;

    async function run(request: RunRequest): Promise<InstanceType<typeof languagePb.RunResponse>> {
        const info = requireInfo(request.getInfo());
        const options = optionsSchema.parse(info.getOptions()?.toJavaScript() ?? {});
        const code = await children.run({
            args: [
                ...options.nodeargs.split(/\s+/).filter((arg) => arg !== ""),
                sdkEntry(info.getProgramDirectory(), "run"),
                ...["--monitor", request.getMonitorAddress(), "--engine", engine],
                ...["--organization", request.getOrganization(), "--project", request.getProject(), "--stack", request.getStack()],
                ...["--pwd", request.getPwd(), "--root-directory", info.getRootDirectory(), "--parallel", String(request.getParallel())],
                ...(request.getDryrun() ? ["--dry-run"] : []),
                info.getEntryPoint(),
                ...request.getArgsList(),
            ],
            directory: request.getPwd(),
            environment: {
                PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
                PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
                PULUMI_NODEJS_TYPESCRIPT: String(options.typescript),
                ...defined({ PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
            },
        });
        const response = new languagePb.RunResponse();
        if (code === bailExitCode) {
            response.setBail(true);
        } else if (code !== 0) {
            response.setError(`Program exited with non-zero exit code: ${String(code)}`);
        }
        return response;
    }

    async function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>): Promise<void> {
        const request = call.request;
        const info = requireInfo(request.getInfo());
        if (request.getKind() !== "analyzer") {
            throw new UnsupportedError(`this stand-in runs plugins of kind 'analyzer' only, not '${request.getKind()}'`);
        }
        const code = await children.run({
            args: [sdkEntry(info.getProgramDirectory(), "run-policy-pack"), ...request.getArgsList(), info.getProgramDirectory()],
            directory: info.getProgramDirectory(), // a pack reads its package.json from the working directory
            environment: Object.fromEntries(request.getEnvList().map(splitVariable)),
            onOutput: (stream, chunk) => {
                const response = new languagePb.RunPluginResponse();
                if (stream === "stdout") {
                    response.setStdout(chunk);
                } else {
                    response.setStderr(chunk);
                }
                call.write(response);
            },
        });
        const response = new languagePb.RunPluginResponse();
        response.setExitcode(code);
        call.write(response);
    }

    return {
        stop: () => {
            children.kill();
        },
        implementation: {
            handshake: unary((request: LanguageHandshakeRequest) => {
                engine = request.getEngineAddress() || engine;
                return new languagePb.LanguageHandshakeResponse();
            }),
            getPluginInfo: unary(() => {
                const response = new pluginPb.PluginInfo();
                response.setVersion(version);
                return response;
            }),
            getRequiredPlugins: unary(() => new languagePb.GetRequiredPluginsResponse()),
            getRequiredPackages: unary(() => new languagePb.GetRequiredPackagesResponse()),
            about: unary(() => {
                const response = new languagePb.AboutResponse();
                response.setExecutable(process.execPath);
                response.setVersion(process.version);
                return response;
            }),
            getProgramDependencies: unary((request: GetProgramDependenciesRequest) => dependencies(requireInfo(request.getInfo()).getProgramDirectory())),
            run: unary(run),
            runPlugin: (call: grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>) => {
                runPlugin(call).then(
                    () => call.end(),
                    (error: unknown) => call.emit("error", toStatus(error)),
                );
            },
            cancel: unary(() => {
                children.terminate();
                return new emptyPb.Empty();
            }),
        },
    };
}

/** The direct dependencies of the program, with the versions that are installed. */
function dependencies(directory: string): InstanceType<typeof languagePb.GetProgramDependenciesResponse> {
    const response = new languagePb.GetProgramDependenciesResponse();
    for (const [name, range] of Object.entries(readPackage(join(directory, "package.json"))?.dependencies ?? {})) {
        const info = new languagePb.DependencyInfo();
        info.setName(name);
        info.setVersion(readPackage(join(directory, "node_modules", name, "package.json"))?.version ?? range);
        response.addDependencies(info);
    }
    return response;
}

function readPackage(path: string): z.infer<typeof packageSchema> | undefined {
    return existsSync(path) ? packageSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

/** The SDK's entry point as the program itself would resolve it: its own node_modules first, then those of its parents. */
function sdkEntry(directory: string, command: "run" | "run-policy-pack"): string {
    try {
        return createRequire(join(directory, "package.json")).resolve(`@pulumi/pulumi/cmd/${command}/index.js`);
    } catch {
        throw new Error(`@pulumi/pulumi can't be found from ${directory}: run 'npm ci' in the project`);
    }
}

function requireInfo(info: ProgramInfo | undefined): ProgramInfo {
    if (info === undefined) {
        throw new Error("the engine gave no program information: it is older than the stand-in supports (3.100)");
    }
    return info;
}

function splitVariable(variable: string): [string, string] {
    const at = variable.indexOf("=");
    return [variable.slice(0, at), variable.slice(at + 1)];
}
