import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import type * as grpc from "@grpc/grpc-js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import type {
    CheckRequest,
    ConfigureRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    InvokeRequest,
    ReadRequest,
    UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";

import { wordsOf } from "../../rollout/words.ts";
import { UnsupportedError, unary } from "./process-server.ts";
import { type PropertyValue, type PropertyValues, fromStruct, noProperties, toStruct } from "./property-values.ts";
import { type ConfiguredKind, type Fault, type Provider, decodeSettings, validate } from "./provider.ts";
import type { Plain } from "./resource-kind.ts";

/** Digits after an automatic name, as the official bridge appends. */
const autoNameDigits = 7;

/**
 * The ResourceProvider service over a provider: everything that is the same for all of them.
 *
 * Secrets come in marked and go back marked; unknowns are kept from the handlers; what is not supported is an error, never a silent success.
 *
 * @param version reported to the engine.
 */
export function createProviderServer(provider: Provider, version: string): grpc.UntypedServiceImplementation {
    let configured: PropertyValues = noProperties;

    /** The settings, checked again here: a program may have passed a preview with unknown ones. */
    function settings(): Plain {
        if (configured.unknown.size > 0) {
            throw new Error(
                `the settings ${[...configured.unknown].sort().join(", ")} of the ${provider.name} provider are not known yet; make what they come from first`,
            );
        }
        const { values, faults } = validate(provider.settings, configured);
        if (faults.length > 0) {
            throw new Error(`the ${provider.name} provider is not configured: ${faults.map((fault) => fault.reason).join("; ")}`);
        }
        return values;
    }

    function kindOf(urn: string): ConfiguredKind {
        const token = typeOf(urn);
        const kind = provider.kinds.get(token);
        if (kind === undefined) {
            throw new UnsupportedError(`'${token}' is not supported by the ${provider.name} stand-in; it knows ${[...provider.kinds.keys()].join(", ")}`);
        }
        return kind;
    }

    /** Runs an operation; whatever it reports, secret values are blotted out. */
    async function guarded<Result>(secrets: readonly PropertyValues[], work: () => Promise<Result>): Promise<Result> {
        try {
            return await work();
        } catch (error) {
            const hidden = [
                ...secrets.flatMap((values) => textsOf(values, values.secret)),
                ...textsOf(configured, [...configured.secret, ...provider.secretSettings]),
            ];
            const message = wordsOf(error);
            throw Object.assign(new Error(hidden.reduce((text, secret) => text.replaceAll(secret, "[secret]"), message)), { cause: error });
        }
    }

    async function read(request: ReadRequest): Promise<InstanceType<typeof providerPb.ReadResponse>> {
        const { kind, read: readLive } = kindOf(request.getUrn());
        const inputs = fromStruct(request.getInputs());
        const properties = stored(kind, request.getProperties());
        const isImport = Object.keys(inputs.known).length === 0;
        const live = await guarded([inputs, properties], () => readLive(settings(), request.getId(), isImport ? undefined : properties.known));
        const response = new providerPb.ReadResponse();
        if (live === undefined) {
            return response; // an empty id: the object is gone
        }
        const secret = new Set([...inputs.secret, ...properties.secret, ...kind.secretOutputs]);
        const state = wireValues(live.state);
        const inputNames = Object.keys(isImport ? kind.inputs.shape : inputs.known);
        response.setId(live.id);
        response.setProperties(toStruct({ known: state, unknown: new Set(), secret }));
        response.setInputs(
            toStruct({
                known: Object.fromEntries(inputNames.flatMap((name) => (name in state ? [[name, state[name] ?? null]] : []))),
                unknown: new Set(),
                secret,
            }),
        );
        return response;
    }

    async function create(request: CreateRequest): Promise<InstanceType<typeof providerPb.CreateResponse>> {
        const { kind, create: createLive } = kindOf(request.getUrn());
        const inputs = fromStruct(request.getProperties());
        const secret = new Set([...inputs.secret, ...kind.secretOutputs]);
        const response = new providerPb.CreateResponse();
        if (request.getPreview()) {
            const later = Object.keys(kind.state.shape).filter(
                (name) => !(name in inputs.known) && (!(name in kind.inputs.shape) || kind.computedInputs.includes(name)),
            );
            response.setProperties(toStruct({ known: inputs.known, unknown: new Set([...inputs.unknown, ...later]), secret }));
            return response;
        }
        const created = await guarded([inputs], () => createLive(settings(), inputs.known));
        response.setId(created.id);
        response.setProperties(toStruct({ known: wireValues(created.state), unknown: new Set(), secret }));
        return response;
    }

    async function update(request: UpdateRequest): Promise<InstanceType<typeof providerPb.UpdateResponse>> {
        const { kind, update: updateLive } = kindOf(request.getUrn());
        const inputs = fromStruct(request.getNews());
        const last = stored(kind, request.getOlds());
        const kept = Object.fromEntries(Object.entries(last.known).filter(([name]) => !(name in kind.inputs.shape) || kind.computedInputs.includes(name)));
        const known = request.getPreview()
            ? { ...kept, ...inputs.known }
            : wireValues(await guarded([inputs, last], () => updateLive(settings(), request.getId(), inputs.known, last.known)));
        const response = new providerPb.UpdateResponse();
        response.setProperties(toStruct({ known, unknown: inputs.unknown, secret: new Set([...inputs.secret, ...kind.secretOutputs]) }));
        return response;
    }

    return {
        handshake: unary(() => {
            const response = new providerPb.ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            response.setAcceptResources(true);
            return response;
        }),
        getPluginInfo: unary(() => {
            const response = new pluginPb.PluginInfo();
            response.setVersion(version);
            return response;
        }),
        getSchema: unary(() => {
            const response = new providerPb.GetSchemaResponse();
            response.setSchema(JSON.stringify({ name: provider.name, version }));
            return response;
        }),
        checkConfig: unary((request: CheckRequest) => {
            const given = fromStruct(request.getNews());
            return checked(request.getNews(), validate(provider.settings, decodeSettings(provider.settings, given)).faults);
        }),
        diffConfig: unary((request: DiffRequest) => {
            const [before, after] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
            const response = new providerPb.DiffResponse();
            const same = isDeepStrictEqual(before.known, after.known) && after.unknown.size === 0;
            response.setChanges(same ? providerPb.DiffResponse.DiffChanges.DIFF_NONE : providerPb.DiffResponse.DiffChanges.DIFF_SOME);
            return response;
        }),
        configure: unary((request: ConfigureRequest) => {
            configured = decodeSettings(provider.settings, fromStruct(request.getArgs()));
            const response = new providerPb.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setAcceptresources(true);
            response.setSupportspreview(true);
            return response;
        }),
        check: unary((request: CheckRequest) => {
            const { kind } = kindOf(request.getUrn());
            const given = fromStruct(request.getNews());
            const name = kind.autoName && !("name" in given.known) && !given.unknown.has("name") ? { name: autoName(request) } : {};
            const { values, faults } = validate(kind.inputs, { ...given, known: { ...name, ...given.known } });
            const rules = faults.length === 0 && given.unknown.size === 0 ? kind.verify(values) : [];
            return checked(toStruct({ known: wireValues(values), unknown: given.unknown, secret: given.secret }), [...faults, ...rules]);
        }),
        diff: unary((request: DiffRequest) => {
            const configuredKind = kindOf(request.getUrn());
            return diff(configuredKind, stored(configuredKind.kind, request.getOlds()), fromStruct(request.getNews()));
        }),
        create: unary(create),
        read: unary(read),
        update: unary(update),
        delete: unary(async (request: DeleteRequest) => {
            const { kind, delete: deleteLive } = kindOf(request.getUrn());
            const last = stored(kind, request.getProperties());
            await guarded([last], () => deleteLive(settings(), request.getId(), last.known));
            return new emptyPb.Empty();
        }),
        invoke: unary((request: InvokeRequest) => {
            throw new UnsupportedError(`the function '${request.getTok()}' is not supported by the ${provider.name} stand-in`);
        }),
        cancel: unary(() => new emptyPb.Empty()),
        attach: unary(() => new emptyPb.Empty()),
    };
}

