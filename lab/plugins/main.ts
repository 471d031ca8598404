import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";

import { createLanguageHost } from "./language-host.ts";
import { announce, listen } from "./process-server.ts";
import { createProviderServer } from "./provider-server.ts";
import type { Provider } from "./provider.ts";
import { type StandIn, executableOf, standIns, versionOf } from "./stand-ins.ts";

/** Each plugin loads only its own client library: a plugin starts several times in one update. */
const providers: Readonly<Record<string, () => Promise<Provider>>> = {
    random: async () => (await import("./random/provider.ts")).randomProvider,
    postgresql: async () => (await import("./postgresql/provider.ts")).postgresqlProvider,
    kafka: async () => (await import("./kafka/provider.ts")).kafkaProvider,
};

async function serve(standIn: StandIn, args: readonly string[]): Promise<void> {
    const version = await versionOf(standIn.sdk);
    if (standIn.kind === "language") {
        const host = createLanguageHost(args.findLast((arg) => !arg.startsWith("-")) ?? "", version);
        announce(await listen(languageGrpc.LanguageRuntimeService, host.implementation), host.stop);
        return;
    }
    const load = providers[standIn.name];
    if (load === undefined) {
        throw new Error(`the stand-in '${standIn.name}' has no provider`);
    }
    announce(await listen(providerGrpc.ResourceProviderService, createProviderServer(await load(), version)), () => undefined);
}

const [program = "", ...args] = process.argv.slice(2);
const chosen = standIns.find((standIn) => executableOf(standIn) === program);
if (chosen === undefined) {
    console.error(`no such plugin: '${program}'; start one of the files in lab/plugins/bin`);
    process.exitCode = 1;
} else {
    await serve(chosen, args);
}
