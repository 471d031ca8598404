import { promiseOf } from "./secret-names.ts";
import { shapeIn } from "./secret-shapes.ts";

/** Characters of a name or a value that are looked at: what is longer is neither a name nor a reference. */
const longestName = 500;

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
    const shape = shapeIn(value);
    if (shape !== undefined) {
        return `it holds ${shape}`;
    }
    if (isPromised(name, value.trim())) {
        return "its name promises a secret";
    }
    return !mayBeHash && looksRandom(value) ? "it looks random" : undefined;
}

/** Whether `value` is what `name` promises: a secret, and not a switch, a place where the secret lies, or a text for people. */
export function isPromised(name: string, value: string): boolean {
    const promise = promiseOf(name.slice(-longestName));
    if (promise === undefined || isReference(value)) {
        return false;
    }
    switch (promise) {
        case "secret":
            return !/^\d{1,3}$/.test(value);
        case "object":
            return !/^\d{1,7}$/.test(value) && !namesObject(value);
        case "key":
            return looksLikeKey(value);
        case "login":
            return !/^\d{1,7}$/.test(value) && !mechanism.test(value) && !namesObject(value) && !/^[\w.-]+:\d+$/.test(value);
    }
}

/** Whether a value is no secret itself: empty, a switch, a type, a placeholder, a variable, a path, or says in which vault the secret lies. */
export function isReference(value: string): boolean {
    const start = value.slice(0, longestName);
    return switches.test(start) || label.test(start) || variable.test(start) || place.test(start) || vault.test(start);
}

const switches =
    /^(?:|true|false|yes|no|on|off|y|n|none|null|nil|undefined|enabled?|disabled?|required?|optional|allow|deny|auto|default|string|text|integer|number|boolean|object|array|hidden|prompt|files?|env|vault|\[?redacted\]?|[*x.•-]+|<[^<>]*>|\[[\w -]*\])$/i;
/** What stands beside a field on a page. */
const label = /^(?:Password|Passphrase|Secret|Token)$/;
const variable = /^(?:\$[({]?[\w.:?-]*[^]*|.*\{\{[^]*\}\}.*|%[({]?\w+[)}]?[%s]?|%env\([\w:]+\)%|%s|@[\w.]+@|__\w+__|!(?:Ref|Sub|GetAtt|secret|vault)\b.*)$/;
const place = /^(?:\/[\w./${}-]*|\.{1,2}\/.*|[A-Za-z]:\\.*|file:.*|classpath:.*|[\w.-]+\.(?:json|pem|crt|key|txt|ya?ml|jks|p12|properties|conf))$/;
const vault =
    /^(?:(?:vault|ref\+\w+|secretref|secret|op|sm|gsm|gcpsm|awssm|secretsmanager|asm|ssm|kms|akv|azkv|keyvault|bws?|doppler|env|k8s|kubernetes|sops|infisical|conjur|chamber|gcp|aws|azure)[:+].+|arn:aws[\w-]*:(?:secretsmanager|ssm|kms):.+|projects\/[^/]+\/secrets\/.+|https:\/\/[\w-]+\.vault\.azure\.net\/.*|@Microsoft\.KeyVault\(.*|\{(?:cipher|vault|aes|noop-ref)\}.+|ENC[[(].*|AgA?[\w+/=]{80,}|\$ANSIBLE_VAULT.*|\$(?:2[aby]|apr1|argon2\w*|5|6|scrypt|pbkdf2[\w-]*)\$.*|SCRAM-SHA-\d+\$.*|\{(?:SSHA|SHA|bcrypt|pbkdf2)\d*\}.*)$/i;

/** Ways to log in, which `auth` may name. */
const mechanism =
    /^(?:basic|digest|bearer|oauth2?|oidc|openid|saml|ldap|jwt|mtls|tls|ssl|plain|scram(?:-sha-\d+)?|kerberos|gssapi|ntlm|iam|password|token|key|cert(?:ificate)?s?|native|internal|external|anonymous|trust|peer|md5|github|gitlab|google|azure|aws|keycloak|dex|proxy|forward|header|cookie|session|local|simple|api|login|user|admin|public|private|strict|any|all)$/i;

/** Whether a value is the name of an object that holds a secret, as `video-ranking-credentials` is. */
function namesObject(value: string): boolean {
    return (
        /^[a-z0-9]+(?:[-./][a-z0-9]+)*$/.test(value) &&
        (/(?:^|[-./])(?:secrets?|credentials?|creds?|tokens?|tls|certs?|certificates?|auth|passwords?|keys?|account|config|login)$/.test(value) ||
            /^[a-z]{1,12}$/.test(value))
    );
}

/** Whether a value may be a key: one word of at least 16 characters with letters and digits, or of hexadecimal digits. */
function looksLikeKey(text: string): boolean {
    const value = text.replace(/^base64:/, "");
    return (
        /^[A-Za-z0-9+/=_-]{16,512}$/.test(value) &&
        /[A-Za-z]/.test(value) &&
        /\d/.test(value) &&
        (!/^[a-z0-9]+(?:[-_][a-z0-9]+)+$/.test(value) || /[a-z0-9]{20}/.test(value))
    );
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
