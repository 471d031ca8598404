/** What a name promises about its value: surely a secret, a key that may be one, a login that may be a switch, or nothing. */
export type Promise = "secret" | "object" | "key" | "login" | undefined;

/** What is a secret wherever it stands in a name. */
const secrets =
    /^(?:.*(?:password|passwd|passphrase|passcode)|pass|pwd|psw|pw|(?:require|key|store|db|pg|user|root|admin|redis|default|master|mysql|smtp)pass|masterauth|.*(?:apikey|secretkey|accesskey|privatekey|signingkey|encryptionkey|authtoken|accesstoken|clientsecret))$/;

/** What is a secret too, or names the object or the file that holds it. */
const holders = /^(?:secret|token|credentials?|creds?)$/;

/** Words before `key` that make it a secret. */
const secretKeys =
    /^(?:api|access|secret|private|master|encryption|decryption|signing|sign|hmac|aes|des|rsa|ssh|jwt|jws|jwe|cipher|crypto|cookie|session|account|storage|shared|license|admin|webhook|deploy|stripe|sendgrid|twilio|mailgun|openai|anthropic|datadog|dd|newrelic)$/;

/** Last words of names that speak of a secret without being one: where it lies, how long it lives, what it is for. */
const about =
    /^(?:files?|filename|path|paths|dir|directory|folder|names?|refs?|reference|url|urls|uri|uris|endpoint|endpoints|addr|address|host|hostname|port|server|service|issuer|ttl|expiry|expires|expiration|lifetime|age|seconds|minutes|hours|days|ms|interval|timeout|enabled?|disabled?|required?|allowed|optional|type|kind|format|algorithm|alg|algo|mode|length|len|size|min|max|minimum|maximum|policy|count|limit|limits|header|headers|audience|mount|hash|hashed|sha\d*|hex|bcrypt|scram|digest|checksum|fingerprint|method|methods|mechanism|mechanisms|encryption|command|cmd|prompt|hint|label|title|text|description|help|field|input|placeholder|column|param|parameter|variable|env|version|rotation|strength|bucket|provider|backend|store|manager|engine|class|scope|scopes|region|namespace|prefix|suffix|pattern|regex|validator|encoder|reset|change|changed|set|unset|user|username|owner|group|role|source|location|selector|index|order|position|cache|id|ids|key|keys|realm|domain|module|plugin|handler|filter|test|public|pub)$/;

/** What `name` promises. Only its last part counts, behind slashes; letters of both cases, `_`, `-` and `.` end words. */
export function promiseOf(name: string): Promise {
    const words = wordsOf(name);
    const last = words.at(-1) ?? "";
    const [beforeLast = ""] = words.slice(-2, -1);
    if (last === "key" || last === "keys") {
        return secretKeys.test(beforeLast) ? "secret" : beforeLast === "" || notSecretKeys.test(beforeLast) ? undefined : "key";
    }
    if (about.test(last)) {
        return undefined;
    }
    if (holders.test(last) && !tokenPair(words)) {
        return "object";
    }
    if (words.some((word) => secrets.test(word)) || hasPair(words, secretKeys, /^key$/) || hasPair(words, /^connection$/, /^string$/) || tokenPair(words)) {
        return "secret";
    }
    if (words.some((word) => holders.test(word))) {
        return "object";
    }
    return last === "auth" ? "login" : undefined;
}

/** Words before `key` that make it the name of an entry, or a key that all may know. */
const notSecretKeys =
    /^(?:public|pub|publishable|gpg|pgp|primary|foreign|unique|partition|partitioning|sort|sorting|cache|routing|route|row|object|group|grouping|index|lookup|hash|range|label|annotation|map|dict|config|env|host|known|idempotency|message|record|topic|event|metric|feature|flag|i18n|translation|dedup|deduplication|correlation|shard|sharding|distribution|order|aggregation|entry|data|property|field|secret_name|node|zone|topology|taint|toleration|kms|storage_class|user_id|any|the|each|by|value|key|hot|arrow|enter|escape)$/;

/** Whether words speak of a token that opens something, which is rarely the name of an object. */
function tokenPair(words: readonly string[]): boolean {
    return hasPair(words, /^(?:api|auth|access|bearer|refresh|bot|admin|root|user|github|gitlab|slack|vault)$/, /^token$/);
}

function hasPair(words: readonly string[], first: RegExp, second: RegExp): boolean {
    return words.some((word, index) => second.test(word) && first.test(words[index - 1] ?? ""));
}

/** The words of a name in small letters, without numbers and marks at the end such as `_1`, `_OLD` or `_BASE64`. */
function wordsOf(name: string): readonly string[] {
    const lastPart = name.split(/[\\/]/).at(-1) ?? name;
    const words = lastPart
        .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
        .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .map((word) => word.replace(/(?<=[a-z])\d+$/, ""))
        .filter((word) => word !== "");
    while (words.length > 1 && /^(?:\d+|old|new|prod|production|staging|dev|value|base|b|txt)$/.test(words.at(-1) ?? "")) {
        words.pop();
    }
    return words;
}
