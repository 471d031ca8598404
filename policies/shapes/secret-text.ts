/** Names that promise a secret: environment variables, keys of ConfigMaps, annotations. */
const secretName =
    /(^|[_.\-/])(password|passwd|pwd|secret|token|api[_-]?key|apikey|private[_-]?key|access[_-]?key|credentials?|connection[_-]?string|auth)($|[_.-])|(password|secret|token|apikey|privatekey|accesskey)$/i;

/** Names that speak of a secret without being one: where it lies, how long it lives, whether there is one. */
const aboutSecret =
    /(file|path|dir|name|ref|url|uri|endpoint|issuer|ttl|expiry|expires|seconds|minutes|enabled|required|type|algorithm|mode|length|policy|count|limit|header|audience|mount|hash|method|mechanism)$/i;

/** Shapes that only secrets have. */
const shapes: readonly (readonly [string, RegExp])[] = [
    ["a private key", /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
    ["an AWS access key", /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
    ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36,}\b/],
    ["a Slack token", /\bxox[abpr]-[A-Za-z0-9-]{10,}/],
    ["a Google API key", /\bAIza[0-9A-Za-z_-]{35}\b/],
    ["a JSON web token", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/],
    ["a bearer token", /\bbearer\s+[A-Za-z0-9._~+/-]{16,}/i],
    ["a URL with a password", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@$]+:(?!\$)[^\s/@]{3,}@/i],
];

/** A word of at least this many characters may be a random one. */
const shortestRandom = 24;

/** Bits a character from which a mixed word counts as random. English and identifiers stay below 4; base64 of random bytes lies above. */
const randomBits = 4.2;

/**
 * What makes `value`, stored under `name`, look like a secret, or undefined. The answer never contains the value.
 *
 * @param mayBeHash whether random words may stand here: checksums and digests in annotations and image references.
 */
export function secretIn(name: string, value: string, mayBeHash = false): string | undefined {
    const shape = shapes.find(([, pattern]) => pattern.test(value));
    if (shape !== undefined) {
        return `it holds ${shape[0]}`;
    }
    const lastPart = name.split(/[\\/]/).at(-1) ?? name;
    if (secretName.test(lastPart) && !aboutSecret.test(lastPart) && !isReference(value)) {
        return "its name promises a secret";
    }
    return !mayBeHash && looksRandom(value) ? "it looks random" : undefined;
}

/** Whether a value is no secret itself: empty, a switch, a number, a variable, a path. */
function isReference(value: string): boolean {
    return /^(|true|false|yes|no|none|null|\d+|\$[({].*[)}]|\/[\w./-]*|[\w.-]+\.(?:json|pem|crt|key|txt|ya?ml))$/i.test(value.trim());
}

/**
 * Whether a value is one long random word: letters of both cases and digits, without the separators that people write, and of high entropy.
 * Digests (`sha256:...`, hex) and UUIDs are public by nature and do not count.
 */
function looksRandom(value: string): boolean {
    const word = value.trim();
    if (word.length < shortestRandom || word.length > 512 || !/^[A-Za-z0-9+/=_-]+$/.test(word) || /^[0-9a-f-]+$/i.test(word)) {
        return false;
    }
    // A run of small letters is a word.
    const mixed = /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) && !/[a-z]{7}/.test(word);
    const longestWord = Math.max(...word.split(/[^A-Za-z0-9]+/).map((part) => part.length));
    return mixed && longestWord >= 16 && entropyBits(word) >= Math.min(randomBits, Math.log2(word.length) - 0.6);
}

/** Shannon entropy of a text, in bits a character. */
function entropyBits(word: string): number {
    const counts = new Map<string, number>();
    for (const character of word) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    return [...counts.values()].reduce((bits, count) => bits - (count / word.length) * Math.log2(count / word.length), 0);
}
