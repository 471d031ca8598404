import { isRecord } from "../../settings/tree.ts";

/** Stands for each secret in a state and in a config that hold none. */
export const placeholder = "left-out-of-this-preview";

/** A state as `pulumi stack export` writes it, without a single secret: each is the {@link placeholder}, encrypted by `passphraseSalt` when it is imported. What is encrypted is never opened for it. */
export function secretlessState(exported: unknown, passphraseSalt: string): unknown {
    const state = withPlaceholders(exported);
    return isRecord(state) && isRecord(state.deployment)
        ? { ...state, deployment: { ...state.deployment, secrets_providers: { type: "passphrase", state: { salt: passphraseSalt } } } }
        : state;
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
