import { isRecord } from "../../settings/tree.ts";

/** Stands for each secret in a state and in a config that hold none. */
export const placeholder = "left-out-of-this-preview";

/**
 * A state as `pulumi stack export` writes it, without a single secret: each is the {@link placeholder}, encrypted by `passphraseSalt` when it is imported. What is encrypted is never opened for it.
 *
 * Kubernetes' Secrets are left out as a whole. Their content is nothing but secrets, and another content replaces them: the guard would refuse to replace one that users are on, for a difference that is none.
 */
export function secretlessState(exported: unknown, passphraseSalt: string): unknown {
    const state = withPlaceholders(exported);
    if (!isRecord(state) || !isRecord(state.deployment)) {
        return state;
    }
    const resources = Array.isArray(state.deployment.resources) ? state.deployment.resources.filter(isRecord) : [];
    const left = new Set(resources.filter(({ type }) => type === "kubernetes:core/v1:Secret").map(({ urn }) => urn));
    return {
        ...state,
        deployment: {
            ...state.deployment,
            secrets_providers: { type: "passphrase", state: { salt: passphraseSalt } },
            resources: resources.filter(({ urn }) => !left.has(urn)).map((resource) => independentOf(resource, left)),
            pending_operations: [],
        },
    };
}

/** A resource that names none of those that are left out: the engine takes no state in which one is missing. */
function independentOf(resource: Readonly<Record<string, unknown>>, left: ReadonlySet<unknown>): Readonly<Record<string, unknown>> {
    const without = (urns: unknown): unknown => (Array.isArray(urns) ? urns.filter((urn) => !left.has(urn)) : urns);
    const { dependencies, propertyDependencies, deletedWith, ...rest } = resource;
    return {
        ...rest,
        ...(dependencies === undefined ? {} : { dependencies: without(dependencies) }),
        ...(isRecord(propertyDependencies)
            ? { propertyDependencies: Object.fromEntries(Object.entries(propertyDependencies).map(([key, urns]) => [key, without(urns)])) }
            : {}),
        ...(deletedWith === undefined || left.has(deletedWith) ? {} : { deletedWith }),
    };
}

function withPlaceholders(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withPlaceholders);
    }
    if (!isRecord(value)) {
        return value;
    }
    return value[signature] === secretSignature
        ? { [signature]: secretSignature, plaintext: JSON.stringify(placeholder) }
        : Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withPlaceholders(member)]));
}

/** How the engine marks a secret. @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A stack's file without its secrets and without what opens them, and where they were, as `pulumi config set --path` names it. */
export function secretlessConfig(file: Readonly<Record<string, unknown>>): {
    readonly file: Readonly<Record<string, unknown>>;
    readonly secrets: readonly string[];
} {
    const rest = Object.fromEntries(Object.entries(file).filter(([key]) => !opensSecrets.has(key)));
    const config = isRecord(rest.config) ? rest.config : {};
    const secrets = Object.entries(config).flatMap(([key, value]) => secretPaths(value, key));
    return {
        file: {
            ...rest,
            config: Object.fromEntries(Object.entries(config).flatMap(([key, value]) => (isSecret(value) ? [] : [[key, withoutSecretMembers(value)]]))),
        },
        secrets,
    };
}

const opensSecrets: ReadonlySet<string> = new Set(["encryptionsalt", "encryptedkey", "secretsprovider"]);

function isSecret(value: unknown): boolean {
    return isRecord(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}

function secretPaths(value: unknown, path: string): readonly string[] {
    if (isSecret(value)) {
        return [path];
    }
    if (Array.isArray(value)) {
        return value.flatMap((member, index) => secretPaths(member, `${path}[${String(index)}]`));
    }
    return isRecord(value) ? Object.entries(value).flatMap(([key, member]) => secretPaths(member, `${path}[${JSON.stringify(key)}]`)) : [];
}

/** A place in a list is kept, for the placeholder that comes there. */
function withoutSecretMembers(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map((member) => (isSecret(member) ? placeholder : withoutSecretMembers(member)));
    }
    return isRecord(value)
        ? Object.fromEntries(Object.entries(value).flatMap(([key, member]) => (isSecret(member) ? [] : [[key, withoutSecretMembers(member)]])))
        : value;
}
