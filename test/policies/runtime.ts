import server from "@pulumi/policy/server.js";
import type { Policies } from "@pulumi/policy";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";

/** A resource as the engine hands it to a pack. Unknown values are the wire's marks. */
export interface AnalyzedResource {
    readonly type: string;
    readonly name: string;
    readonly properties: object;
    readonly urn?: string;
    /** URN of the resource that it belongs to. */
    readonly parent?: string;
    readonly protect?: boolean;
    readonly provider?: { readonly type: string; readonly properties: object };
}

/** A violation as the engine prints it. */
export interface Diagnostic {
    readonly policy: string;
    readonly message: string;
    readonly level: "advisory" | "mandatory" | "remediate" | "disabled";
    readonly urn: string;
}

/** The mark of an unknown text on the wire. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Sends a resource through the real policy runtime, and gives back what it would report. Rejects when the runtime answers with an error. */
export async function analyze(policies: Policies, resource: AnalyzedResource): Promise<readonly Diagnostic[]> {
    return answered(policies, resourceRequest(resource));
}

/** Sends a stack through the real policy runtime, as the engine does at the end of a preview or an update. */
export async function analyzeStack(policies: Policies, resources: readonly AnalyzedResource[]): Promise<readonly Diagnostic[]> {
    return answered(policies, stackRequest(resources));
}

/** The engine's request about one resource. */
export function resourceRequest(resource: AnalyzedResource): Request {
    return filled(new analyzer.AnalyzeRequest(), resource);
}

/** The engine's request about a stack. */
export function stackRequest(resources: readonly AnalyzedResource[]): Request {
    const request = new analyzer.AnalyzeStackRequest();
    request.setResourcesList(resources.map((resource) => filled(new analyzer.AnalyzerResource(), resource)));
    return request;
}

/** What the real policy runtime answers. Rejects when that is an error. */
export async function answered(policies: Policies, request: Request): Promise<readonly Diagnostic[]> {
    return call(request instanceof analyzer.AnalyzeStackRequest ? "makeAnalyzeStackRpcFun" : "makeAnalyzeRpcFun", policies, request);
}

/** Sends each resource and then the stack, as a run of the engine does. */
export async function analyzeRun(policies: Policies, resources: readonly AnalyzedResource[]): Promise<readonly Diagnostic[]> {
    const found: Diagnostic[] = [];
    for (const resource of resources) {
        found.push(...(await analyze(policies, resource)));
    }
    return [...found, ...(await analyzeStack(policies, resources))];
}

const levels = ["advisory", "mandatory", "disabled", "remediate"] as const;

/** A request of the engine. */
export type Request = analyzer.AnalyzeRequest | analyzer.AnalyzeStackRequest;
type Respond = (error: Error | null | undefined, response: analyzer.AnalyzeResponse | undefined) => void;

async function call(maker: string, policies: Policies, request: Request): Promise<readonly Diagnostic[]> {
    // The runtime exports the makers without declaring them.
    const make: unknown = Reflect.get(server, maker);
    if (typeof make !== "function") {
        throw new TypeError(`@pulumi/policy no longer exports ${maker}`);
    }
    const handle: unknown = Reflect.apply(make, undefined, ["nova-delivery", "0.1.0", "advisory", policies]);
    if (typeof handle !== "function") {
        throw new TypeError(`${maker} gave no handler`);
    }
    return new Promise((resolve, reject) => {
        const respond: Respond = (error, response) => {
            if (error) {
                reject(error);
            } else {
                resolve((response?.getDiagnosticsList() ?? []).map(diagnosticOf));
            }
        };
        Reflect.apply(handle, undefined, [{ request }, respond]);
    });
}

function diagnosticOf(diagnostic: analyzer.AnalyzeDiagnostic): Diagnostic {
    return {
        policy: diagnostic.getPolicyname(),
        message: diagnostic.getMessage(),
        level: levels[diagnostic.getEnforcementlevel()],
        urn: diagnostic.getUrn(),
    };
}

function filled<T extends analyzer.AnalyzeRequest | analyzer.AnalyzerResource>(request: T, resource: AnalyzedResource): T {
    const options = new analyzer.AnalyzerResourceOptions();
    options.setProtect(resource.protect ?? false);
    options.setParent(resource.parent ?? "");
    request.setType(resource.type);
    request.setName(resource.name);
    request.setUrn(resource.urn ?? `urn:pulumi:prod::video-ranking::${resource.type}::${resource.name}`);
    request.setProperties(structs.Struct.fromJavaScript({ ...resource.properties }));
    request.setOptions(options);
    if (resource.provider !== undefined) {
        const provider = new analyzer.AnalyzerProviderResource();
        provider.setType(resource.provider.type);
        provider.setProperties(structs.Struct.fromJavaScript({ ...resource.provider.properties }));
        request.setProvider(provider);
    }
    return request;
}
