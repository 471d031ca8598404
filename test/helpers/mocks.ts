import * as pulumi from "@pulumi/pulumi";

import { isRecord, unwrap } from "./wire.ts";

export { isRecord, isSecret, isSecretAt, redacted, unwrap, valueAt, withoutSecrets } from "./wire.ts";

/** A resource as the program registered it. Inputs are in the form sent to the engine, with secret markers: read them with `valueAt` and `isSecretAt`. */
export interface RegisteredResource {
    /** Type token, such as `kubernetes:apps/v1:Deployment` or `nova:kafka:KafkaTopics`. */
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    /** True where a provider manages it, false for a component. */
    readonly custom: boolean;
    readonly inputs: Readonly<Record<string, unknown>>;
    /** What a component gave to registerOutputs. Empty too where it never called it: the SDK then does so itself, before the children are there. */
    readonly outputs?: Readonly<Record<string, unknown>>;
    /** Types under which the engine looks for it too. What its parent was called before, the engine thinks of by itself. */
    readonly formerTypes: readonly string[];
    /** URN of the parent. */
    readonly parent?: string;
    /** `urn::id` of the explicit provider. Undefined: the default provider would be used. */
    readonly provider?: string;
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    /** Undefined: the provider decides. */
    readonly deleteBeforeReplace?: boolean;
    readonly ignoreChanges: readonly string[];
    readonly replaceOnChanges: readonly string[];
    readonly additionalSecretOutputs: readonly string[];
    /** URNs of everything it waits for: dependsOn and the resources that its inputs come from. */
    readonly dependsOn: readonly string[];
    /** Durations as Pulumi writes them, such as `60s`. Empty: the provider's default. */
    readonly customTimeouts: { readonly create?: string; readonly update?: string; readonly delete?: string };
    /** Names of the hooks bound to each moment. Hooks never run here: test their functions by themselves. */
    readonly hooks: Readonly<Partial<Record<HookMoment, readonly string[]>>>;
}

/** When a hook runs. */
export type HookMoment = "beforeCreate" | "afterCreate" | "beforeUpdate" | "afterUpdate" | "beforeDelete" | "afterDelete";

/** What a program registered, and what `build` returned. */
export interface RegisteredStack<T = unknown> {
    readonly result: T;
    readonly resources: readonly RegisteredResource[];
    /** Resources of a type, in the order of registration. */
    ofType(type: string): readonly RegisteredResource[];
    /** The resource of that name; with `type` where several types share it. Throws, listing what there is, unless exactly one matches. */
    named(name: string, type?: string): RegisteredResource;
    /** Direct children of a resource. */
    childrenOf(resource: RegisteredResource): readonly RegisteredResource[];
}

/** How the program is run. */
export interface BuildOptions {
    /** Run as a preview: ids and generated values are unknown, so whatever depends on them in an `apply` is missing. Default false. */
    readonly preview?: boolean;
    /** Default `video-ranking`. */
    readonly project?: string;
    /** Default `test`. */
    readonly stack?: string;
    /** Stack config by full key, such as `video-ranking:rolloutPercent`; structured values as JSON text. */
    readonly config?: Readonly<Record<string, string>>;
    /** Full keys of `config` that are secret. */
    readonly secretKeys?: readonly string[];
    /** Outputs of a resource beyond its inputs. Undefined: the defaults of this file. */
    readonly outputs?: (resource: pulumi.runtime.MockResourceArgs) => Record<string, unknown> | undefined;
    /** Answers of provider functions. Default: an empty object. */
    readonly call?: (call: pulumi.runtime.MockCallArgs) => Record<string, unknown>;
}

/**
 * Runs a piece of a Pulumi program against a monitor that only records, and gives back what it registered.
 *
 * It proves what the program passes to the engine, not what a cluster or a broker accepts. It fails where two resources share a URN, which the mocks of the SDK let
 * pass.
 */
