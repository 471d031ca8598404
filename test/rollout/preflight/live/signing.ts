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