/** Properties of a state, without those that only the official plugin keeps there, such as the id. */
function stored({ state }: ConfiguredKind["kind"], properties: Parameters<typeof fromStruct>[0]): PropertyValues {
    const values = fromStruct(properties);
    return { ...values, known: Object.fromEntries(Object.entries(values.known).filter(([name]) => name in state.shape)) };
}

/** What a change of inputs does: nothing, an update, or a replacement. */
function diff({ kind }: ConfiguredKind, before: PropertyValues, after: PropertyValues): InstanceType<typeof providerPb.DiffResponse> {
    const response = new providerPb.DiffResponse();
    const { Kind } = providerPb.PropertyDiff;
    // The official providers leave out of a state what is empty.
    const defaults: Plain = kind.inputs.partial().safeParse({}).data ?? {};
    for (const name of Object.keys(kind.inputs.shape)) {
        const [old, wanted] = [before.known[name] ?? defaults[name], after.known[name]];
        const unknown = after.unknown.has(name);
        if (!unknown && (isDeepStrictEqual(old, wanted) || (wanted === undefined && kind.computedInputs.includes(name)))) {
            continue;
        }
        const rule = kind.replaceOn[name];
        const replaces = rule === true || (typeof rule === "function" && !unknown && rule(old, wanted));
        const change = new providerPb.PropertyDiff();
        const [added, removed, updated] = replaces ? [Kind.ADD_REPLACE, Kind.DELETE_REPLACE, Kind.UPDATE_REPLACE] : [Kind.ADD, Kind.DELETE, Kind.UPDATE];
        change.setKind(old === undefined ? added : wanted === undefined && !unknown ? removed : updated);
        response.getDetaileddiffMap().set(name, change);
        response.addDiffs(name);
        if (replaces) {
            response.addReplaces(name);
        }
    }
    const changed = response.getDiffsList();
    response.setHasdetaileddiff(true);
    response.setChanges(changed.length > 0 ? providerPb.DiffResponse.DiffChanges.DIFF_SOME : providerPb.DiffResponse.DiffChanges.DIFF_NONE);
    response.setDeletebeforereplace(
        kind.deleteFirst === "always" || (kind.deleteFirst !== undefined && !kind.deleteFirst.some((name) => changed.includes(name))),
    );
    return response;
}

