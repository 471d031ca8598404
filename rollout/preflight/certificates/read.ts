import { X509Certificate, createPrivateKey } from "node:crypto";
import { type PeerCertificate, connect, rootCertificates } from "node:tls";

import { defined } from "../../defined.ts";
import type { CertificateReading } from "./judge.ts";

/** A Secret of type kubernetes.io/tls, decoded. */
export interface CertificateSecret {
    readonly place: string;
    /** `tls.crt`: the certificate, then those of the authorities in between. PEM. */
    readonly chain: string;
    /** `tls.key`, PEM. */
    readonly key: string;
    /** `ca.crt`, PEM: the authority's own. Empty: a public authority signed it. */
    readonly authority: string;
    /** Host name that it must be for. */
    readonly hostname: string;
}

/** Reads the certificate of a Secret: whom it is for, until when, whether its key is its own and its chain leads to an authority. @throws where it is no PEM. */
export function certificateInSecret({ place, chain, key, authority, hostname }: CertificateSecret): CertificateReading {
    const [leaf, ...between] = certificatesIn(chain);
    if (leaf === undefined) {
        throw new Error(`${place}: tls.crt holds no certificate`);
    }
    const trusted = authority === "" ? rootCertificates.map((pem) => new X509Certificate(pem)) : certificatesIn(authority);
    const keyProblem = leaf.checkPrivateKey(createPrivateKey(key)) ? undefined : "tls.key is the key of another certificate";
    return readingOf(place, leaf, hostname, keyProblem ?? chainProblem(leaf, between, trusted));
}

/** Where a live endpoint is. */
export interface EndpointArgs {
    readonly host: string;
    readonly port: number;
    /** Name that the client sends, and that must be on the certificate. */
    readonly hostname: string;
    /** PEM of the authority to trust. @default those of Node */
    readonly certificateAuthority?: string;
    /** How long the handshake may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/** Reads the certificate that a live endpoint shows. @throws where there is no handshake in time. */
export async function certificateOfEndpoint(
    { host, port, hostname, certificateAuthority, timeoutMs = 5_000 }: EndpointArgs,
    signal?: AbortSignal,
): Promise<CertificateReading> {
    const place = `${hostname} at ${host}:${String(port)}`;
    return new Promise((resolve, reject) => {
        // The finding names what is wrong with it, so TLS must not refuse it first.
        const options = { host, port, servername: hostname, rejectUnauthorized: false, ALPNProtocols: ["h2", "http/1.1"] };
        const socket = connect(certificateAuthority === undefined ? options : { ...options, ca: certificateAuthority });
        const limit = AbortSignal.timeout(timeoutMs);
        const either = signal === undefined ? limit : AbortSignal.any([limit, signal]);
        const stop = (): void => {
            socket.destroy(new Error(`${place}: no TLS handshake within ${String(timeoutMs)} ms (timeout)`));
        };
        either.addEventListener("abort", stop);
        socket.on("error", (error: Error) => {
            either.removeEventListener("abort", stop);
            reject(error);
        });
        socket.on("close", () => {
            either.removeEventListener("abort", stop);
            reject(new Error(`${place}: the server closed the connection before it sent a certificate`));
        });
        socket.on("secureConnect", () => {
            const shown: PeerCertificate = socket.getPeerCertificate();
            // The host has a check of its own, so that a finding names both.
            const refusal = socket.authorized || /altname|Hostname/i.test(String(socket.authorizationError)) ? undefined : String(socket.authorizationError);
            resolve(readingOf(place, new X509Certificate(shown.raw), hostname, refusal === undefined ? undefined : `the chain is not trusted: ${refusal}`));
            socket.destroy();
        });
    });
}

function readingOf(place: string, leaf: X509Certificate, hostname: string, chain: string | undefined): CertificateReading {
    const names = (leaf.subjectAltName ?? "no name").replaceAll("DNS:", "");
    return {
        place,
        subject: oneLine(leaf.subject, names),
        issuer: oneLine(leaf.issuer),
        validFrom: leaf.validFromDate.toISOString(),
        validTo: leaf.validToDate.toISOString(),
        fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
        ...(leaf.checkHost(hostname, { subject: "never" }) === undefined ? { hostProblem: `it is for ${names}, not for ${hostname}` } : {}),
        ...defined({ chainProblem: chain }),
    };
}

/** Follows the chain as it is served, from the certificate to an authority that is trusted. */
function chainProblem(leaf: X509Certificate, between: readonly X509Certificate[], trusted: readonly X509Certificate[]): string | undefined {
    let last = leaf;
    for (const next of between) {
        if (trusted.some((authority) => authority.fingerprint256 === last.fingerprint256 || isSignedBy(last, authority))) {
            return undefined;
        }
        if (!isSignedBy(last, next)) {
            return `the chain is broken: ${oneLine(next.subject)} did not sign what comes before it`;
        }
        last = next;
    }
    return trusted.some((authority) => authority.fingerprint256 === last.fingerprint256 || isSignedBy(last, authority))
        ? undefined
        : `the chain ends at ${oneLine(last.issuer)}, which is not trusted`;
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function certificatesIn(pem: string): readonly X509Certificate[] {
    return [...pem.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(([text]) => new X509Certificate(text));
}

/** A certificate's name. One for host names alone has none, as cert-manager makes it, and Node gives undefined then, though its types don't say so. */
function oneLine(name: string | undefined, unnamed = "an authority without a name"): string {
    return name === undefined || name === "" ? unnamed : name.replaceAll("\n", ", ");
}