export async function buildStack<T>(build: () => T | Promise<T>, options: BuildOptions = {}): Promise<RegisteredStack<Awaited<T>>> {
    const preview = options.preview ?? false;
    // The CLI tells a program in this variable which of its config keys are encrypted.
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(options.secretKeys ?? []);
    pulumi.runtime.setAllConfig({ ...options.config }, [...(options.secretKeys ?? [])]);
    await pulumi.runtime.setMocks(
        {
            newResource: (args) => ({ id: preview ? undefined : `${args.name}-id`, state: stateOf(args, preview, options.outputs?.(args)) }),
            call: (args) => options.call?.(args) ?? {},
        },
        options.project ?? "video-ranking",
        options.stack ?? "test",
        preview,
    );
    const recorded = recordRegistrations();
    const result = await build();
    await pulumi.runtime.disconnect();
    refuseSharedUrns(recorded);
    const resources: readonly RegisteredResource[] = recorded.resources.map((resource) => {
        const outputs = recorded.outputs.get(resource.urn);
        return outputs === undefined ? resource : { ...resource, outputs };
    });
    return {
        result,
        resources,
        ofType: (type) => resources.filter((resource) => resource.type === type),
        named: (name, type) => single(resources, name, type),
        childrenOf: ({ urn }) => resources.filter((resource) => resource.parent === urn),
    };
}

/**
 * The value of an output. Rejects after `timeoutMs` (default 2000): an output that is unknown or failed never has a value, and waiting for it would hang the test.
 */
export async function promiseOf<T>(output: pulumi.Output<T>, timeoutMs = 2_000): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
            reject(new Error(`the output has no value after ${String(timeoutMs)} ms: it is unknown (a preview?), or something it comes from failed`));
        }, timeoutMs);
        pulumi.output(output).apply((value) => {
            clearTimeout(timer);
            resolve(value);
        });
    });
}

/** Children of components that don't carry their parent's name as a prefix, as `child of parent`: a second instance of the component would clash with the first. */
export function misnamedChildren(stack: RegisteredStack): readonly string[] {
    const byUrn = new Map(stack.resources.map((resource) => [resource.urn, resource]));
    return stack.resources.flatMap((resource) => {
        const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
        return parent === undefined || parent.custom || resource.name.startsWith(`${parent.name}-`) ? [] : [`${resource.name} of ${parent.name}`];
    });
}

interface Recorded {
    readonly resources: RegisteredResource[];
    /** By URN. */
    readonly outputs: Map<string, Record<string, unknown>>;
}

type Monitor = NonNullable<ReturnType<typeof pulumi.runtime.getMonitor>>;
type RegisterRequest = Parameters<Monitor["registerResource"]>[0];
type OutputsRequest = Parameters<Monitor["registerResourceOutputs"]>[0];
type Callback = (error: unknown, response: unknown) => void;

/** The parts of the mock monitor that are wrapped here. The mock lacks the hook calls, which would throw (pulumi/pulumi#20874). */
interface MockMonitor {
    registerResource: (request: RegisterRequest, callback: (error: unknown, response: { getUrn(): string } | undefined) => void) => unknown;
    registerResourceOutputs: (request: OutputsRequest, callback: Callback) => unknown;
    registerResourceHook?: (request: unknown, callback: Callback) => void;
    registerErrorHook?: (request: unknown, callback: Callback) => void;
}