function checked(inputs: ReturnType<typeof toStruct> | undefined, faults: readonly Fault[]): InstanceType<typeof providerPb.CheckResponse> {
    const response = new providerPb.CheckResponse();
    response.setInputs(inputs);
    for (const fault of faults) {
        const failure = new providerPb.CheckFailure();
        failure.setProperty(fault.property);
        failure.setReason(fault.reason);
        response.addFailures(failure);
    }
    return response;
}

/** The name that the resource has already, or a new one: its logical name and random digits. */
function autoName(request: CheckRequest): string {
    const last = fromStruct(request.getOlds()).known.name;
    if (typeof last === "string") {
        return last;
    }
    const seed = Buffer.from(request.getRandomseed_asU8());
    const digits = (seed.length > 0 ? seed : randomBytes(autoNameDigits)).toString("hex").slice(0, autoNameDigits);
    return `${request.getUrn().split("::").at(-1) ?? ""}-${digits}`;
}

/** `urn:pulumi:stack::project::parentType$type::name` -> `type`. */
function typeOf(urn: string): string {
    return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Handlers give plain data; undefined means absent. */
function wireValues(values: Plain): Record<string, PropertyValue> {
    const isPresent = (entry: [string, unknown]): entry is [string, PropertyValue] => entry[1] !== undefined;
    return Object.fromEntries(Object.entries(values).filter(isPresent));
}

/** The texts in these properties that are long enough to be blotted out without mangling a message. */
function textsOf(values: PropertyValues, names: Iterable<string>): string[] {
    return [...names].flatMap((name) => texts(values.known[name])).filter((text) => text.length >= 4);
}

function texts(value: unknown): string[] {
    if (typeof value === "string") {
        return [value];
    }
    const items: unknown[] = typeof value === "object" && value !== null ? Object.values(value) : [];
    return items.flatMap((item) => texts(item));
}
