import { list, type Plain, text } from "../engine/value.ts";

/** Headers that users' programs and gateways send by themselves: who asks for one of them is no tester. */
const everyday =
    /^(:.*|host|user-agent|accept(-.*)?|content-.*|connection|origin|referer|cache-control|pragma|te|via|dnt|priority|upgrade-insecure-requests|sec-.*|x-forwarded-.*|x-real-ip|x-request-id|x-envoy-.*|forwarded|traceparent)$/;

/** Values that users may send. A pattern that one of them matches is no mark of testers. */
const samples = ["", "0", "1", "a", "true", "false", "user", "stable", "Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0", "5f0c6a1e-2b7d-4e43"];

/** Whether users' requests match, not only those of testers: nothing in the match asks for a mark that users don't have. */
export function isForUsers(match: Plain): boolean {
    const conditions = [...list(match, "headers"), ...list(match, "queryParams")];
    return !conditions.some(isMark);
}

function isMark(condition: Plain): boolean {
    if (everyday.test((text(condition, "name") ?? "").toLowerCase())) {
        return false;
    }
    // An exact value may be a secret that is not known in a preview, and need not be.
    return text(condition, "type") === "RegularExpression" ? !mayMatch(text(condition, "value") ?? "") : true;
}

function mayMatch(pattern: string): boolean {
    try {
        const expression = new RegExp(`^(?:${pattern})$`);
        return samples.some((sample) => expression.test(sample));
    } catch {
        return true;
    }
}
