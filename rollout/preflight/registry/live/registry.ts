import { createHash } from "node:crypto";

import { z } from "zod";

import { defined } from "../../../defined.ts";
import type { ImageSignature } from "./cosign.ts";
import type { ImageReference } from "./image.ts";
import { type Answer, type RegistryArgs, foundOf, headerOf, jsonOf, registryAccess } from "./registry-access.ts";

/** What is attached to an image, and by which way it was found. */
export interface Attachment {
    readonly kind: "signature" | "attestation" | "bill-of-materials" | "other";
    /** Its media type, or the tag that it was found under. */
    readonly as: string;
}

/** A registry's content, by the OCI distribution API. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
export interface Registry {
    /** Size in bytes and media type of the image's manifest; undefined where the registry has none by that digest. @throws where the content has another digest. */
    manifest(image: ImageReference, signal?: AbortSignal): Promise<{ readonly mediaType: string; readonly bytes: number } | undefined>;
    /** What is attached to the image: by the referrers API, by its fallback tag, and by cosign's tags. */
    attachments(image: ImageReference, signal?: AbortSignal): Promise<readonly Attachment[]>;
    /**
     * Cosign's signatures of the image, by its tag and by the referrers API. Whose they are is not looked at.
     *
     * @throws where one can't be fetched, or has another digest than its manifest says.
     */
    signatures(image: ImageReference, signal?: AbortSignal): Promise<readonly ImageSignature[]>;
    /**
     * Attestations of the image, as they were written: DSSE envelopes and bundles of Sigstore's, by cosign's tag and by the referrers API. Whose they are is not looked at.
     *
     * @throws where one can't be fetched, or has another digest than its manifest says.
     */
    attestations(image: ImageReference, signal?: AbortSignal): Promise<readonly Buffer[]>;
    close(): Promise<void>;
}

/** A client of a registry. Reads only. */
export function registry(args: RegistryArgs): Registry {
    const { get, getBlob, close } = registryAccess(args);
    const manifestAt = async (repository: string, reference: string, signal?: AbortSignal): Promise<Answer | undefined> => {
        const answer = await get(`/v2/${repository}/manifests/${reference}`, signal);
        return foundOf(answer, `manifest ${reference}`);
    };
    const referrersOf = async ({ repository, digest = "" }: ImageReference, signal?: AbortSignal): Promise<readonly Referrer[]> => {
        const listed =
            foundOf(await get(`/v2/${repository}/referrers/${digest}`, signal), "list of referrers") ??
            (await manifestAt(repository, digest.replace(":", "-"), signal));
        return listed === undefined ? [] : indexAnswer.parse(jsonOf(listed)).manifests;
    };
    const blobAt = async (repository: string, digest: string, signal?: AbortSignal): Promise<Buffer> => {
        const answer = await getBlob(`/v2/${repository}/blobs/${digest}`, signal);
        const body = foundOf(answer, "content of a signature or an attestation")?.body;
        if (body === undefined || digestOf(body) !== digest) {
            throw new Error(
                body === undefined
                    ? "the registry has no content for a signature or an attestation that it lists"
                    : "the content of a signature or an attestation has another digest",
            );
        }
        return body;
    };
    /** The layers of what is attached to an image: under cosign's tag with `suffix`, and as referrers of a type that `wanted` takes. */
    const layersOf = async (image: ImageReference, suffix: string, wanted: (type: string) => boolean, signal?: AbortSignal): Promise<readonly Layer[]> => {
        const { repository, digest = "" } = image;
        const listed = (await referrersOf(image, signal)).filter(({ artifactType, mediaType }) => wanted(artifactType ?? mediaType));
        const places = [`${digest.replace(":", "-")}.${suffix}`, ...listed.flatMap((referrer) => referrer.digest ?? [])].slice(0, mostAttached);
        const manifests = await Promise.all(places.map((place) => manifestAt(repository, place, signal)));
        return manifests.flatMap((found) => (found === undefined ? [] : attachedManifest.parse(jsonOf(found)).layers)).slice(0, mostAttached);
    };
    return {
        manifest: async ({ repository, digest = "" }, signal) => {
            const answer = await manifestAt(repository, digest, signal);
            if (answer === undefined) {
                return undefined;
            }
            const actual = digestOf(answer.body);
            if (actual !== digest) {
                throw new Error(`the registry gave content with another digest: ${actual}; something in between may have changed it`);
            }
            return { mediaType: headerOf(answer, "content-type"), bytes: answer.body.length };
        },
        attachments: async (image, signal) => {
            const { repository, digest = "" } = image;
            const tag = digest.replace(":", "-");
            const byReferrer = (await referrersOf(image, signal)).map(({ artifactType, mediaType }) => artifactType ?? mediaType);
            const suffixes = ["sig", "att", "sbom"] as const;
            const byTag = await Promise.all(
                suffixes.map(async (suffix) => ((await manifestAt(repository, `${tag}.${suffix}`, signal)) === undefined ? [] : [suffix])),
            );
            return [
                ...byReferrer.map((type): Attachment => ({ kind: kindOf(type), as: type })),
                ...byTag.flat().map((suffix): Attachment => ({ kind: kindsByTag[suffix], as: `${tag}.${suffix}` })),
            ];
        },
        signatures: async (image, signal) => {
            const layers = await layersOf(image, "sig", (type) => type === signatureArtifact, signal);
            return Promise.all(
                layers
                    .filter(({ mediaType }) => mediaType === signatureLayer)
                    .map(async (layer): Promise<ImageSignature> => {
                        const signature = layer.annotations?.[signatureAnnotation];
                        return { payload: await blobAt(image.repository, layer.digest, signal), ...defined({ signature }) };
                    }),
            );
        },
        attestations: async (image, signal) => {
            const layers = await layersOf(image, "att", (type) => type !== signatureArtifact, signal);
            return Promise.all(
                layers.filter(({ mediaType }) => attestationLayer.test(mediaType)).map((layer) => blobAt(image.repository, layer.digest, signal)),
            );
        },
        close,
    };
}

function kindOf(type: string): Attachment["kind"] {
    return /spdx|cyclonedx|sbom/i.test(type)
        ? "bill-of-materials"
        : /in-toto|attestation|slsa/i.test(type)
          ? "attestation"
          : /cosign|sigstore|notary|signature/i.test(type)
            ? "signature"
            : "other";
}

const kindsByTag = { sig: "signature", att: "attestation", sbom: "bill-of-materials" } as const;

function digestOf(content: Buffer): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

const sha256 = /^sha256:[0-9a-f]{64}$/;
const indexAnswer = z.object({
    manifests: z.array(z.object({ mediaType: z.string(), artifactType: z.string().optional(), digest: z.string().regex(sha256).optional() })),
});
type Referrer = z.infer<typeof indexAnswer>["manifests"][number];
const attachedManifest = z.object({
    layers: z
        .array(z.object({ mediaType: z.string(), digest: z.string().regex(sha256), annotations: z.record(z.string(), z.string()).optional() }))
        .default([]),
});
type Layer = z.infer<typeof attachedManifest>["layers"][number];
/** Names of cosign's. @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
const signatureArtifact = "application/vnd.dev.cosign.artifact.sig.v1+json";
const signatureLayer = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureAnnotation = "dev.cosignproject.cosign/signature";
/** An envelope by itself, or a bundle: what cosign 2 and cosign 3 write. @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
const attestationLayer = /^application\/vnd\.(?:dsse\.envelope\.v1|dev\.sigstore\.bundle[\w.]*)\+json/;
/** Any user who may push can attach things: a registry full of them must not keep a preflight busy. */
const mostAttached = 50;
