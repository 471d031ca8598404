import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { z } from "zod";

import { createLanguageHost } from "./language-host.ts";
import { announce, listen } from "./process-server.ts";
import type { Provider } from "./provider.ts";
import { createProviderServer } from "./provider-server.ts";

/** The version of an installed package: the stand-in reports that of the SDK it stands in for, or the engine would warn on each run. */
function versionOf(packageName: string): string {
    const path = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(path, "utf8"))).version;
}

async function serveProvider(provider: Provider, packageName: string): Promise<void> {
    const server = await listen(providerGrpc.ResourceProviderService, createProviderServer(provider, versionOf(packageName)));
    announce(server, () => undefined);
}

async function serveLanguageHost(args: readonly string[]): Promise<void> {
    const host = createLanguageHost(args.findLast((arg) => !arg.startsWith("-")) ?? "", versionOf("@pulumi/pulumi"));
    announce(await listen(languageGrpc.LanguageRuntimeService, host.implementation), host.stop);
}

const [program, ...args] = process.argv.slice(2);
// Each plugin loads only its own client library: a plugin starts several times in one update.
switch (program) {
    case "pulumi-language-nodejs":
        await serveLanguageHost(args);
        break;
    case "pulumi-resource-random":
        await serveProvider((await import("./random/provider.ts")).randomProvider, "@pulumi/random");
        break;
    case "pulumi-resource-postgresql":
        await serveProvider((await import("./postgresql/provider.ts")).postgresqlProvider, "@pulumi/postgresql");
        break;
    case "pulumi-resource-kafka":
        await serveProvider((await import("./kafka/provider.ts")).kafkaProvider, "@pulumi/kafka");
        break;
    default:
        console.error(`no such plugin: '${program ?? ""}'; start one of the files in lab/plugins/bin`);
        process.exitCode = 1;
}
