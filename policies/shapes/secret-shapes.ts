/**
 * Shapes that only secrets have, in the published formats of those who issue them.
 *
 * secretlint and gitleaks keep more of them. Neither fits here: secretlint's rules are some thirty packages with asynchronous code around each pattern, gitleaks is a program in Go.
 *
 * @see https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml
 */
const shapes: readonly (readonly [string, RegExp])[] = [
    ["a private key", /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[0-9A-Z]{50}/],
    ["an AWS access key", /\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b/],
    ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}/],
    ["a GitLab token", /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_-]{20,}/],
    ["a Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}/],
    [
        "an address that whoever knows it may post to",
        /https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{20,}|https:\/\/discord(?:app)?\.com\/api\/webhooks\/\d+\/[\w-]{30,}/,
    ],
    ["a Google key", /\bAIza[0-9A-Za-z_-]{35}\b|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{28}/],
    ["a Stripe key", /\b[rs]k_(?:live|test|prod)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/=]{24,}/],
    ["a key of an AI service", /\bsk-(?:ant|proj|svcacct|or)-[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9]{32,}\b|\bhf_[A-Za-z0-9]{30,}\b/],
    [
        "a key for sending messages",
        /\bSG\.[\w-]{16,}\.[\w-]{16,}|\bSK[0-9a-f]{32}\b|\bkey-[0-9a-f]{32}\b|\b\d{8,10}:AA[\w-]{33}\b|\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}/,
    ],
    ["a token of a package registry", /\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgE[\w-]{50,}|\brubygems_[0-9a-f]{48}\b|\bdckr_[a-z]+_[\w-]{20,}/],
    [
        "a token of a cloud",
        /\bdo[opr]_v1_[0-9a-f]{64}\b|\bdapi[0-9a-f]{32}\b|\bHRKU-[\w-]{30,}|\bsbp_[0-9a-f]{40}\b|\bEAAA[\w-]{60}\b|\bsq0[a-z]{3}-[\w-]{22,}|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b/,
    ],
    [
        "a token of a vault",
        /\bhv[bsr]\.[\w-]{20,}|\bs\.[A-Za-z0-9]{24}\b|\bdp\.(?:pt|st|ct|scim|audit)\.[A-Za-z0-9]{40,}|\bops_eyJ[\w-]{40,}|\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}/,
    ],
    [
        "a token of a monitoring service",
        /\bgl(?:c_[A-Za-z0-9+/=]{32,}|sa_[A-Za-z0-9]{32}_[0-9a-f]{8})|\bNRAK-[A-Z0-9]{27}\b|\blin_api_[A-Za-z0-9]{40}\b|\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b/,
    ],
    ["a key of an Azure account", /\b(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{30,}={0,2}|[?&]sig=[A-Za-z0-9%+/]{40,}/],
    ["a JSON web token", /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/],
    ["a bearer token", /\bbearer\s+(?!\$)[A-Za-z0-9._~+/-]{16,}/i],
    ["a login in an Authorization header", /\bauthorization["']?\s*[:=]?\s*["']?basic\s+[A-Za-z0-9+/]{8,}={0,2}/i],
    ["a URL with a password", /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/[^\s/:@$"'<>]*:(?![$<{%*])[^\s/@"'<>]{3,}@/i],
    ["a database address with a password", /(?<![\w.-])[\w.-]+:(?![$<{%*])[^\s:@/"']{3,}@(?:tcp|unix|udp)\(/],
];

/** All of them at once: most texts hold none, and this says so in one pass. */
const anyShape = new RegExp(shapes.map(([, { source, flags }]) => (flags.includes("i") ? anyCase(source) : source)).join("|"));

/** What secret a text holds by its shape, or undefined. */
export function shapeIn(text: string): string | undefined {
    return anyShape.test(text) ? shapes.find(([, pattern]) => pattern.test(text))?.[0] : undefined;
}

/** What secret base64 holds, or undefined: a private key, in PEM or in one of the binary forms, or a keystore. */
export function binaryShapeIn(base64: string): string | undefined {
    const bytes = Buffer.from(base64, "base64");
    const hex = bytes.subarray(0, 64).toString("hex");
    if (/^(?:feedfeed|cececece)/.test(hex) || /^30(?:8[1-3][0-9a-f]{2,6}?|[0-7][0-9a-f])020103(?:30|04)/.test(hex)) {
        return "a keystore";
    }
    // A sequence that starts with the version and an algorithm (PKCS#8), with a modulus (RSA), or with the key of a curve (EC).
    if (/^30(?:8[1-3](?:[0-9a-f]{2}){1,3}|[0-7][0-9a-f])02010[01](?:30[01][0-9a-f]06|028[12]|0420)/.test(hex)) {
        return "a private key";
    }
    return shapeIn(bytes.toString("latin1"));
}

/** A pattern that takes letters of both cases, for use among patterns that don't. Escapes and braces stay. */
function anyCase(source: string): string {
    return source.replaceAll(/\\.|\[[^\]]*\]|[a-z]/g, (part) =>
        part.startsWith("[") ? part.replace(/a-z(?!A-Z)/, "a-zA-Z") : /^[a-z]$/.test(part) ? `[${part}${part.toUpperCase()}]` : part,
    );
}
