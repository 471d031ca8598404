/** Something in a draft that looks like a secret. The value itself is not in it. */
export interface SuspectedSecret {
    /** Where it is, such as `evidence.note`. */
    readonly path: string;
    /** What it looks like. */
    readonly looksLike: string;
}

const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/**
 * Text that is never written into a ledger: many people read it, and nothing takes it out again.
 *
 * These find what commonly slips into messages and command lines. They can't find a secret that looks like nothing, so the ledger is not given any: its
 * records are built from names, digests, numbers and verdicts.
 */
const patterns: readonly { readonly looksLike: string; readonly pattern: RegExp }[] = [
    { looksLike: "a private key", pattern: privateKey },
    // What a kubeconfig holds under client-key-data: base64 of "-----BEGIN".
    { looksLike: "a private key", pattern: /\bLS0tLS1CRUdJTi[\w+/=]*/ },
    { looksLike: "a JSON web token", pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/ },
    // A port is no password: https://host:8080/a@b.
    { looksLike: "credentials in an address", pattern: /:\/\/[^\s/:@]*:(?!\d{1,5}[/?#])[^\s@]+@/ },
    { looksLike: "an authorization header", pattern: /\b(?:bearer|basic)\s+[\w+/=.~-]{12,}/i },
    { looksLike: "a cookie", pattern: /\bcookie["']?\s*:\s*[^\s;=]+=[^\s;]+(?:;\s*[^\s;=]+=[^\s;]+)*/i },
    {
        looksLike: "a password or token",
        pattern:
            /(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|account[_-]?key|shared[_-]?key|private[_-]?key|client-key-data|pass|pwd)["']?\s*[=:]\s*["']?[^\s"']{4,}/i,
    },
    {
        looksLike: "a password or token",
        pattern: /(?<![\w-])--?[\w-]*(?:password|passwd|passphrase|pass|pwd|secret|token|api-key|apikey)[ =]\s*["']?[^\s"'-][^\s"']{3,}/i,
    },
    { looksLike: "a password or token", pattern: /\b(?:identified\s+by|with\s+password|requirepass|masterauth)\s+["']?[^\s"']{4,}/i },
    { looksLike: "an access key of a cloud", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
    // Forty characters of base64, which a digest in hexadecimal is not.
    {
        looksLike: "a secret key of a cloud",
        pattern: /(?<![\w+/=.-])(?=[\w+/]*[A-Z])(?=[\w+/]*[a-z])(?=[\w+/]*\d)(?![\da-fA-F]+(?![\w+/]))[A-Za-z\d+/]{40}(?![\w+/=.-])/,
    },
    { looksLike: "an access key of a cloud", pattern: /\b(?:AIza[\w-]{35}|ya29\.[\w-]{10,}|[?&;]sig=[\w%+/=-]{16,}|dop_v1_[0-9a-f]{64})/ },
    { looksLike: "a token of a code forge", pattern: /\b(?:gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,})/ },
    { looksLike: "a token of a package registry", pattern: /\b(?:npm_[A-Za-z\d]{30,}|pypi-AgEI[\w-]{20,}|dckr_pat_[\w-]{20,}|rubygems_[0-9a-f]{40,})/ },
    { looksLike: "a key of a payment service", pattern: /\b(?:[srp]k_(?:live|test)_\w{12,}|whsec_[\w+/=]{16,})/ },
    { looksLike: "a token of a chat", pattern: /\b(?:xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,})/ },
    {
        looksLike: "the address of a chat's webhook",
        pattern:
            /\b(?:hooks\.[\w.-]+|[\w-]+\.webhook\.office\.com|outlook\.office(?:365)?\.com\/webhook|(?:ptb\.|canary\.)?discord(?:app)?\.com\/api(?:\/v\d+)?\/webhooks)\/\S{8,}/,
    },
    { looksLike: "a token of a vault", pattern: /\bhv[sbr]\.[\w-]{20,}/ },
    { looksLike: "a key of a model's service", pattern: /\bsk-[\w-]{20,}/ },
    { looksLike: "a token of Pulumi", pattern: /\bpul-[0-9a-f]{40}\b/ },
    { looksLike: "an encrypted secret", pattern: /\bv1:[\w+/]{12,}={0,2}:[\w+/]{12,}/ },
];

/** Keys whose value is a secret whatever it looks like. */
const secretKey = /^(?:password|passwd|passphrase|secret|token|api[_-]?key|authorization|private[_-]?key)$/i;

/** Everything in `value` that looks like a secret. */
export function suspectedSecrets(value: unknown, path = ""): readonly SuspectedSecret[] {
    if (typeof value === "string") {
        return [...new Set(patterns.filter(({ pattern }) => pattern.test(value)).map(({ looksLike }) => looksLike))].map((looksLike) => ({ path, looksLike }));
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
        const at = path === "" ? key : `${path}.${key}`;
        return secretKey.test(key) && typeof member === "string" && member !== ""
            ? [{ path: at, looksLike: "the value of a secret key" }]
            : [...suspectedSecrets(key, at), ...suspectedSecrets(member, at)];
    });
}

/** `text` with everything that looks like a secret replaced by a mark. Of a private key, nothing that follows its first line is kept. */
export function withoutSecrets(text: string): string {
    const [before = "", ...key] = text.split(privateKey);
    const open = key.length === 0 ? text : `${before}${mark}`;
    return patterns.reduce((kept, { pattern }) => kept.replaceAll(new RegExp(pattern.source, `${pattern.flags}g`), mark), open);
}

const mark = "(left out)";
