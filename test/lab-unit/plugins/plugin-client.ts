import * as grpc from "@grpc/grpc-js";
import pluginPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import { z } from "zod";

import { listen } from "../../../lab/plugins/process-server.ts";
import { createProviderServer } from "../../../lab/plugins/provider-server.ts";
import type { Provider } from "../../../lab/plugins/provider.ts";

/** Properties as they are on the wire: secrets and unknowns in their disguise. */
export type Wire = Record<string, z.core.util.JSONType>;

const signature = "4dabf18193072939515e22adb298388d";

/** A secret as the engine sends it. */
export function secret(value: z.core.util.JSONType): z.core.util.JSONType {
    return { [signature]: "1b47061264138c4ac30d75fd1eb44270", value };
}

/** A value that is not known before the update, as the engine sends it. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What a diff says, in the engine's words. */
export interface DiffResult {
    readonly changed: string[];
    readonly replaces: string[];
    readonly deleteBeforeReplace: boolean;
}

/** A stand-in provider in this process, spoken to over real gRPC as the engine does. */
export class PluginClient {
    readonly #client: InstanceType<typeof providerGrpc.ResourceProviderClient>;
    readonly #stop: () => void;

    private constructor(client: InstanceType<typeof providerGrpc.ResourceProviderClient>, stop: () => void) {
        this.#client = client;
        this.#stop = stop;
    }

    static async start(provider: Provider, settings: Wire): Promise<PluginClient> {
        const server = await listen(providerGrpc.ResourceProviderService, createProviderServer(provider, "1.2.3"));
        const client = new providerGrpc.ResourceProviderClient(`127.0.0.1:${String(server.port)}`, grpc.credentials.createInsecure());
        const plugin = new PluginClient(client, () => {
            client.close();
            server.stop();
        });
        await plugin.configure(settings);
        return plugin;
    }

    stop(): void {
        this.#stop();
    }

    async configure(settings: Wire): Promise<void> {
        const request = new providerPb.ConfigureRequest();
        request.setArgs(structPb.Struct.fromJavaScript(settings));
        await answer<unknown>((callback) => this.#client.configure(request, callback));
    }

    async checkConfig(settings: Wire): Promise<string[]> {
        const request = new providerPb.CheckRequest();
        request.setNews(structPb.Struct.fromJavaScript(settings));
        const response = await answer<InstanceType<typeof providerPb.CheckResponse>>((callback) => this.#client.checkConfig(request, callback));
        return response.getFailuresList().map((failure) => failure.getReason());
    }

    async version(): Promise<string> {
        const response = await answer<{ getVersion(): string }>((callback) => this.#client.getPluginInfo(new pluginPb.Empty(), callback));
        return response.getVersion();
    }

    async invoke(token: string): Promise<void> {
        const request = new providerPb.InvokeRequest();
        request.setTok(token);
        await answer<unknown>((callback) => this.#client.invoke(request, callback));
    }

    /** One type of resource, under one logical name. */
    resource(type: string, name = "it"): ResourceClient {
        return new ResourceClient(this.#client, `urn:pulumi:test::project::${type}::${name}`);
    }
}

/** The life of one resource, as the engine drives it. */
export class ResourceClient {
    readonly #client: InstanceType<typeof providerGrpc.ResourceProviderClient>;
    readonly #urn: string;

    constructor(client: InstanceType<typeof providerGrpc.ResourceProviderClient>, urn: string) {
        this.#client = client;
        this.#urn = urn;
    }

    async check(inputs: Wire, last: Wire = {}): Promise<{ inputs: Wire; failures: string[] }> {
        const request = new providerPb.CheckRequest();
        request.setUrn(this.#urn);
        request.setOlds(structPb.Struct.fromJavaScript(last));
        request.setNews(structPb.Struct.fromJavaScript(inputs));
        const response = await answer<InstanceType<typeof providerPb.CheckResponse>>((callback) => this.#client.check(request, callback));
        return {
            inputs: wire(response.getInputs()),
            failures: response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`),
        };
    }

    async diff(state: Wire, inputs: Wire): Promise<DiffResult> {
        const request = new providerPb.DiffRequest();
        request.setUrn(this.#urn);
        request.setOlds(structPb.Struct.fromJavaScript(state));
        request.setNews(structPb.Struct.fromJavaScript(inputs));
        const response = await answer<InstanceType<typeof providerPb.DiffResponse>>((callback) => this.#client.diff(request, callback));
        return { changed: response.getDiffsList(), replaces: response.getReplacesList(), deleteBeforeReplace: response.getDeletebeforereplace() };
    }

    async create(inputs: Wire, preview = false): Promise<{ id: string; state: Wire; inputs: Wire }> {
        const checked = await this.check(inputs);
        if (checked.failures.length > 0) {
            throw new Error(checked.failures.join("\n"));
        }
        const request = new providerPb.CreateRequest();
        request.setUrn(this.#urn);
        request.setProperties(structPb.Struct.fromJavaScript(checked.inputs));
        request.setPreview(preview);
        const response = await answer<InstanceType<typeof providerPb.CreateResponse>>((callback) => this.#client.create(request, callback));
        return { id: response.getId(), state: wire(response.getProperties()), inputs: checked.inputs };
    }

    /** Refresh, or import when only the id is given. An empty id in the answer means that the object is gone. */
    async read(id: string, state: Wire = {}, inputs: Wire = {}): Promise<{ id: string; state: Wire; inputs: Wire }> {
        const request = new providerPb.ReadRequest();
        request.setUrn(this.#urn);
        request.setId(id);
        request.setProperties(structPb.Struct.fromJavaScript(state));
        request.setInputs(structPb.Struct.fromJavaScript(inputs));
        const response = await answer<InstanceType<typeof providerPb.ReadResponse>>((callback) => this.#client.read(request, callback));
        return { id: response.getId(), state: wire(response.getProperties()), inputs: wire(response.getInputs()) };
    }

    async update(id: string, state: Wire, inputs: Wire, preview = false): Promise<Wire> {
        const checked = await this.check(inputs, state);
        const request = new providerPb.UpdateRequest();
        request.setUrn(this.#urn);
        request.setId(id);
        request.setOlds(structPb.Struct.fromJavaScript(state));
        request.setNews(structPb.Struct.fromJavaScript(checked.inputs));
        request.setPreview(preview);
        const response = await answer<InstanceType<typeof providerPb.UpdateResponse>>((callback) => this.#client.update(request, callback));
        return wire(response.getProperties());
    }

    async delete(id: string, state: Wire): Promise<void> {
        const request = new providerPb.DeleteRequest();
        request.setUrn(this.#urn);
        request.setId(id);
        request.setProperties(structPb.Struct.fromJavaScript(state));
        await answer<unknown>((callback) => this.#client.delete(request, callback));
    }
}

function wire(struct: Struct | undefined): Wire {
    return z.record(z.string(), z.json()).parse(struct?.toJavaScript() ?? {});
}

function answer<Response>(call: (callback: (error: grpc.ServiceError | null, response: Response) => void) => unknown): Promise<Response> {
    return new Promise((resolve, reject) => {
        call((error, response) => {
            if (error === null) {
                resolve(response);
            } else {
                reject(new Error(error.details, { cause: error }));
            }
        });
    });
}
