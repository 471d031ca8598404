import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** A certificate, and how it does. */
export interface CertificateReading {
    /** Where it was found: `Secret gateway-system/api-tls`, `api.example.com:443`. */
    readonly place: string;
    /** Whose it is, and who signed it. */
    readonly subject: string;
    readonly issuer: string;
    /** ISO 8601. */
    readonly validFrom: string;
    readonly validTo: string;
    /** Why the host's name is not among those that it is for. Undefined: it is. */
    readonly hostProblem?: string;
    /** Why the chain is not trusted, or incomplete, or the private key another's. Undefined: all is well. */
    readonly chainProblem?: string;
    /** SHA-256 of the certificate, in hex: tells whether a Secret and an endpoint have the same one. */
    readonly fingerprint: string;
}

/** Days that a certificate must be valid for yet. It is renewed 30 days before its end: with fewer than 21 left, renewing has failed for over a week. */
export const leastDaysLeft = 21;

/** Checklist, 'Infrastructure Preparation': certificates valid. `unread`: those that could not be looked at. `now`: ISO 8601. */
export function judgeCertificates(readings: readonly CertificateReading[], unread: readonly Problem[], now: string): PreflightFinding {
    const problems = [...unread, ...readings.flatMap((reading) => problemsOf(reading, now))];
    const soonest = Math.min(...readings.map(({ validTo }) => daysLeft(validTo, now)));
    return findingOf(
        readings.length === 0 && problems.length === 0 ? [{ text: "there is no certificate", fix: "name a gateway and a host in the stack config" }] : problems,
        `${String(readings.length)} certificates, valid for ${String(Math.floor(soonest))} days or more`,
        { certificates: readings.map(({ place, validTo, issuer }) => `${place}: until ${validTo}, by ${issuer}`) },
    );
}

function problemsOf({ place, validFrom, validTo, hostProblem, chainProblem }: CertificateReading, now: string): readonly Problem[] {
    const left = daysLeft(validTo, now);
    const renew = "see the Certificate's events and cert-manager's log for why it is not renewed";
    return [
        ...(Date.parse(validFrom) <= Date.parse(now)
            ? []
            : [{ text: `${place}: valid only from ${validFrom}`, fix: "correct the clock of the issuer, or wait" }]),
        ...(left >= leastDaysLeft
            ? []
            : [{ text: left > 0 ? `${place}: ${String(Math.floor(left))} days left` : `${place}: expired at ${validTo}`, fix: renew }]),
        ...(hostProblem === undefined ? [] : [{ text: `${place}: ${hostProblem}`, fix: "correct the Certificate's dnsNames, or the host" }]),
        ...(chainProblem === undefined
            ? []
            : [{ text: `${place}: ${chainProblem}`, fix: "serve the whole chain of an authority that clients trust, with its own key" }]),
    ];
}

/** Not a number where `validTo` is no time: then no comparison holds, and the certificate does not pass. */
function daysLeft(validTo: string, now: string): number {
    return (Date.parse(validTo) - Date.parse(now)) / (24 * 60 * 60 * 1_000);
}