function recordRegistrations(): Recorded {
    const recorded: Recorded = { resources: [], outputs: new Map() };
    // The SDK types the monitor as the gRPC client; under mocks it is a plain object with fewer methods and simpler signatures.
    const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
    const registerResource = monitor.registerResource.bind(monitor);
    const registerResourceOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResource = (request, callback) =>
        registerResource(request, (error, response) => {
            if (response !== undefined) {
                recorded.resources.push(registrationOf(request, response.getUrn()));
            }
            callback(error, response);
        });
    monitor.registerResourceOutputs = (request, callback) => {
        recorded.outputs.set(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
        return registerResourceOutputs(request, callback);
    };
    const accept = (_request: unknown, callback: Callback): void => {
        callback(null, {});
    };
    monitor.registerResourceHook = accept;
    monitor.registerErrorHook = accept;
    return recorded;
}

function registrationOf(request: RegisterRequest, urn: string): RegisteredResource {
    const timeouts = request.getCustomtimeouts();
    const parent = request.getParent();
    const provider = request.getProvider();
    return {
        type: request.getType(),
        name: request.getName(),
        urn,
        custom: request.getCustom(),
        inputs: request.getObject()?.toJavaScript() ?? {},
        formerTypes: request.getAliasesList().flatMap((alias) => alias.getSpec()?.getType() ?? []),
        ...(parent === "" ? {} : { parent }),
        ...(provider === "" ? {} : { provider }),
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        ...(request.getDeletebeforereplacedefined() ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
        dependsOn: request.getDependenciesList(),
        customTimeouts: notEmpty({ create: timeouts?.getCreate(), update: timeouts?.getUpdate(), delete: timeouts?.getDelete() }),
        hooks: hooksOf(request),
    };
}

function hooksOf(request: RegisterRequest): RegisteredResource["hooks"] {
    const binding = request.getHooks();
    return binding === undefined
        ? {}
        : notEmpty({
              beforeCreate: binding.getBeforeCreateList(),
              afterCreate: binding.getAfterCreateList(),
              beforeUpdate: binding.getBeforeUpdateList(),
              afterUpdate: binding.getAfterUpdateList(),
              beforeDelete: binding.getBeforeDeleteList(),
              afterDelete: binding.getAfterDeleteList(),
          });
}

/** The entries that hold something: protocol buffers write an absent field as empty. */
function notEmpty<K extends string, V extends { readonly length: number }>(entries: Record<K, V | undefined>): Partial<Record<K, V>> {
    const kept: Partial<Record<K, V>> = {};
    for (const key of Object.keys(entries) as K[]) {
        const value = entries[key];
        if (value !== undefined && value.length > 0) {
            kept[key] = value;
        }
    }
    return kept;
}

/** What the provider would answer: the inputs, a name where Kubernetes resources have none, generated values of @pulumi/random. */
function stateOf(args: pulumi.runtime.MockResourceArgs, preview: boolean, extra: Record<string, unknown> | undefined): Record<string, unknown> {
    const inputs: Record<string, unknown> = isRecord(args.inputs) ? args.inputs : {};
    if (args.type.startsWith("kubernetes:")) {
        const metadata = unwrap(inputs.metadata);
        const given = isRecord(metadata) ? metadata : {};
        // The provider names at check already, so the name is known in a preview too.
        return { ...inputs, metadata: { ...given, name: given.name ?? `${args.name}-xxxx` }, ...extra };
    }
    return { ...inputs, ...(preview ? {} : randomOutputs(args)), ...extra };
}

function randomOutputs(args: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
    switch (args.type) {
        case "random:index/randomPassword:RandomPassword":
            return { result: pulumi.secret(`${args.name}-result`), bcryptHash: pulumi.secret(`${args.name}-hash`) };
        case "random:index/randomString:RandomString":
        case "random:index/randomUuid:RandomUuid":
            return { result: `${args.name}-result` };
        case "random:index/randomId:RandomId":
            return { hex: `${args.name}-hex`, b64Url: `${args.name}-b64`, dec: "1" };
        default:
            return {};
    }
}

function refuseSharedUrns({ resources }: Recorded): void {
    const urns = resources.map(({ urn }) => urn);
    const shared = new Set(urns.filter((urn, index) => urns.indexOf(urn) !== index));
    if (shared.size > 0) {
        throw new Error([...shared].map((urn) => `two resources have the URN ${urn}`).join("\n"));
    }
}

function single(resources: readonly RegisteredResource[], name: string, type: string | undefined): RegisteredResource {
    const matches = resources.filter((resource) => resource.name === name && (type === undefined || resource.type === type));
    const [match] = matches;
    if (match === undefined || matches.length > 1) {
        const known = resources.map((resource) => `  ${resource.type} ${resource.name}`).join("\n");
        throw new Error(`${String(matches.length)} resources match ${type ?? "any type"} ${name}, not 1. Registered:\n${known}`);
    }
    return match;
}
