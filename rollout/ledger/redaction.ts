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
    { looksLike: "a JSON web token", pattern: /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/ },
    { looksLike: "credentials in an address", pattern: /:\/\/[^\s/:@]*:[^\s/@]+@/ },
    { looksLike: "an authorization header", pattern: /\b(?:bearer|basic)\s+[\w+/=.~-]{12,}/i },
    { looksLike: "a password or token", pattern: /(?:password|passwd|passphrase|secret|token|api[_-]?key)["']?\s*[=:]\s*["']?[^\s"']{4,}/i },
    { looksLike: "an access key of a cloud", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
    { looksLike: "a token of a code forge", pattern: /\b(?:gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,})/ },
    { looksLike: "a token of a chat", pattern: /\bxox[abeoprs]-[\w-]{10,}/ },
    { looksLike: "the address of a chat's webhook", pattern: /\bhooks\.[\w.-]+\/\S{8,}/ },
    { looksLike: "a token of Pulumi", pattern: /\bpul-[0-9a-f]{40}\b/ },
    { looksLike: "an encrypted secret", pattern: /\bv1:[\w+/]{12,}={0,2}:[\w+/]{12,}/ },
];

/** Keys whose value is a secret whatever it looks like. */
const secretKey = /^(?:password|passwd|passphrase|secret|token|api[_-]?key|authorization|private[_-]?key)$/i;

/** Everything in `value` that looks like a secret. */
export function suspectedSecrets(value: unknown, path = ""): readonly SuspectedSecret[] {
    if (typeof value === "string") {
        return patterns.filter(({ pattern }) => pattern.test(value)).map(({ looksLike }) => ({ path, looksLike }));
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
