/** Something in a draft that looks like a secret. The value itself is not in it. */
export interface SuspectedSecret {
    /** Where it is, such as `evidence.note`. */
    readonly path: string;
    /** What it looks like. */
    readonly looksLike: string;
}

const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\bPrivate-Lines:\s*\d+/;

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
    { looksLike: "credentials in an address", pattern: /:\/\/[^\s/:@]*:(?!\d{1,5}[/?#])\S+@/ },
    // A token in place of a user; a user alone is shorter.
    { looksLike: "credentials in an address", pattern: /:\/\/[^\s/:@]{16,}@|\bjdbc:[\w:]{1,40}:[^\s/@]+\/[^\s@]+@/i },
    { looksLike: "a signed address", pattern: /\bX-Amz-(?:Signature|Security-Token|Credential)=[\w%+/=-]+/i },
    { looksLike: "an authorization header", pattern: /\b(?:bearer|basic)\s+(?:[\w+/=.~-]{12,}|[\w+/]{4,}={1,2})/i },
    { looksLike: "an authorization header", pattern: /\b(?:proxy-)?authorization\\?["']?\s*[:=]\s*\\?["']?(?:[\w-]+\s+)?[^\s"',]{6,}[^\n]*/i },
    { looksLike: "a cookie", pattern: /\bcookie["']?\s*:\s*[^\s;=]+=[^\s;]+(?:;\s*[^\s;=]+=[^\s;]+)*/i },
    {
        looksLike: "a password or token",
        pattern:
            /(?:password|passwort|passwd|passphrase|secret(?:[_-]?key)?(?:[_-]?base)?|token|(?:api|access|account|shared|private|signing|routing|encryption)[ _-]?key(?:[_-]?id)?|client-key-data|pass|pwd)\\?["']?\s*[=:]\s*(?:\\?["']?[^\s"'\\]{4,}|\\?"[^"]{2,}"|'(?:[^']|''){2,}')/i,
    },
    { looksLike: "a password or token", pattern: /(?:password|passwort|passwd|passphrase|pwd)["']?\s*=\s*(?!\d{1,3}\b)["']?[^\s"']{2,}/i },
    // These words are in many a sentence: what follows has a digit, or the end of base64.
    {
        looksLike: "a password or token",
        pattern: /\b(?:credentials?|auth)(?:\s*=\s*|\\?["']\s*[=:]\s*\\?["'])(?=[^\s"']*[\d=])[\w+/=.~-]{6,}|_auth\\?["']?\s*[=:]\s*\\?["']?[\w+/=.~-]{6,}/i,
    },
    { looksLike: "a password or token", pattern: /<[\w:-]*(?:password|passphrase|secret|token|api-?key)>[^<]{3,}</i },
    // A name of a variable and its value, with a blank between them. A word without a digit is the rest of a sentence.
    { looksLike: "a password or token", pattern: /\b(?:[A-Z][A-Z\d]*_)+(?:PASSWORD|PASSPHRASE|PASS|PWD|TOKEN|SECRET|KEY|AUTH)\s+(?=\S*\d)\S{6,}/ },
    { looksLike: "a password or token", pattern: /\b(?:password|passphrase)\s+is\s+["']?(?=\S*\d)\S{4,}|\bapi-?key\s+(?=\S*\d)\S{8,}/i },
    // Short options that hold a password with these programs, and a port with others.
    {
        looksLike: "a password or token",
        pattern:
            /\b(?:mysql\w*|mariadb[\w-]*|sshpass|mongosh?|(?:docker|podman|registry)\s+login)\b[^\n|;&]{0,200}?\s-p\s*=?["']?[^\s"'-][^\s"']{2,}|\bredis-cli\b[^\n|;&]{0,200}?\s-a\s+\S{3,}|\bldap\w+\b[^\n|;&]{0,200}?\s-w\s*\S{3,}/,
    },
    { looksLike: "a password or token", pattern: /\s(?:-u|--user|--proxy-user)[ =]?\s*["']?[^\s:"']+:[^\s"']{3,}/ },
    {
        looksLike: "a password or token",
        pattern:
            /(?<![\w-])--?[\w-]*(?:password|passwd|passphrase|pass|pwd|secret|token|api-key|apikey|auth|credentials?|(?:secret|access)-key)[ =]\s*["']?[^\s"'-][^\s"']{3,}/i,
    },
    { looksLike: "a password or token", pattern: /(?<![\w-])--[\w-]*key[ =]["']?(?=\S*\d)[^\s"'/.-]{16,}/i },
    { looksLike: "a password or token", pattern: /\b(?:identified\s+by|with\s+password|requirepass|masterauth)\s+["']?[^\s"']{4,}/i },
    { looksLike: "an access key of a cloud", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
    // Forty characters of base64, which a digest in hexadecimal is not.
    {
        looksLike: "a secret key of a cloud",
        pattern: /(?<![\w+/=.-])(?=[\w+/]*[A-Z])(?=[\w+/]*[a-z])(?=[\w+/]*\d)(?![\da-fA-F]+(?![\w+/]))[A-Za-z\d+/]{40}(?![\w+/=.-])/,
    },
    { looksLike: "a session of a cloud", pattern: /\b(?:IQoJ|FwoG|AQoD|FQoG)[\w+/=]{12,}/ },
    { looksLike: "an access key of a cloud", pattern: /\bGOCSPX-[\w-]{20,}|(?<![\w/:])1\/\/0[\w-]{20,}|\bdapi[0-9a-f]{32}\b/ },
    { looksLike: "an access key of a cloud", pattern: /\b(?:AIza[\w-]{35}|ya29\.[\w-]{10,}|[?&;]sig=[\w%+/=-]{16,}|dop_v1_[0-9a-f]{64})/ },
    {
        looksLike: "a token of a code forge",
        pattern: /\b(?:gh[opsur]_\w{20,}|github_pat_\w{20,}|gl(?:pat|rt|cbt|dt|ptt|ft|soat|agent|imt|oas|ffct)-[\w.-]{16,}|ATATT3[\w=-]{20,})/,
    },
    {
        looksLike: "a token of a package registry",
        pattern: /\b(?:npm_[A-Za-z\d]{30,}|pypi-AgEI[\w-]{20,}|dckr_[op]at_[\w-]{20,}|hf_[A-Za-z]{30,}|rubygems_[0-9a-f]{40,})/,
    },
    {
        looksLike: "a key of a payment service",
        pattern: /\b(?:[srp]k_(?:live|test)_\w{12,}|whsec_[\w+/=]{16,}|shp(?:at|ca|pa|ss)_[0-9a-f]{32}|sq0(?:csp|atp|idp)-[\w-]{20,}|EAAC[\w]{20,})/,
    },
    { looksLike: "a token of a chat", pattern: /\b(?:xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,})|\bbot\d{6,}:[\w-]{30,}/ },
    {
        looksLike: "a token of a service",
        pattern: /\b(?:SG\.[\w-]{16,}\.[\w-]{16,}|NRAK-[A-Z\d]{20,}|lin_api_\w{30,}|pscale_(?:pw|tkn|oauth)_[\w-]{20,}|AGE-SECRET-KEY-1[A-Z\d]{30,})/,
    },
    {
        looksLike: "the address of a chat's webhook",
        pattern:
            /\b(?:hooks\.[\w.-]+|[\w.-]+(?::\d+)?\/hooks|[\w-]+\.webhook\.office\.com|outlook\.office(?:365)?\.com\/webhook|(?:ptb\.|canary\.)?discord(?:app)?\.com\/api(?:\/v\d+)?\/webhooks)\/\S{8,}/,
    },
    { looksLike: "a token of a vault", pattern: /\bhv[sbr]\.[\w-]{20,}|(?<![\w.])[sbr]\.[A-Za-z\d]{24}(?![\w.])/ },
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
