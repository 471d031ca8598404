import { type KeyObject, createHash, createSign } from "node:crypto";

/** Signatures as cosign makes them, for tests. */

/** What cosign signs: that `digest` is the image. */
export function cosignPayload(digest: string, type = "cosign container image signature"): Buffer {
    const critical = { identity: { "docker-reference": "registry.example.com/nova/api" }, image: { "docker-manifest-digest": digest }, type };
    return Buffer.from(JSON.stringify({ critical, optional: null }));
}

export function signedBy(key: KeyObject, payload: Buffer): { readonly payload: Buffer; readonly signature: string } {
    return { payload, signature: createSign("sha256").update(payload).sign(key).toString("base64") };
}

export function digestOf(content: string | Buffer): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

export function pemOf(key: KeyObject): string {
    return key.export({ type: "spki", format: "pem" }).toString();
}

/** A registry's answers, by path, for an image with signatures under cosign's tag. */
export function signedImage(
    repository: string,
    digest: string,
    signatures: readonly { readonly payload: Buffer; readonly signature?: string }[],
): Readonly<Record<string, Buffer>> {
    const layers = signatures.map(({ payload, signature }) => ({
        mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
        digest: digestOf(payload),
        size: payload.length,
        ...(signature === undefined ? {} : { annotations: { "dev.cosignproject.cosign/signature": signature } }),
    }));
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", layers }));
    return {
        [`/v2/${repository}/manifests/${digest.replace(":", "-")}.sig`]: manifest,
        ...Object.fromEntries(signatures.map(({ payload }) => [`/v2/${repository}/blobs/${digestOf(payload)}`, payload])),
    };
}

/** What a pipeline says of an image. */
export interface SaidOfImage {
    readonly predicateType: string;
    readonly predicate: unknown;
    /** Digest of the image that it is about. */
    readonly digest: string;
    /** @default the version 1 */
    readonly type?: string;
    /** @default what in-toto statements have */
    readonly payloadType?: string;
}

/** An attestation as `cosign attest --key` makes it: a DSSE envelope. */
export function attestation(key: KeyObject, said: SaidOfImage): Buffer {
    const { predicateType, predicate, digest, type = "https://in-toto.io/Statement/v1", payloadType = "application/vnd.in-toto+json" } = said;
    const subject = [{ name: "registry.example.com/nova/api", digest: { sha256: digest.replace("sha256:", "") } }];
    const payload = Buffer.from(JSON.stringify({ _type: type, subject, predicateType, predicate }));
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${String(payloadType.length)} ${payloadType} ${String(payload.length)} `), payload]);
    const sig = createSign("sha256").update(signed).sign(key).toString("base64");
    return Buffer.from(JSON.stringify({ payloadType, payload: payload.toString("base64"), signatures: [{ keyid: "", sig }] }));
}

/** A bundle as cosign 3 writes it, around an {@link attestation}. */
export function bundled(envelope: Buffer): Buffer {
    const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
    const dsseEnvelope: unknown = JSON.parse(envelope.toString("utf8"));
    return Buffer.from(JSON.stringify({ mediaType, verificationMaterial: { publicKey: { hint: "" } }, dsseEnvelope }));
}

/** A registry's answers, by path, for an image with attestations: under cosign's tag as envelopes, or as referrers that are bundles. */
export function attestedImage(
    repository: string,
    digest: string,
    contents: readonly Buffer[],
    form: "tag" | "referrers" = "tag",
): Readonly<Record<string, Buffer>> {
    const mediaType = form === "tag" ? "application/vnd.dsse.envelope.v1+json" : "application/vnd.dev.sigstore.bundle.v0.3+json";
    const manifestOf = (layers: readonly Buffer[]): Buffer =>
        Buffer.from(JSON.stringify({ schemaVersion: 2, layers: layers.map((content) => ({ mediaType, digest: digestOf(content), size: content.length })) }));
    const blobs = Object.fromEntries(contents.map((content) => [`/v2/${repository}/blobs/${digestOf(content)}`, content]));
    if (form === "tag") {
        return { [`/v2/${repository}/manifests/${digest.replace(":", "-")}.att`]: manifestOf(contents), ...blobs };
    }
    const manifests = contents.map((content) => manifestOf([content]));
    const listed = manifests.map((one) => ({ mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: mediaType, digest: digestOf(one) }));
    return {
        [`/v2/${repository}/referrers/${digest}`]: Buffer.from(JSON.stringify({ manifests: listed })),
        ...Object.fromEntries(manifests.map((one) => [`/v2/${repository}/manifests/${digestOf(one)}`, one])),
        ...blobs,
    };
}
